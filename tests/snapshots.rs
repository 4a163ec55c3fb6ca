//! Snapshots: they change how much is read, never what comes out.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use eventide::StreamId;
use eventide::prelude::*;
use eventide::snapshot::{Fingerprint, Snapshot};
use eventide::store::{SnapshotStore, StoreErrorKind};
use support::{Bank, Call, Counter, Probe, count, counter, until};

fn stream() -> StreamId {
    Counter::stream(&counter("c")).unwrap()
}

async fn kept(store: &Probe) -> Option<Snapshot> {
    store.inner().load_snapshot(&stream()).await.unwrap()
}

async fn state(app: &App<Bank>) -> Counter {
    app.load::<Counter>(&counter("c"))
        .await
        .unwrap()
        .into_state()
}

/// A store with so many events, a snapshot of the last multiple of ten, and a process without any
/// memory of it.
async fn cold(events: u64) -> (Probe, App<Bank>) {
    let store = Probe::new();
    let app = App::<Bank>::new(store.clone());
    for _ in 0..events {
        app.execute(count("c", 1)).await.unwrap();
    }
    taken(&app, events / 10).await;
    store.reset();
    (store.clone(), App::new(store))
}

async fn taken(app: &App<Bank>, snapshots: u64) {
    let stats = || app.repository::<Counter>().stats();
    until("the snapshots", || stats().snapshots_taken == snapshots).await;
    assert_eq!(stats().snapshots_failed, 0);
}

/// `snapshot`, with its checksum right again after a change.
fn sealed(snapshot: Snapshot) -> Snapshot {
    let Snapshot {
        stream,
        version,
        recorded_at,
        fingerprint,
        payload,
        ..
    } = snapshot;
    Snapshot::new(stream, version, recorded_at, fingerprint, payload)
}

#[tokio::test]
async fn one_is_taken_every_ten_events() {
    let (store, _) = cold(9).await;
    assert_eq!(kept(&store).await, None);
    for (events, version) in [(10, 10), (19, 10), (20, 20), (35, 30)] {
        let (store, _) = cold(events).await;
        assert_eq!(kept(&store).await.unwrap().version, Version::new(version));
    }
}

#[tokio::test]
async fn a_batch_that_jumps_over_the_mark_takes_one_too() {
    let store = Probe::new();
    let app = App::<Bank>::new(store.clone());
    for (times, version, snapshots) in [
        (7, None, 0),
        (7, Some(14), 1),
        (9, Some(14), 1),
        (1, Some(24), 2),
        (50, Some(74), 3),
    ] {
        app.execute(count("c", times)).await.unwrap();
        taken(&app, snapshots).await;
        let kept = kept(&store).await.map(|snapshot| snapshot.version.get());
        assert_eq!(kept, version);
    }
}

#[tokio::test]
async fn only_what_follows_it_is_read() {
    let (store, app) = cold(26).await;
    assert_eq!(state(&app).await, Counter::after(26));
    assert_eq!(store.events_read(), 6);
    // Also where a command is decided on it.
    let app = App::<Bank>::new(store.clone());
    store.reset();
    app.execute(count("c", 1)).await.unwrap();
    assert_eq!(store.events_read(), 6);
    assert_eq!(state(&app).await, Counter::after(27));
}

#[tokio::test]
async fn a_long_cold_load_leaves_one_behind() {
    let (store, app) = cold(35).await;
    store.inner().delete_snapshot(&stream()).await.unwrap();
    assert_eq!(state(&app).await, Counter::after(35));
    taken(&app, 1).await;
    assert_eq!(kept(&store).await.unwrap().version, Version::new(35));
}

