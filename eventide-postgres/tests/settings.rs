//! What the server is set to, who holds its log's lock, and how many connections there are.

mod support;

use std::time::Duration;

use eventide_core::store::{AppendError, EventStore, LogQuery, StoreError, StoreErrorKind};
use eventide_postgres::{Durability, LockHolder, PostgresOptions, PostgresStore};
use eventide_rig::Server;
use futures_util::future::{join_all, try_join_all};
use support::{Database, append, append_after, options, stream};
use tokio_postgres::{Client, NoTls};

async fn server(settings: &[(&str, &str)]) -> Server {
    let mut options = Server::options().in_memory();
    for (key, value) in settings {
        options = options.set(*key, *value);
    }
    options.start().await.unwrap()
}

async fn url(server: &Server) -> String {
    let name = server.create_database("store").await.unwrap();
    server.url(&name)
}

fn quick() -> PostgresOptions {
    options().patience(Duration::from_millis(700))
}

fn failure(refused: AppendError) -> StoreError {
    match refused {
        AppendError::Store(error) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn settings_that_break_the_promised_durability_are_refused_by_name() {
    for setting in ["fsync", "full_page_writes", "synchronous_commit"] {
        let server = server(&[(setting, "off")]).await;
        let url = url(&server).await;
        let full = || PostgresStore::options().patience(Duration::from_millis(700));
        full().migrate(&url).await.unwrap();
        let refused = full().open(&url).await.unwrap_err();
        assert_eq!(refused.kind(), StoreErrorKind::NotDurable);
        let why = refused.to_string();
        assert!(why.contains(&format!("`{setting} = off`")), "{why}");
        assert!(why.contains("`durability=what-the-server-gives`"), "{why}");
        let asked = full().durability(Durability::WhatTheServerGives);
        let by_address = format!("{url}?durability=what-the-server-gives");
        for store in [asked.open(&url).await, full().open(&by_address).await] {
            let store = store.unwrap();
            store.append(append(&stream("a"), 1)).await.unwrap();
            store.close().await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_setting_of_the_role_or_the_database_counts_as_the_server_s() {
    let server = server(&[]).await;
    let url = url(&server).await;
    PostgresStore::options().migrate(&url).await.unwrap();
    PostgresStore::open(&url).await.unwrap();
    let off = "ALTER ROLE postgres SET synchronous_commit = off";
    server.execute(off).await.unwrap();
    let refused = PostgresStore::open(&url).await.unwrap_err();
    assert_eq!(refused.kind(), StoreErrorKind::NotDurable);
}

#[tokio::test]
async fn a_standby_is_read_and_not_appended_to() {
    let primary = Server::options().fast().in_memory().start().await.unwrap();
    let url = url(&primary).await;
    quick().migrate(&url).await.unwrap();
    let store = quick().open(&url).await.unwrap();
    store.append(append(&stream("a"), 2)).await.unwrap();
    let standby = primary.standby().in_memory().start().await.unwrap();
    let name = url.rsplit('/').next().unwrap();
    let store = quick().open(&standby.url(name)).await.unwrap();
    let read = store.read_log(LogQuery::default()).await.unwrap();
    assert_eq!(read.events.len(), 2);
    let refused = failure(store.append(append(&stream("a"), 1)).await.unwrap_err());
    assert_eq!(refused.kind(), StoreErrorKind::ReadOnly, "{refused:?}");
    assert!(
        refused.to_string().contains("connect to the primary"),
        "{refused}"
    );
    assert!(!refused.is_retryable());
}

#[tokio::test]
async fn a_database_that_was_set_to_read_only_says_so() {
    let database = Database::new().await;
    let only = format!(
        "ALTER DATABASE {} SET default_transaction_read_only = on",
        database.name
    );
    database.server.execute(&only).await.unwrap();
    let store = quick().open(&database.url()).await.unwrap();
    let refused = failure(store.append(append(&stream("a"), 1)).await.unwrap_err());
    assert_eq!(refused.kind(), StoreErrorKind::ReadOnly, "{refused:?}");
    let refused = quick()
        .schema("other")
        .migrate(&database.url())
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), StoreErrorKind::ReadOnly, "{refused:?}");
}

async fn pid(client: &Client) -> i32 {
    let row = client.query_one("SELECT pg_backend_pid()", &[]).await;
    row.unwrap().get(0)
}

/// Waits until somebody waits for the lock that another holds.
async fn until_somebody_waits(store: &PostgresStore) -> Vec<LockHolder> {
    loop {
        let holders = store.lock_holders().await.unwrap();
        if holders.iter().any(|holder| !holder.holds) {
            return holders;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_idle_session_that_holds_the_lock_is_named_and_outlasted() {
    let database = Database::new().await;
    let store = database.open().await;
    store.append(append(&stream("a"), 1)).await.unwrap();
    assert_eq!(store.lock_holders().await.unwrap(), []);
    let holder = database.connect().await;
    holder
        .batch_execute("SET application_name = 'forgetful'; BEGIN")
        .await
        .unwrap();
    holder
        .batch_execute("SELECT eventide.lock_log()")
        .await
        .unwrap();

    // Impatience is an error that says what to do; it was certainly not written.
    let hasty = quick().answer_timeout(Duration::from_millis(400));
    let hasty = hasty.open(&database.url()).await.unwrap();
    let refused = failure(hasty.append(append(&stream("a"), 1)).await.unwrap_err());
    assert_eq!(refused.kind(), StoreErrorKind::Locked, "{refused:?}");
    assert!(refused.to_string().contains("lock_holders"), "{refused}");
    assert!(refused.is_retryable());

    let (waiting, stale) = (store.clone(), store.clone());
    let waiting = tokio::spawn(async move { waiting.append(append(&stream("a"), 1)).await });
    let stale = tokio::spawn(async move { stale.append(append_after(&stream("a"), 0, 1)).await });
    let holders = until_somebody_waits(&store).await;
    let [first, waits] = &holders[..] else {
        panic!("one holds, one waits: {holders:?}");
    };
    assert_eq!(first.pid, Some(pid(&holder).await));
    assert!(first.holds && !waits.holds);
    assert_eq!(first.prepared, None);
    assert_eq!(first.application.as_deref(), Some("forgetful"));
    assert_eq!(first.state.as_deref(), Some("idle in transaction"));
    assert_eq!(first.query.as_deref(), Some("SELECT eventide.lock_log()"));
    assert!(first.age >= Duration::from_millis(400), "{:?}", first.age);
    assert_eq!(waits.application.as_deref(), Some("eventide"));

    // Reading is not held up.
    let read = store.read_log(LogQuery::default()).await.unwrap();
    assert_eq!(read.events.len(), 1);
    assert!(!waiting.is_finished());

    holder.batch_execute("COMMIT").await.unwrap();
    waiting.await.unwrap().unwrap();
    let stale = stale.await.unwrap().unwrap_err();
    assert!(matches!(stale, AppendError::Conflict { .. }), "{stale:?}");
    assert_eq!(store.lock_holders().await.unwrap(), []);
    hasty.append(append(&stream("a"), 1)).await.unwrap();
    assert_eq!(store.head().await.unwrap().as_raw(), 3);
}

#[tokio::test]
async fn a_prepared_transaction_that_holds_the_lock_is_named() {
    let server = Server::options()
        .in_memory()
        .fast()
        .set("max_prepared_transactions", "4");
    let server = server.start().await.unwrap();
    let url = url(&server).await;
    quick().migrate(&url).await.unwrap();
    let store = options().open(&url).await.unwrap();
    let client = server
        .connect(url.rsplit('/').next().unwrap())
        .await
        .unwrap();
    client
        .batch_execute("BEGIN; SELECT eventide.lock_log(); PREPARE TRANSACTION 'order''s half'")
        .await
        .unwrap();
    // Nobody's session any more.
    drop(client);
    let waiting = store.clone();
    let waiting = tokio::spawn(async move { waiting.append(append(&stream("a"), 1)).await });
    let holders = until_somebody_waits(&store).await;
    assert_eq!(holders[0].prepared.as_deref(), Some("order's half"));
    assert_eq!((holders[0].pid, holders[0].holds), (None, true));
    assert!(holders[0].age > Duration::ZERO);
    let client = server
        .connect(url.rsplit('/').next().unwrap())
        .await
        .unwrap();
    client
        .batch_execute("ROLLBACK PREPARED 'order''s half'")
        .await
        .unwrap();
    waiting.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_reader_behind_a_table_lock_gives_up_with_what_is_the_matter() {
    let database = Database::new().await;
    let store = quick().answer_timeout(Duration::from_millis(300));
    let store = store.open(&database.url()).await.unwrap();
    let client = database.connect().await;
    client
        .batch_execute("BEGIN; LOCK TABLE eventide.events IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    let refused = store.head().await.unwrap_err();
    assert_eq!(refused.kind(), StoreErrorKind::Locked, "{refused:?}");
    client.batch_execute("ROLLBACK").await.unwrap();
    store.head().await.unwrap();
}

#[tokio::test]
async fn settings_of_the_address_stand_above_the_store_s() {
    let database = Database::new().await;
    let url = format!("{}?options=-c%20statement_timeout%3D1234", database.url());
    let store = options().open(&url).await.unwrap();
    store.append(append(&stream("a"), 1)).await.unwrap();
    let hold = database.connect().await;
    hold.batch_execute("BEGIN; SELECT eventide.lock_log()")
        .await
        .unwrap();
    let waiting = store.clone();
    let waiting = tokio::spawn(async move { waiting.append(append(&stream("a"), 1)).await });
    until_somebody_waits(&store).await;
    // The statement is ended by the server, asked again, and written in the end.
    let ended = async |count: i64| {
        let others = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'advisory' \
                      AND datname = current_database()";
        loop {
            let waits: i64 = hold.query_one(others, &[]).await.unwrap().get(0);
            if waits == count {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    ended(0).await;
    ended(1).await;
    hold.batch_execute("ROLLBACK").await.unwrap();
    waiting.await.unwrap().unwrap();
    assert_eq!(store.head().await.unwrap().as_raw(), 2);
}

/// Many more tasks than connections, of all kinds at once.
async fn crowd(store: &PostgresStore) {
    let writers = (0..40).map(|n| {
        let store = store.clone();
        tokio::spawn(async move {
            let own = stream(&format!("s{n}"));
            for version in 0..5 {
                store.append(append_after(&own, version, 1)).await?;
                // A conflict asks once more, for the commands.
                store
                    .append(append_after(&own, version, 1))
                    .await
                    .unwrap_err();
            }
            Ok::<_, AppendError>(())
        })
    });
    let readers = (0..40).map(|_| {
        let store = store.clone();
        tokio::spawn(async move {
            for _ in 0..5 {
                store.read_log(LogQuery::default()).await?;
                store.count_versions().await?;
                store.lock_holders().await?;
            }
            Ok::<_, StoreError>(())
        })
    });
    let (writers, readers) = tokio::join!(join_all(writers), join_all(readers));
    for done in writers {
        done.unwrap().unwrap();
    }
    for done in readers {
        done.unwrap().unwrap();
    }
    assert_eq!(store.head().await.unwrap().as_raw(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_connections_serve_a_crowd() {
    let database = Database::new().await;
    let store = options()
        .connections(2)
        .open(&database.url())
        .await
        .unwrap();
    let mut woken = store.wakeups();
    crowd(&store).await;
    woken.wait(Duration::from_secs(10)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_of_one_connection_serves_a_crowd() {
    let database = Database::new().await;
    let mut config = deadpool_postgres::Config::new();
    config.url = Some(database.url());
    config.pool = Some(deadpool_postgres::PoolConfig::new(1));
    let pool = config.create_pool(None, NoTls).unwrap();
    let migrating = options().migrate_on_open(true).open_pool(pool.clone());
    let store = migrating.await.unwrap();
    crowd(&store).await;
    // It is the caller's connection, and as it was.
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_server_without_a_free_connection_is_waited_for() {
    let server = Server::options()
        .in_memory()
        .fast()
        .set("max_connections", "8")
        .set("superuser_reserved_connections", "1");
    let server = server.start().await.unwrap();
    let url = url(&server).await;
    let name = url.rsplit('/').next().unwrap();
    quick().migrate(&url).await.unwrap();
    server
        .connect(name)
        .await
        .unwrap()
        .batch_execute(
            "CREATE ROLE app LOGIN; GRANT USAGE ON SCHEMA eventide TO app;
             GRANT ALL ON ALL TABLES IN SCHEMA eventide TO app;
             GRANT ALL ON ALL FUNCTIONS IN SCHEMA eventide TO app",
        )
        .await
        .unwrap();
    let url = url.replace("//postgres@", "//app@");
    let mut config: tokio_postgres::Config = url.parse().unwrap();
    config.application_name("others");
    // Others take them all; a connection that just ended may still count for a moment.
    let mut others = Vec::new();
    loop {
        match config.connect(NoTls).await {
            Ok((client, connection)) => {
                tokio::spawn(connection);
                others.push(client);
            }
            Err(full) if full.code().is_some() => break,
            Err(other) => panic!("{other:?}"),
        }
    }
    let refused = quick().open(&url).await.unwrap_err();
    assert_eq!(refused.kind(), StoreErrorKind::Unavailable, "{refused:?}");
    let why = refused.to_string();
    assert!(why.contains("has no connection left"), "{why}");
    let opening = tokio::spawn(async move { options().open(&url).await });
    others.truncate(2);
    let store = opening.await.unwrap().unwrap();
    try_join_all((0..20).map(|_| store.head())).await.unwrap();
}
