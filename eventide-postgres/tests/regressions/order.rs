//! Events that readers skip, drop, or see twice.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use eventide_core::Position;
use eventide_core::store::{
    AppendRequest, EventStore, LogQuery, PageSize, StoreErrorKind, StreamQuery,
};
use eventide_core::time::Clock;
use eventide_postgres::PostgresStore;
use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinSet;

use crate::support::{Database, append, options, stream};

/// The log after `position`, and where it ends.
async fn read(store: &PostgresStore, position: Position) -> (Vec<String>, Position) {
    let page = store.read_log(LogQuery::after(position)).await.unwrap();
    let events = page.events.iter();
    let names = events.map(|event| event.stream.aggregate_id().to_owned());
    (names.collect(), page.next)
}

/// Waits until somebody waits for the log's lock.
async fn somebody_waits(store: &PostgresStore) {
    while store
        .lock_holders()
        .await
        .unwrap()
        .iter()
        .all(|it| it.holds)
    {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// A reader that goes on from the highest number of a sequence never sees what commits late.
/// (evented: `seq_no >= cursor`; eventsourced-postgres; commanded, prooph, Eventuous, zitadel.)
#[tokio::test(flavor = "multi_thread")]
async fn a_late_commit_is_not_skipped() {
    let database = Database::new().await;
    let store = database.open().await;
    let mut connection = store.connection().await.unwrap();
    let transaction = connection.transaction().await.unwrap();
    let late = store.append_in(&transaction, append(&stream("late"), 1));
    let late = late.await.unwrap();
    let early = tokio::spawn({
        let store = store.clone();
        async move { store.append(append(&stream("early"), 1)).await.unwrap() }
    });
    somebody_waits(&store).await;
    let (names, position) = read(&store, Position::START).await;
    assert!(names.is_empty(), "{names:?}");
    store.commit(transaction, &[late]).await.unwrap();
    early.await.unwrap();
    let (names, _) = read(&store, position).await;
    assert_eq!(names, ["late", "early"]);
}

/// Ids that are ordered by the time they were made are not ordered by commits: a reader whose
/// cursor is an id misses what was made early and committed late. (eventcore-postgres' version 7 of UUID.)
#[tokio::test(flavor = "multi_thread")]
async fn an_event_made_early_and_committed_late_is_not_skipped() {
    let database = Database::new().await;
    let store = database.open().await;
    let made_early = append(&stream("made early"), 1);
    let made_late = append(&stream("made late"), 1);
    let id = |request: &AppendRequest| request.streams[0].events[0].id;
    assert!(id(&made_early) < id(&made_late));
    store.append(made_late).await.unwrap();
    let (names, position) = read(&store, Position::START).await;
    assert_eq!(names, ["made late"]);
    store.append(made_early).await.unwrap();
    assert_eq!(read(&store, position).await.0, ["made early"]);
}

/// A row that cannot be decoded is not left out as if it were not there: who reads is told which
/// it is. (eventcore-postgres: `filter_map(.. .ok())`.)
#[tokio::test(flavor = "multi_thread")]
async fn an_undecodable_event_is_not_dropped_silently() {
    let database = Database::new().await;
    let store = database.open().await;
    for _ in 0..3 {
        store.append(append(&stream("1"), 1)).await.unwrap();
        let client = database.connect().await;
        // As only somebody who owns the tables can.
        let sql = "INSERT INTO eventide.events (position, version, recorded_at, schema_version, \
                   event_id, correlation_id, causation_id, aggregate_type, aggregate_id, \
                   event_type, payload) SELECT position + 1, version + 1, recorded_at, -7, \
                   gen_random_uuid(), correlation_id, causation_id, aggregate_type, aggregate_id, \
                   event_type, payload FROM eventide.events WHERE position = 1 \
                   AND (SELECT count(*) FROM eventide.events) = 1";
        client.batch_execute(sql).await.unwrap();
    }
    let everything = LogQuery::default();
    let some = LogQuery::default().page(PageSize::new(3));
    for query in [everything, some, LogQuery::backwards()] {
        let error = store.read_log(query).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{error}");
        assert!(error.to_string().contains("position 2"), "{error}");
    }
    let error = store
        .read_stream(&stream("1"), StreamQuery::default())
        .await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{error}");
    // What is sound is still read.
    let (names, _) = read(&store, Position::from_raw(2)).await;
    assert_eq!(names.len(), 2);
}

/// A position that is computed from the last one, without a lock, is given twice.
/// (eventually-postgres: `append_to_store`.)
#[tokio::test(flavor = "multi_thread")]
async fn no_position_is_given_twice() {
    let database = Database::new().await;
    let mut writers = JoinSet::new();
    for writer in 0..6 {
        let store = database.open().await;
        writers.spawn(async move {
            let mut positions = Vec::new();
            for _ in 0..20 {
                let appended = store.append(append(&stream(&format!("{writer}")), 2)).await;
                positions.extend(appended.unwrap().streams[0].positions.clone());
            }
            positions
        });
    }
    let mut given = Vec::new();
    while let Some(positions) = writers.join_next().await {
        given.extend(positions.unwrap());
    }
    let unique: BTreeSet<_> = given.iter().map(|position| position.as_raw()).collect();
    assert_eq!(given.len(), 240);
    assert!(unique.into_iter().eq(1..=240));
}

/// A reader that leaves a margin of time for slow writers is late by the margin, and wrong beyond
/// it; clocks that differ make it worse. (evento-sql: one second.)
#[tokio::test(flavor = "multi_thread")]
async fn no_clock_decides_what_is_seen() {
    #[derive(Debug)]
    struct Off(SignedDuration);
    impl Clock for Off {
        fn now(&self) -> Timestamp {
            Timestamp::now() + self.0
        }
    }
    let database = Database::new().await;
    let mut position = Position::START;
    for (name, hours) in [("ahead", 5), ("behind", -5), ("ahead", 7), ("behind", -7)] {
        let clock = Arc::new(Off(SignedDuration::from_hours(hours)));
        let store = options().clock(clock).open(&database.url()).await.unwrap();
        store.append(append(&stream(name), 1)).await.unwrap();
        // At once, and by whoever asks.
        let (names, next) = read(&database.open().await, position).await;
        assert_eq!(names, [name]);
        position = next;
    }
    let store = database.open().await;
    let page = store.read_log(LogQuery::default()).await.unwrap();
    assert!(page.events.is_sorted_by_key(|event| event.recorded_at));
}