#[tokio::test]
async fn one_of_no_use_changes_nothing_but_the_reading() {
    type Spoil = fn(Snapshot) -> Snapshot;
    let spoilt: [(&str, Spoil); 7] = [
        ("a flipped bit", |mut snapshot| {
            *snapshot.payload.last_mut().unwrap() ^= 1;
            snapshot
        }),
        ("cut off", |mut snapshot| {
            snapshot.payload.pop();
            snapshot
        }),
        ("another version", |mut snapshot| {
            snapshot.version = snapshot.version.next();
            snapshot
        }),
        ("another shape", |mut snapshot| {
            snapshot.fingerprint = Fingerprint::from_u64(snapshot.fingerprint.as_u64() ^ 1);
            sealed(snapshot)
        }),
        ("no such state", |mut snapshot| {
            snapshot.payload = br#"{"events":"many"}"#.to_vec();
            sealed(snapshot)
        }),
        ("no JSON", |mut snapshot| {
            snapshot.payload = vec![0xff; 3];
            sealed(snapshot)
        }),
        ("ahead of the stream", |mut snapshot| {
            snapshot.version = Version::new(1_000);
            snapshot.payload = br#"{"events":1000,"total":7}"#.to_vec();
            sealed(snapshot)
        }),
    ];
    for (what, spoil) in spoilt {
        for at in [None, Some(Version::new(25))] {
            let (store, app) = cold(26).await;
            let snapshot = kept(&store).await.unwrap();
            store.inner().delete_snapshot(&stream()).await.unwrap();
            store.inner().save_snapshot(spoil(snapshot)).await.unwrap();
            let (state, events) = match at {
                None => (state(&app).await, 26),
                Some(at) => {
                    let then = app.load_at::<Counter>(&counter("c"), at).await;
                    (then.unwrap().into_state(), at.get())
                }
            };
            assert_eq!(state, Counter::after(events), "{what}");
            // A later load has a good one again.
            app.execute(count("c", 10)).await.unwrap();
            until("a snapshot", || {
                app.repository::<Counter>().stats().snapshots_taken > 0
            })
            .await;
            let app = App::<Bank>::new(store.clone());
            assert_eq!(self::state(&app).await, Counter::after(36), "{what}");
        }
    }
}

#[tokio::test]
async fn an_old_one_only_means_more_to_read() {
    let (store, app) = cold(15).await;
    let old = kept(&store).await.unwrap();
    app.execute(count("c", 40)).await.unwrap();
    taken(&app, 1).await;
    store.inner().delete_snapshot(&stream()).await.unwrap();
    store.inner().save_snapshot(old).await.unwrap();
    store.reset();
    assert_eq!(state(&App::new(store.clone())).await, Counter::after(55));
    assert_eq!(store.events_read(), 45);
}

#[tokio::test]
async fn one_that_cannot_be_saved_fails_no_command() {
    let store = Probe::new();
    store.fail_always(Call::SaveSnapshot, StoreErrorKind::Full);
    let app = App::<Bank>::new(store.clone());
    app.execute(count("c", 12)).await.unwrap();
    let stats = || app.repository::<Counter>().stats();
    until("the failure", || stats().snapshots_failed == 1).await;
    assert_eq!(stats().snapshots_taken, 0);
    app.execute(count("c", 1)).await.unwrap();
    assert_eq!(state(&app).await, Counter::after(13));
    assert_eq!(state(&App::new(store)).await, Counter::after(13));
}

#[tokio::test]
async fn one_that_cannot_be_read_or_deleted_fails_no_load() {
    for kind in [
        StoreErrorKind::Corrupt,
        StoreErrorKind::Locked,
        StoreErrorKind::ReadOnly,
    ] {
        let (store, app) = cold(26).await;
        store.fail_next(Call::LoadSnapshot, kind);
        assert_eq!(state(&app).await, Counter::after(26));
        assert_eq!(store.events_read(), 26);

        let mut useless = kept(&store).await.unwrap();
        useless.payload.clear();
        useless.version = Version::new(100);
        store.inner().save_snapshot(useless).await.unwrap();
        store.fail_next(Call::DeleteSnapshot, kind);
        assert_eq!(state(&App::new(store.clone())).await, Counter::after(26));
        assert_eq!(store.count(Call::DeleteSnapshot), 1);
    }
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn a_store_opened_for_reading_is_read_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.db");
    let store = SqliteStore::open(&path).await.unwrap();
    let app = App::<Bank>::new(store.clone());
    app.execute(count("c", 26)).await.unwrap();
    taken(&app, 1).await;
    let mut useless = store.load_snapshot(&stream()).await.unwrap().unwrap();
    useless.payload.clear();
    useless.version = Version::new(100);
    store.save_snapshot(useless).await.unwrap();
    drop(app);
    store.close().await.unwrap();

    let store = SqliteStore::open_read_only(&path).await.unwrap();
    let app = App::<Bank>::new(store);
    assert_eq!(state(&app).await, Counter::after(26));
    let error = app.execute(count("c", 1)).await.unwrap_err();
    let ExecuteError::Store(error) = error else {
        panic!("{error:?}")
    };
    assert_eq!(error.kind(), StoreErrorKind::ReadOnly);
}
