//! A server starts, holds what it acknowledged, and leaves nothing behind.

use std::path::Path;

use eventide_rig::{Error, Server};

async fn fast() -> Server {
    Server::options().in_memory().fast().start().await.unwrap()
}

async fn rows(server: &Server) -> i64 {
    let client = server.connect("postgres").await.unwrap();
    let row = client
        .query_one("SELECT count(*) FROM t", &[])
        .await
        .unwrap();
    row.get(0)
}

async fn table(server: &Server) {
    server
        .execute("CREATE TABLE t (x int); INSERT INTO t VALUES (1), (2), (3)")
        .await
        .unwrap();
}

async fn show(server: &Server, setting: &str) -> String {
    let client = server.connect("postgres").await.unwrap();
    let row = client
        .query_one(&format!("SHOW {setting}"), &[])
        .await
        .unwrap();
    row.get(0)
}

/// An orphan that has ended may wait for the system to take note of it; it works nowhere then.
fn lives(pid: i32) -> bool {
    Path::new(&format!("/proc/{pid}/cwd"))
        .canonicalize()
        .is_ok()
}

#[tokio::test]
async fn a_server_is_durable_unless_asked_to_be_fast() {
    let (durable, quick) = tokio::join!(Server::start(), fast());
    let durable = durable.unwrap();
    assert_ne!(durable.port(), quick.port());
    for setting in ["fsync", "synchronous_commit", "full_page_writes"] {
        assert_eq!(show(&durable, setting).await, "on", "{setting}");
    }
    assert_eq!(show(&quick, "fsync").await, "off");
    table(&durable).await;
    let missing = quick.execute("SELECT * FROM t").await;
    assert!(matches!(missing, Err(Error::Refused { .. })), "{missing:?}");
}

#[tokio::test]
async fn url_and_socket_lead_to_the_same_server() {
    let server = Server::options()
        .in_memory()
        .fast()
        .set("max_prepared_transactions", "7")
        .start()
        .await
        .unwrap();
    let by_url: tokio_postgres::Config = server.url("postgres").parse().unwrap();
    for config in [by_url, server.socket_config("postgres")] {
        let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        let row = client
            .query_one("SHOW max_prepared_transactions", &[])
            .await
            .unwrap();
        assert_eq!(row.get::<_, &str>(0), "7");
    }
}

#[tokio::test]
async fn databases_are_fresh_and_their_names_unique() {
    let server = Server::shared().await.unwrap();
    let first = server.create_database("shop").await.unwrap();
    let second = server.create_database("shop").await.unwrap();
    assert_ne!(first, second);
    let client = server.connect(&first).await.unwrap();
    client
        .batch_execute("CREATE TABLE t (x int)")
        .await
        .unwrap();
    drop(client);
    // Whoever copies it may have to wait until the session above has ended.
    server
        .execute("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname LIKE 'shop%'")
        .await
        .unwrap();
    let copy = server.create_database_from("copy", &first).await.unwrap();
    let client = server.connect(&copy).await.unwrap();
    client.batch_execute("SELECT * FROM t").await.unwrap();
    // Dropped under the feet of its session.
    server.drop_database(&copy).await.unwrap();
    server.drop_database(&copy).await.unwrap();
    assert!(server.connect(&copy).await.is_err());
}

#[tokio::test]
async fn restart_keeps_port_and_data() {
    let server = fast().await;
    let (port, pid) = (server.port(), server.pid().unwrap());
    table(&server).await;
    server.restart().await.unwrap();
    assert_eq!(server.port(), port);
    assert_ne!(server.pid().unwrap(), pid);
    assert_eq!(rows(&server).await, 3);
}

#[tokio::test]
async fn dropped_it_leaves_no_process_and_no_folder() {
    let server = fast().await;
    let client = server.connect("postgres").await.unwrap();
    let row = client
        .query_one("SELECT pg_backend_pid()", &[])
        .await
        .unwrap();
    let pids = [server.pid().unwrap(), row.get(0)];
    let folder = server.folder().to_owned();
    assert!(folder.exists() && pids.iter().all(|pid| lives(*pid)));
    drop(server);
    assert!(!folder.exists());
    assert!(!pids.iter().any(|pid| lives(*pid)), "{pids:?}");
}
