//! What many callers ask at the same time shares a call, two of which are under way at a time.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may fail by panicking"
)]

mod support;

use std::time::Duration;

use eventide_core::store::{AppendError, AppendRequest, Appended, EventStore, StoreErrorKind};
use eventide_postgres::PostgresStore;
use futures_util::future::join_all;
use support::{Database, append, append_after, options, stream};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_postgres::Client;

const LONG: Duration = Duration::from_secs(30);

/// All of `requests` asked at once, in this order: they are in the queue before any is taken from it,
/// as long as the runtime has one thread.
async fn together(
    store: &PostgresStore,
    requests: impl IntoIterator<Item = AppendRequest>,
) -> Vec<Result<Appended, AppendError>> {
    join_all(requests.into_iter().map(|request| store.append(request))).await
}

#[tokio::test]
async fn appends_at_the_same_time_share_a_commit() {
    let database = Database::new().await;
    let store = database.open().await;
    for round in 1..=4 {
        let requests = (0..100).map(|n| append_after(&stream(&format!("{round}-{n}")), 0, 2));
        for answer in together(&store, requests).await {
            answer.unwrap();
        }
        let stats = store.stats();
        assert_eq!((stats.appends, stats.events), (round * 100, round * 200));
    }
    // The first, second and fourth batch are measured with, which takes a call for one of them.
    assert_eq!(store.stats().commits, 4 + 3);
}

#[tokio::test]
async fn streams_that_come_twice_are_appended_to_in_the_order_asked() {
    let database = Database::new().await;
    let store = database.open().await;
    // The first batch is measured with: its first request is written apart.
    for round in 0..3 {
        let versions = (0..10).map(|version| (stream("one"), round * 10 + version));
        let others = (0..20).map(|n| (stream(&format!("{round}-{n}")), 0));
        let again = (0..20).map(|n| (stream(&format!("{round}-{n}")), 1));
        let all = versions.chain(others).chain(again);
        let requests = all.map(|(stream, version)| append_after(&stream, version, 1));
        for answer in together(&store, requests).await {
            answer.unwrap();
        }
    }
    assert_eq!(store.head().await.unwrap().as_raw(), 150);
    let version = store.stream_version(&stream("one")).await.unwrap();
    assert_eq!(version.get(), 30);
}

/// The first batch does not stand and is asked again. Meanwhile the second one, with an append to the same
/// stream that was asked after the first, has to wait.
#[tokio::test]
async fn nobody_overtakes_an_append_to_the_same_stream() {
    let database = Database::new().await;
    let store = options().max_batch(2).open(&database.url()).await.unwrap();
    for round in 0..20 {
        let (same, wrong) = (stream(&format!("same-{round}")), stream("wrong"));
        let other = stream(&format!("other-{round}"));
        let requests = [
            append_after(&same, 0, 1),
            append_after(&wrong, 7, 1),
            append_after(&same, 1, 1),
            append_after(&other, 0, 1),
        ];
        let answers = together(&store, requests).await;
        let stand: Vec<_> = answers.iter().map(Result::is_ok).collect();
        assert_eq!(stand, [true, false, true, true], "{answers:?}");
        let conflict = &answers[1];
        assert!(
            matches!(conflict, Err(AppendError::Conflict { actual, .. }) if actual.get() == 0),
            "{conflict:?}"
        );
    }
}

/// Somebody who has the log's lock and keeps it.
async fn hold_the_lock(database: &Database) -> Client {
    let holder = database.connect().await;
    let lock = "BEGIN; SELECT eventide.lock_log()";
    holder.batch_execute(lock).await.unwrap();
    holder
}

/// The sessions that wait for a lock, once they are so many, or after a while.
async fn waiting(watcher: &Client, expected: usize) -> Vec<i32> {
    let query = "SELECT pid FROM pg_stat_activity \
                 WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let mut seen = Vec::new();
    for _ in 0..400 {
        let rows = watcher.query(query, &[]).await.unwrap();
        seen = rows.iter().map(|row| row.get(0)).collect();
        if seen.len() == expected {
            break;
        }
        sleep(Duration::from_millis(5)).await;
    }
    seen
}

