//! Mistakes other event sourcing libraries have made, each as a test that it is not made here.
//! The numbers are those of the survey they were found in.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::sync::Arc;

use eventide::prelude::*;
use eventide::schema::DecodeProblem;
use eventide::snapshot::Snapshot;
use eventide::store::{
    AppendError, EventStore, ExpectedVersion, LogQuery, SnapshotStore, Store, StoreErrorKind,
    StreamQuery,
};
use eventide::{Position, StreamId};
use futures_util::future::join_all;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use support::lifted::Lifted;
use support::raw::{append_of, event};
use support::{
    Account, Bank, Call, Counter, Probe, account, count, counter, deposit, give, open, recorded,
    until,
};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
struct SumId(String);

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
struct Added(u64);

#[derive(Debug, Clone, Serialize, Deserialize, Command)]
#[command(upserts)]
struct Add(#[command(id)] SumId, u64);

#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize, Aggregate)]
#[aggregate(id = SumId, error = String, snapshot(every = 2), events(Added), commands(Add))]
struct Sum {
    total: u64,
}

#[handlers]
impl Sum {
    fn add(&self, command: Add) -> Added {
        Added(command.1)
    }
    fn added(&mut self, event: &Added) {
        self.total += event.0;
    }
}

#[derive(Domain)]
#[domain(aggregates(Sum))]
struct Sums;

fn sum() -> SumId {
    SumId::from("s".to_owned())
}

async fn stores(folder: &tempfile::TempDir) -> Vec<Arc<dyn Store>> {
    #[cfg(not(feature = "sqlite"))]
    let _ = folder;
    vec![
        Arc::new(MemoryStore::new()),
        #[cfg(feature = "sqlite")]
        Arc::new(SqliteStore::open(folder.path().join("s.db")).await.unwrap()),
    ]
}

/// The aggregate that decided had applied its events; applying them again before the snapshot made
/// 40 into 60 or 80.
#[tokio::test]
async fn a_snapshot_does_not_apply_events_twice_6_1() {
    let store = MemoryStore::new();
    for n in 1..=4 {
        let app = App::<Sums>::new(store.clone());
        app.execute(Add(sum(), 10)).await.unwrap();
        let due = u64::from(n % 2 == 0);
        until("the snapshot", || {
            app.repository::<Sum>().stats().snapshots_taken == due
        })
        .await;
        assert_eq!(app.load::<Sum>(&sum()).await.unwrap().total, n * 10);
        let cold = App::<Sums>::new(store.clone());
        assert_eq!(cold.load::<Sum>(&sum()).await.unwrap().total, n * 10);
    }
}

/// A snapshot that did not decode became the default state at the snapshot's version: 20, not 40.
#[tokio::test]
async fn an_undecodable_snapshot_is_not_an_empty_state_6_1() {
    let store = MemoryStore::new();
    let app = App::<Sums>::new(store.clone());
    for _ in 0..2 {
        app.execute(Add(sum(), 10)).await.unwrap();
    }
    until("the snapshot", || {
        app.repository::<Sum>().stats().snapshots_taken == 1
    })
    .await;
    let stream = Sum::stream(&sum()).unwrap();
    let kept = store.load_snapshot(&stream).await.unwrap().unwrap();
    let Snapshot {
        version,
        recorded_at,
        fingerprint,
        ..
    } = kept;
    let renamed = br#"{"sum":20}"#.to_vec();
    let renamed = Snapshot::new(stream, version, recorded_at, fingerprint, renamed);
    store.save_snapshot(renamed).await.unwrap();
    for _ in 0..2 {
        App::<Sums>::new(store.clone())
            .execute(Add(sum(), 10))
            .await
            .unwrap();
    }
    assert_eq!(
        App::<Sums>::new(store)
            .load::<Sum>(&sum())
            .await
            .unwrap()
            .total,
        40
    );
}

/// Snapshots were taken only where the version was a multiple: a batch that jumped over it had none.
#[tokio::test]
async fn a_batch_over_the_multiple_takes_its_snapshot_6_1() {
    let store = Probe::new();
    let app = App::<Bank>::new(store.clone());
    app.execute(count("c", 9)).await.unwrap();
    app.execute(count("c", 4)).await.unwrap();
    until("the snapshot", || {
        app.repository::<Counter>().stats().snapshots_taken == 1
    })
    .await;
    let stream = Counter::stream(&counter("c")).unwrap();
    let kept = store.load_snapshot(&stream).await.unwrap().unwrap();
    assert_eq!(kept.version, Version::new(13));
}

/// The events were committed, then the snapshot's error was returned as the command's.
#[tokio::test]
async fn a_failed_snapshot_is_not_a_failed_command_6_1() {
    let store = Probe::new();
    store.fail_always(Call::SaveSnapshot, StoreErrorKind::Constraint);
    let app = App::<Bank>::new(store.clone());
    let receipt = app.execute(count("c", 10)).await.unwrap();
    assert_eq!(receipt.version, Version::new(10));
    until("the failure", || {
        app.repository::<Counter>().stats().snapshots_failed == 1
    })
    .await;
}

/// A lock on the snapshot's row failed the append that was committed already.
#[tokio::test]
async fn the_snapshot_of_another_process_is_no_conflict_6_1() {
    let store = MemoryStore::new();
    let apps = [0, 1].map(|_| App::<Sums>::new(store.clone()));
    for n in 0..20 {
        let receipt = apps[n % 2].execute(Add(sum(), 1)).await.unwrap();
        assert_eq!(receipt.version.get(), n as u64 + 1);
    }
    for app in apps {
        assert_eq!(app.load::<Sum>(&sum()).await.unwrap().total, 20);
    }
}

/// The repeated event was not inserted again, but applied again: 10 became 20, and the version
/// after it left a hole.
#[tokio::test]
async fn a_repetition_changes_no_state_and_leaves_no_hole_6_3() {
    let store = Probe::new();
    let app = App::<Bank>::new(store.clone());
    let id = CommandId::derived("test", "deposit");
    app.execute(open("a")).await.unwrap();
    for _ in 0..3 {
        let receipt = app.execute(deposit("a", 10)).command_id(id).await.unwrap();
        assert_eq!(receipt.version, Version::new(2));
        let loaded = app.load::<Account>(&account("a")).await.unwrap();
        assert_eq!((loaded.balance, loaded.version().get()), (10, 2));
    }
    app.execute(deposit("a", 1)).await.unwrap();
    let events = recorded(&store, &Account::stream(&account("a")).unwrap()).await;
    let versions: Vec<_> = events.iter().map(|event| event.version.get()).collect();
    assert_eq!(versions, [1, 2, 3]);
}

/// Only one of the ways to lose a race was told as a conflict; the others looked like a broken
/// database.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_race_is_told_as_a_conflict_6_8() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(&folder).await {
        let stream = StreamId::new("Race", "1").unwrap();
        for round in 0..10 {
            let writers = (0..16).map(|_| {
                let (store, stream) = (Arc::clone(&store), stream.clone());
                tokio::spawn(async move {
                    let expected = ExpectedVersion::Exact(Version::new(round));
                    store
                        .append(append_of(stream, expected, event("Ran", 1, "{}")))
                        .await
                })
            });
            let (won, lost): (Vec<_>, Vec<_>) = join_all(writers)
                .await
                .into_iter()
                .map(Result::unwrap)
                .partition(Result::is_ok);
            assert_eq!(won.len(), 1);
            for error in lost {
                let Err(AppendError::Conflict { actual, .. }) = error else {
                    panic!("{error:?}")
                };
                assert_eq!(actual, Version::new(round + 1));
            }
        }
    }
}

