//! A standby has what the primary acknowledged, and takes its place.

use eventide_rig::{Error, Server};

async fn primary() -> Server {
    let server = Server::options().in_memory().start().await.unwrap();
    server.execute("CREATE TABLE t (x int)").await.unwrap();
    server
}

async fn rows(server: &Server) -> i64 {
    let client = server.connect("postgres").await.unwrap();
    let row = client.query_one("SELECT count(*) FROM t", &[]).await;
    row.unwrap().get(0)
}

#[tokio::test]
async fn a_synchronous_standby_takes_the_place_of_a_killed_primary() {
    let primary = primary().await;
    let standby = primary.standby().synchronous().in_memory().start();
    let standby = standby.await.unwrap();
    let second = primary.standby().synchronous().in_memory().start();
    let second = second.await.unwrap();
    let client = primary.connect("postgres").await.unwrap();
    for x in 0..50 {
        client
            .execute("INSERT INTO t VALUES ($1)", &[&x])
            .await
            .unwrap();
    }
    let refused = second.execute("INSERT INTO t VALUES (0)").await;
    assert!(matches!(refused, Err(Error::Refused { .. })), "{refused:?}");

    primary.kill_postmaster().await.unwrap();
    second.promote().await.unwrap();
    assert_eq!(rows(&second).await, 50);
    // It does not wait for the standbys of the one it was copied from.
    second.execute("INSERT INTO t VALUES (50)").await.unwrap();
    assert_eq!(rows(&second).await, 51);
    standby.promote().await.unwrap();
    assert_eq!(rows(&standby).await, 50);
    assert!(standby.promote().await.is_err());
}

#[tokio::test]
async fn commits_wait_for_a_synchronous_standby_until_it_is_forgotten() {
    let primary = primary().await;
    let standby = primary.standby().synchronous().in_memory().start();
    let standby = standby.await.unwrap();
    standby.pause().await.unwrap();
    let client = primary.connect("postgres").await.unwrap();
    let row = client.query_one("SELECT pg_backend_pid()", &[]).await;
    let pid: i32 = row.unwrap().get(0);
    let commit = tokio::spawn(async move { client.execute("INSERT INTO t VALUES (1)", &[]).await });
    let watch = primary.connect("postgres").await.unwrap();
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'SyncRep'";
    while watch
        .query_one(waits, &[&pid])
        .await
        .unwrap()
        .get::<_, i64>(0)
        == 0
    {
        assert!(!commit.is_finished(), "the commit did not wait");
    }
    primary.forget_standbys().await.unwrap();
    commit.await.unwrap().unwrap();
    standby.resume().unwrap();
}

#[tokio::test]
async fn an_asynchronous_standby_follows_and_nobody_waits_for_it() {
    let primary = primary().await;
    let standby = primary.standby().in_memory().start().await.unwrap();
    primary.execute("INSERT INTO t VALUES (1)").await.unwrap();
    while rows(&standby).await == 0 {
        standby.pid().unwrap();
    }
    standby.stop_fast().await.unwrap();
    primary.execute("INSERT INTO t VALUES (2)").await.unwrap();
    let primary_gone = primary.stop_fast().await;
    primary_gone.unwrap();
    let none = primary.standby().start().await;
    assert!(matches!(none, Err(Error::NotRunning)), "{none:?}");
}
