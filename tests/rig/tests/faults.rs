//! A server that is killed, stopped or paused goes on with all that it acknowledged.

use std::time::Duration;

use eventide_rig::{Error, Server};
use tokio::time::timeout;
use tokio_postgres::Client;

async fn durable() -> Server {
    let server = Server::options().in_memory().start().await.unwrap();
    server.execute("CREATE TABLE t (x int)").await.unwrap();
    server
}

async fn connect(server: &Server) -> Client {
    server.connect("postgres").await.unwrap()
}

async fn number(client: &Client, query: &str) -> i64 {
    client.query_one(query, &[]).await.unwrap().get(0)
}

async fn backend(client: &Client) -> i32 {
    let row = client.query_one("SELECT pg_backend_pid()", &[]).await;
    row.unwrap().get(0)
}

#[tokio::test]
async fn killed_while_it_commits_it_keeps_what_it_acknowledged() {
    let server = durable().await;
    let client = connect(&server).await;
    let (acknowledged, progress) = tokio::sync::watch::channel(0_i64);
    let writer = tokio::spawn(async move {
        while client
            .execute("INSERT INTO t VALUES (1)", &[])
            .await
            .is_ok()
        {
            acknowledged.send_modify(|rows| *rows += 1);
        }
    });
    progress
        .clone()
        .wait_for(|rows| *rows >= 100)
        .await
        .unwrap();
    server.kill_postmaster().await.unwrap();
    writer.await.unwrap();
    assert!(matches!(server.pid(), Err(Error::NotRunning)));
    let ready = server.wait_ready().await;
    assert!(matches!(ready, Err(Error::NotRunning)), "{ready:?}");
    assert!(server.connect("postgres").await.is_err());

    server.restart().await.unwrap();
    let rows = number(&connect(&server).await, "SELECT count(*) FROM t").await;
    // The one under way may have been kept without its answer.
    let known = *progress.borrow();
    assert!(rows == known || rows == known + 1, "{rows}, {known} known");
}

#[tokio::test]
async fn only_a_fast_stop_needs_no_recovery() {
    let server = durable().await;
    let recovery = "not properly shut down";
    server.execute("INSERT INTO t VALUES (1)").await.unwrap();
    server.stop_fast().await.unwrap();
    assert!(matches!(server.stop_fast().await, Err(Error::NotRunning)));
    server.restart().await.unwrap();
    assert!(
        !server.log_tail().contains(recovery),
        "{}",
        server.log_tail()
    );
    server.stop_immediate().await.unwrap();
    server.restart().await.unwrap();
    assert!(
        server.log_tail().contains(recovery),
        "{}",
        server.log_tail()
    );
    let client = connect(&server).await;
    assert_eq!(number(&client, "SELECT count(*) FROM t").await, 1);
}

#[tokio::test]
async fn a_paused_server_answers_nothing_until_it_goes_on() {
    let server = durable().await;
    let client = connect(&server).await;
    server.pause().await.unwrap();
    let mut answer = Box::pin(number(&client, "SELECT 1::bigint"));
    timeout(Duration::from_millis(50), &mut answer)
        .await
        .unwrap_err();
    server.resume().unwrap();
    assert_eq!(answer.await, 1);
    // A stop reaches a paused server, too.
    server.pause().await.unwrap();
    server.stop_immediate().await.unwrap();
}

#[tokio::test]
async fn the_death_of_a_backend_ends_every_session_and_no_commit() {
    let server = durable().await;
    let (victim, bystander) = (connect(&server).await, connect(&server).await);
    victim
        .execute("INSERT INTO t VALUES (1)", &[])
        .await
        .unwrap();
    let backends = [backend(&victim).await, backend(&bystander).await];
    server.kill_backend(backends[0]).await.unwrap();
    server.wait_ready().await.unwrap();
    for lost in [victim, bystander] {
        lost.simple_query("SELECT 1").await.unwrap_err();
    }
    let client = connect(&server).await;
    assert_eq!(number(&client, "SELECT count(*) FROM t").await, 1);
    // Nobody else's process, nor the postmaster.
    for pid in [backends[0], server.pid().unwrap(), 1] {
        let refused = server.kill_backend(pid).await;
        assert!(matches!(refused, Err(Error::NoSuchBackend { .. })), "{pid}");
    }
}