/// Stream versions were 16 bits wide.
#[tokio::test]
async fn a_stream_grows_over_65535_events_6_11() {
    let store = MemoryStore::new();
    let app = App::<Bank>::new(store.clone());
    app.execute(count("c", 70_000)).await.unwrap();
    let receipt = app.execute(count("c", 1)).await.unwrap();
    assert_eq!(receipt.version, Version::new(70_001));
    let id = counter("c");
    let app = App::<Bank>::new(store);
    assert_eq!(
        *app.load::<Counter>(&id).await.unwrap(),
        Counter::after(70_001)
    );
    let then = app
        .load_at::<Counter>(&id, Version::new(65_537))
        .await
        .unwrap();
    assert_eq!(*then, Counter::after(65_537));
}

/// Versions were cast to 32 bits for snapshots, or kept in such columns.
#[tokio::test]
async fn versions_go_beyond_32_bits_6_11() {
    for base in [
        u64::from(u16::MAX),
        u64::from(u32::MAX),
        i64::MAX as u64 - 100,
    ] {
        let store = Lifted {
            base,
            store: MemoryStore::new(),
        };
        let stream = Sum::stream(&sum()).unwrap();
        let spec = Sum::SNAPSHOT.unwrap();
        let version = Version::new(base);
        let before = Sum { total: 7 };
        let kept = spec.take(
            spec.fingerprint(),
            stream,
            version,
            Timestamp::UNIX_EPOCH,
            &before,
        );
        store.save_snapshot(kept.unwrap()).await.unwrap();

        let app = App::<Sums>::new(store.clone());
        let id = CommandId::derived("test", "add");
        for replayed in [false, true] {
            let three = (0..3).map(|_| Add(sum(), 1).into());
            let receipt = app.execute_all::<Sum>(three).command_id(id).await.unwrap();
            assert_eq!((receipt.version.get(), receipt.events.len()), (base + 3, 3));
            assert_eq!(receipt.replayed, replayed);
        }
        until("the snapshot", || {
            app.repository::<Sum>().stats().snapshots_taken == 1
        })
        .await;
        let app = App::<Sums>::new(store);
        app.execute(Add(sum(), 1)).await.unwrap();
        let loaded = app.load::<Sum>(&sum()).await.unwrap();
        assert_eq!((loaded.version().get(), loaded.total), (base + 4, 11));
    }
}