/// Asked in tasks of their own, before any of them is taken from the queue.
fn asked(store: &PostgresStore, count: u64) -> Vec<JoinHandle<Result<Appended, AppendError>>> {
    let ask = |n: u64| {
        let (store, request) = (store.clone(), append(&stream(&n.to_string()), 1));
        tokio::spawn(async move { store.append(request).await })
    };
    (0..count).map(ask).collect()
}

async fn open(database: &Database, connections: usize) -> PostgresStore {
    let options = options().max_batch(2).connections(connections);
    let options = options.answer_timeout(LONG * 10).patience(LONG * 10);
    options.open(&database.url()).await.unwrap()
}

#[tokio::test]
async fn two_batches_are_under_way_and_a_connection_is_left_for_readers() {
    let database = Database::new().await;
    for (connections, under_way) in [(3, 2), (2, 1)] {
        let store = open(&database, connections).await;
        let (holder, watcher) = (hold_the_lock(&database).await, database.connect().await);
        let before = store.stats().appends;
        let appends = asked(&store, 6);
        assert_eq!(waiting(&watcher, under_way).await.len(), under_way);
        // It is not one more a little later.
        sleep(Duration::from_millis(50)).await;
        assert_eq!(waiting(&watcher, under_way).await.len(), under_way);
        for _ in 0..50 {
            let head = timeout(LONG, store.head()).await;
            head.expect("there is no connection to read by").unwrap();
        }
        assert_eq!(store.stats().appends, before);
        holder.batch_execute("COMMIT").await.unwrap();
        for append in appends {
            append.await.unwrap().unwrap();
        }
        assert_eq!(store.stats().appends, before + 6);
    }
}

#[tokio::test]
async fn whoever_closes_the_store_waits_for_both() {
    let database = Database::new().await;
    let store = open(&database, 4).await;
    let (holder, watcher) = (hold_the_lock(&database).await, database.connect().await);
    let appends = asked(&store, 4);
    assert_eq!(waiting(&watcher, 2).await.len(), 2);
    let closing = tokio::spawn({
        let store = store.clone();
        async move { store.close().await }
    });
    sleep(Duration::from_millis(100)).await;
    assert!(!closing.is_finished());
    let late = store.append(append(&stream("late"), 1)).await.unwrap_err();
    let AppendError::Store(late) = late else {
        panic!("{late:?}");
    };
    assert_eq!(late.kind(), StoreErrorKind::Closed);
    holder.batch_execute("COMMIT").await.unwrap();
    timeout(LONG, closing).await.unwrap().unwrap().unwrap();
    for append in appends {
        append.await.unwrap().unwrap();
    }
    assert_eq!(database.open().await.head().await.unwrap().as_raw(), 4);
}

/// A session of the store's is ended while two batches wait: each finds out what became of it by itself.
#[tokio::test]
async fn two_whose_sessions_are_ended_are_each_stored_once() {
    let database = Database::new().await;
    let store = open(&database, 4).await;
    let (holder, watcher) = (hold_the_lock(&database).await, database.connect().await);
    let appends = asked(&store, 4);
    let ended = waiting(&watcher, 2).await;
    assert_eq!(ended.len(), 2);
    let end = "SELECT pg_terminate_backend(pid) FROM unnest($1::int4[]) AS pid";
    watcher.query(end, &[&ended]).await.unwrap();
    // They ask again on others.
    let others = timeout(LONG, async {
        loop {
            let now = waiting(&watcher, 2).await;
            if now.len() == 2 && now.iter().all(|pid| !ended.contains(pid)) {
                break;
            }
        }
    });
    others.await.expect("they did not ask again");
    holder.batch_execute("COMMIT").await.unwrap();
    for append in appends {
        append.await.unwrap().unwrap();
    }
    assert_eq!(store.head().await.unwrap().as_raw(), 4);
}
