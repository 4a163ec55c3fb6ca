//! Pools that run dry, and locks that reach too far.

use std::time::Duration;

use eventide_core::store::{AppendError, EventStore, StoreErrorKind};
use eventide_core::{Position, Version};
use tokio::task::JoinSet;

use crate::support::{Database, append, append_after, append_of, event, options, stream};

/// Whoever holds a connection and needs another waits for ever where all do. (esrs: `lock` and
/// `persist`.) Here an append by the store is an error that says what to do.
#[tokio::test(flavor = "multi_thread")]
async fn connections_that_are_all_taken_are_an_error_and_no_deadlock() {
    let database = Database::new().await;
    let options = options().connections(2).patience(Duration::from_secs(2));
    let store = options.open(&database.url()).await.unwrap();
    // Nobody else has one: not the task that tells others either.
    let held = [
        store.connection().await.unwrap(),
        store.connection().await.unwrap(),
    ];
    let refused = store.append(append(&stream("1"), 1)).await.unwrap_err();
    let AppendError::Store(error) = &refused else {
        panic!("{refused:?}");
    };
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    assert!(error.to_string().contains("`connections`"), "{error}");
    drop(held);
    store.append(append(&stream("1"), 1)).await.unwrap();
}

/// As many transactions as connections, and more that wait for one: each appends on the connection
/// it has.
#[tokio::test(flavor = "multi_thread")]
async fn transactions_need_no_second_connection() {
    let database = Database::new().await;
    let store = options()
        .connections(2)
        .open(&database.url())
        .await
        .unwrap();
    let mut tasks = JoinSet::new();
    for task in 0..12 {
        let store = store.clone();
        tasks.spawn(async move {
            let mut connection = store.connection().await.unwrap();
            let transaction = connection.transaction().await.unwrap();
            let request = append(&stream(&format!("{task}")), 1);
            let pending = store.append_in(&transaction, request).await.unwrap();
            store.commit(transaction, &[pending]).await.unwrap();
        });
    }
    while let Some(task) = tasks.join_next().await {
        task.unwrap();
    }
    assert_eq!(store.head().await.unwrap(), Position::from_raw(12));
}

/// Not even to say what they conflict with, when all lose a race at once.
#[tokio::test(flavor = "multi_thread")]
async fn conflicts_need_no_second_connection() {
    let database = Database::new().await;
    let patience = Duration::from_secs(10);
    let store = options().connections(2).patience(patience);
    let store = store.open(&database.url()).await.unwrap();
    let mut connections = [
        store.connection().await.unwrap(),
        store.connection().await.unwrap(),
    ];
    let mut transactions = Vec::new();
    for connection in &mut connections {
        let transaction = connection.transaction().await.unwrap();
        let snapshot = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT 1";
        transaction.batch_execute(snapshot).await.unwrap();
        transactions.push(transaction);
    }
    let other = database.open().await;
    other.append(append(&stream("1"), 1)).await.unwrap();
    for transaction in &transactions {
        let stale = append_after(&stream("1"), 0, 1);
        let refused = store.append_in(transaction, stale).await.unwrap_err();
        assert!(
            matches!(&refused, AppendError::Conflict { actual, .. } if *actual == Version::new(1)),
            "{refused:?}"
        );
    }
}

/// A lock whose key is a part of an id is shared by ids that begin alike, and one whose key is
/// small by whoever else locks. (esrs: the upper half of a UUID of version 7; disintegrate: classes 1 and 2.)
/// Ours is of one log, and of nobody else's.
#[tokio::test(flavor = "multi_thread")]
async fn the_lock_reaches_no_other_log_and_no_other_program() {
    let database = Database::new().await;
    options()
        .schema("second")
        .migrate(&database.url())
        .await
        .unwrap();
    let first = database.open().await;
    let second = options()
        .schema("second")
        .open(&database.url())
        .await
        .unwrap();
    let other = database.connect().await;
    let locks = "SELECT pg_advisory_lock(1), pg_advisory_lock(2), pg_advisory_lock(1702261860), \
                 pg_advisory_lock(1702261860, 0), pg_advisory_lock(1, 1)";
    other.batch_execute(locks).await.unwrap();
    let mut connection = first.connection().await.unwrap();
    let transaction = connection.transaction().await.unwrap();
    // Made within one millisecond.
    let event = append_of(&stream("1"), vec![event("Noted")]);
    let pending = first.append_in(&transaction, event).await.unwrap();
    second.append(append(&stream("1"), 1)).await.unwrap();
    first.commit(transaction, &[pending]).await.unwrap();
    assert_eq!(first.head().await.unwrap(), second.head().await.unwrap());
}