/// A number the store has no room for is refused by name, not cut off.
#[tokio::test]
async fn a_version_a_store_cannot_hold_is_not_wrapped_6_11() {
    let folder = tempfile::tempdir().unwrap();
    let huge = Version::new(u64::MAX);
    for store in stores(&folder).await {
        let stream = StreamId::new("Sum", "s").unwrap();
        let append =
            |expected| store.append(append_of(stream.clone(), expected, event("Added", 1, "1")));
        append(ExpectedVersion::Any).await.unwrap();
        let error = append(ExpectedVersion::Exact(huge)).await.unwrap_err();
        assert!(
            matches!(error, AppendError::Conflict { actual, .. } if actual == Version::new(1)),
            "{error:?}"
        );
        let page = store
            .read_stream(&stream, StreamQuery::after(huge))
            .await
            .unwrap();
        assert_eq!(
            (page.events.len(), page.version.get(), page.more),
            (0, 1, false)
        );
        let all = StreamQuery {
            until: Some(huge),
            ..StreamQuery::default()
        };
        assert_eq!(
            store.read_stream(&stream, all).await.unwrap().events.len(),
            1
        );
        let after = LogQuery::after(Position::from_raw(u64::MAX));
        assert!(store.read_log(after).await.unwrap().events.is_empty());
    }
}

/// Ids were cut at, or limited to, 64 bytes; parts of an address ran into each other.
#[tokio::test]
async fn long_and_look_alike_ids_stay_apart_6_11() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(&folder).await {
        let app = App::<Bank>::new(store);
        let long = "x".repeat(StreamId::MAX_PART_BYTES - 1);
        let names = [
            format!("{long}1"),
            format!("{long}2"),
            "A".into(),
            "a".into(),
            "a ".into(),
        ];
        for (name, amount) in names.iter().zip(1..) {
            app.execute(give(name, amount)).await.unwrap();
        }
        let cold = App::<Bank>::new(Arc::clone(app.store()));
        for (name, amount) in names.iter().zip(1..) {
            let loaded = cold.load::<Account>(&account(name)).await.unwrap();
            assert_eq!((loaded.balance, loaded.version().get()), (amount, 1));
        }
    }
}

/// An event the program does not know, or cannot read, was passed over without a word.
#[tokio::test]
async fn nothing_unreadable_is_passed_over_6_12() {
    let stream = Account::stream(&account("a")).unwrap();
    let cases = [
        event("Closed", 1, "{}"),
        event("Deposited", 2, r#"{"amount":1}"#),
        event("Deposited", 0, r#"{"amount":1}"#),
        event("Deposited", 1, r#"{"amount":"much"}"#),
    ];
    for (n, strange) in cases.into_iter().enumerate() {
        let store = MemoryStore::new();
        let app = App::<Bank>::new(store.clone());
        app.execute(open("a")).await.unwrap();
        store
            .append(append_of(stream.clone(), ExpectedVersion::Any, strange))
            .await
            .unwrap();
        let error = app.load::<Account>(&account("a")).await.unwrap_err();
        let LoadError::Decode(error) = error else {
            panic!("{error:?}")
        };
        assert_eq!(
            (error.stream.clone(), error.version),
            (stream.clone(), Version::new(2))
        );
        let as_expected = match &*error.problem {
            DecodeProblem::UnknownEvent { known } => n == 0 && known.len() == 3,
            DecodeProblem::NewerVersion { known } => n == 1 && known.get() == 1,
            DecodeProblem::NoUpcaster { .. } => n == 2,
            DecodeProblem::Payload { field, .. } => n == 3 && field == "amount",
            _ => false,
        };
        assert!(as_expected, "{error:?}");
        let error = app.execute(deposit("a", 1)).await.unwrap_err();
        assert!(
            matches!(error, ExecuteError::Load(LoadError::Decode(_))),
            "{error:?}"
        );
        // What came before it can still be seen.
        app.load_at::<Account>(&account("a"), Version::new(1))
            .await
            .unwrap();
    }
}
