//! A server starts, holds what it acknowledged, and leaves nothing behind.

use std::path::Path;

use eventide_rig::{Error, Proxy, Server};

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

#[tokio::test]
async fn killed_and_then_lost_in_a_panic_it_leaves_no_memory_and_no_folder() {
    let server = fast().await;
    let folder = server.folder().to_owned();
    let file = std::fs::read_to_string(folder.join("data/postmaster.pid")).unwrap();
    let segment: Vec<&str> = file.lines().nth(6).unwrap().split_whitespace().collect();
    let has_segment = || {
        let segments = std::fs::read_to_string("/proc/sysvipc/shm").unwrap();
        segments
            .lines()
            .any(|line| line.split_whitespace().take(2).eq(segment.iter().copied()))
    };
    let panicked = tokio::spawn(async move {
        server.kill_postmaster().await.unwrap();
        panic!("a test that fails with {}", server.port());
    });
    assert!(has_segment());
    assert!(panicked.await.unwrap_err().is_panic());
    assert!(!folder.exists());
    assert!(!has_segment());
}

#[tokio::test]
async fn a_start_that_fails_quotes_the_log() {
    let options = Server::options().in_memory().set("max_connections", "-1");
    match options.start().await {
        Err(Error::Ended { log, .. }) => assert!(log.contains("max_connections"), "{log}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_restart_says_that_its_port_was_taken() {
    let server = fast().await;
    server.stop_immediate().await.unwrap();
    let other = std::net::TcpListener::bind(server.addr()).unwrap();
    let taken = server.restart().await;
    assert!(matches!(taken, Err(Error::PortTaken { port }) if port == server.port()));
    drop(other);
    server.restart().await.unwrap();
}

#[test]
fn what_a_server_and_a_proxy_do_can_be_spawned() {
    fn spawnable<T: Send>(_: impl FnOnce(&'static Server, &'static Proxy) -> T) {}
    spawnable(|_, _| Server::shared());
    spawnable(|_, _| Server::start());
    spawnable(|server, _| server.create_database("a"));
    spawnable(|server, _| server.drop_database("a"));
    spawnable(|server, _| server.connect("a"));
    spawnable(|server, _| server.kill_postmaster());
    spawnable(|server, _| server.kill_backend(1));
    spawnable(|server, _| server.stop_immediate());
    spawnable(|server, _| server.stop_fast());
    spawnable(|server, _| server.restart());
    spawnable(|server, _| server.pause());
    spawnable(|server, _| server.wait_ready());
    spawnable(|server, _| server.standby().start());
    spawnable(|server, _| server.promote());
    spawnable(|server, _| server.forget_standbys());
    spawnable(|_, proxy| proxy.cut());
    spawnable(|_, proxy| proxy.restore());
    spawnable(|server, _| Proxy::to(server.addr()));
}
