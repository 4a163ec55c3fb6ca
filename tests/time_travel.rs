//! The past: by version, by time, with and without snapshots.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use eventide::prelude::*;
use eventide::time::FixedClock;
use jiff::Timestamp;
use support::{Account, Bank, Call, Counter, Probe, account, count, counter, deposit, open, until};

const START: &str = "2020-01-01T00:00:00Z";

fn minute(n: u64) -> Timestamp {
    START.parse::<Timestamp>().unwrap() + Duration::from_secs(60 * n)
}

/// A store whose clock stands at [`START`].
fn clocked() -> (Probe, Arc<FixedClock>) {
    let clock = Arc::new(FixedClock::at(minute(0)));
    (Probe::around(MemoryStore::with_clock(clock.clone())), clock)
}

/// An account opened at minute 0, then given 1 in each minute to 5.
async fn with_account() -> App<Bank> {
    let (store, clock) = clocked();
    let app = App::<Bank>::new(store);
    app.execute(open("a")).await.unwrap();
    for n in 1..=5 {
        clock.set(minute(n));
        app.execute(deposit("a", 1)).await.unwrap();
    }
    app
}

#[tokio::test]
async fn the_state_at_every_version() {
    let app = with_account().await;
    for version in 1..=6 {
        let then = app
            .load_at::<Account>(&account("a"), Version::new(version))
            .await
            .unwrap();
        assert_eq!((then.balance, then.version().get()), (version - 1, version));
        assert_eq!(then.recorded_at(), minute(version - 1));
    }
    // The present is not touched by it.
    assert_eq!(app.load::<Account>(&account("a")).await.unwrap().balance, 5);
}

#[tokio::test]
async fn the_state_at_any_time() {
    let app = with_account().await;
    let at = async |time| {
        app.load_at::<Account>(&account("a"), time)
            .await
            .unwrap()
            .balance
    };
    for n in 0..=5 {
        assert_eq!(at(minute(n)).await, n);
        assert_eq!(at(minute(n) + Duration::from_secs(59)).await, n);
    }
    assert_eq!(at(Timestamp::MAX).await, 5);
}

#[tokio::test]
async fn what_has_not_happened_is_told() {
    let app = with_account().await;
    let id = account("a");
    let error = app
        .load_at::<Account>(&id, Version::new(7))
        .await
        .unwrap_err();
    let LoadError::VersionNotReached { asked, actual, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!((asked.get(), actual.get()), (7, 6));
    assert_eq!(
        error.to_string(),
        "stream Account/a is at version 6, it has not reached version 7"
    );
    let before = minute(0) - Duration::from_micros(1);
    let error = app.load_at::<Account>(&id, before).await.unwrap_err();
    assert!(
        matches!(&error, LoadError::NotYet { asked, .. } if *asked == before),
        "{error:?}"
    );

    let nobody = account("nobody");
    let by_version = app
        .load_at::<Account>(&nobody, Version::new(1))
        .await
        .unwrap_err();
    let by_time = app
        .load_at::<Account>(&nobody, minute(3))
        .await
        .unwrap_err();
    for error in [
        by_version,
        by_time,
        app.load::<Account>(&nobody).await.unwrap_err(),
    ] {
        assert!(matches!(error, LoadError::NotFound { .. }), "{error:?}");
        assert_eq!(error.to_string(), "stream Account/nobody does not exist");
    }
}

#[tokio::test]
async fn events_of_one_append_share_their_time() {
    let (store, clock) = clocked();
    let app = App::<Bank>::new(store);
    app.execute(count("c", 4)).await.unwrap();
    clock.set(minute(1));
    app.execute(count("c", 3)).await.unwrap();
    let id = counter("c");
    let at = async |n| {
        app.load_at::<Counter>(&id, minute(n))
            .await
            .unwrap()
            .into_state()
    };
    assert_eq!(at(0).await, Counter::after(4));
    assert_eq!(at(1).await, Counter::after(7));
}

#[tokio::test]
async fn a_snapshot_serves_what_comes_after_it_only() {
    let (store, clock) = clocked();
    let app = App::<Bank>::new(store.clone());
    for n in 0..25 {
        clock.set(minute(n));
        app.execute(count("c", 1)).await.unwrap();
    }
    until("the snapshots", || {
        app.repository::<Counter>().stats().snapshots_taken == 2
    })
    .await;
    let id = counter("c");
    for version in 1..=25 {
        store.reset();
        let then = app
            .load_at::<Counter>(&id, Version::new(version))
            .await
            .unwrap();
        assert_eq!(*then, Counter::after(version));
        let read = if version < 20 { version } else { version - 20 };
        assert_eq!(store.events_read(), read, "for version {version}");
        assert_eq!(store.count(Call::LoadSnapshot), 1);
        let then = app
            .load_at::<Counter>(&id, minute(version - 1))
            .await
            .unwrap();
        assert_eq!(*then, Counter::after(version));
    }
}
