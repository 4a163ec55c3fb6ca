//! Aggregates in memory: bounded, checked before they are used, and worth it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use eventide::prelude::*;
use eventide::store::{PageSize, SnapshotStore};
use support::{Account, Bank, Call, Counter, Probe, account, count, counter, deposit, give, open};

#[tokio::test]
async fn memory_is_bounded() {
    let app = App::<Bank>::builder(Probe::new())
        .cached_aggregates(10)
        .build();
    for n in 0..200 {
        app.execute(give(&n.to_string(), 1)).await.unwrap();
        app.load::<Account>(&account(&n.to_string())).await.unwrap();
    }
    let cached = app.repository::<Account>().stats().cached;
    assert!((1..=11).contains(&cached), "{cached} in memory");
}

#[tokio::test]
async fn the_least_recently_used_goes() {
    let store = Probe::new();
    let app = App::<Bank>::builder(store.clone())
        .cached_aggregates(3)
        .build();
    for name in ["old", "used", "new"] {
        app.execute(give(name, 1)).await.unwrap();
    }
    app.load::<Account>(&account("used")).await.unwrap();
    for name in ["newer", "newest"] {
        app.execute(give(name, 1)).await.unwrap();
    }
    store.reset();
    app.load::<Account>(&account("used")).await.unwrap();
    assert_eq!(store.count(Call::ReadStream), 0);
    app.load::<Account>(&account("old")).await.unwrap();
    assert_eq!(store.count(Call::ReadStream), 1);
}

#[tokio::test]
async fn what_is_in_memory_is_not_read_again() {
    let store = Probe::new();
    let app = App::<Bank>::new(store.clone());
    app.execute(count("c", 3)).await.unwrap();
    store.reset();
    assert_eq!(
        *app.load::<Counter>(&counter("c")).await.unwrap(),
        Counter::after(3)
    );
    app.execute(count("c", 1)).await.unwrap();
    assert_eq!(
        store.count(Call::ReadStream) + store.count(Call::LoadSnapshot),
        0
    );
    assert_eq!(store.count(Call::StreamVersion), 1);
}

#[tokio::test]
async fn a_cold_load_warms() {
    let store = Probe::new();
    App::<Bank>::new(store.clone())
        .execute(count("c", 3))
        .await
        .unwrap();
    let app = App::<Bank>::new(store.clone());
    app.load::<Counter>(&counter("c")).await.unwrap();
    store.reset();
    app.load::<Counter>(&counter("c")).await.unwrap();
    app.execute(count("c", 1)).await.unwrap();
    assert_eq!(
        store.count(Call::ReadStream) + store.count(Call::LoadSnapshot),
        0
    );
}

#[tokio::test]
async fn without_memory_everything_works() {
    let store = Probe::new();
    let app = App::<Bank>::builder(store.clone())
        .cached_aggregates(0)
        .build();
    app.execute(open("a")).await.unwrap();
    for _ in 0..3 {
        store.reset();
        app.execute(deposit("a", 1)).await.unwrap();
        assert_eq!(store.count(Call::ReadStream), 1);
    }
    assert_eq!(app.load::<Account>(&account("a")).await.unwrap().balance, 3);
    tokio::try_join!(app.execute(deposit("a", 1)), app.execute(deposit("a", 1))).unwrap();
    assert_eq!(app.load::<Account>(&account("a")).await.unwrap().balance, 5);
}

#[tokio::test]
async fn of_what_others_appended_only_the_tail_is_read() {
    let store = Probe::new();
    let app = App::<Bank>::new(store.clone());
    app.execute(open("a")).await.unwrap();
    for _ in 0..20 {
        app.execute(deposit("a", 1)).await.unwrap();
    }
    App::<Bank>::new(store.clone())
        .execute(deposit("a", 5))
        .await
        .unwrap();
    store.reset();
    let loaded = app.load::<Account>(&account("a")).await.unwrap();
    assert_eq!((loaded.balance, loaded.version().get()), (25, 22));
    assert_eq!(store.events_read(), 1);
}

#[tokio::test]
async fn a_long_stream_is_read_a_page_at_a_time() {
    let store = Probe::new();
    App::<Bank>::new(store.clone())
        .execute(count("c", 25))
        .await
        .unwrap();
    store
        .delete_snapshot(&Counter::stream(&counter("c")).unwrap())
        .await
        .unwrap();
    store.reset();
    let app = App::<Bank>::builder(store.clone())
        .page_size(PageSize::new(10))
        .build();
    assert_eq!(
        *app.load::<Counter>(&counter("c")).await.unwrap(),
        Counter::after(25)
    );
    assert_eq!(store.events_read(), 25);
    assert_eq!(store.count(Call::ReadStream), 3);
}

#[tokio::test]
async fn a_store_that_was_put_back_to_an_earlier_copy_is_noticed() {
    let store = Probe::new();
    let app = App::<Bank>::new(store.clone());
    for amount in 1..=5 {
        app.execute(give("a", amount)).await.unwrap();
    }
    // An older copy: one event.
    let earlier = MemoryStore::new();
    App::<Bank>::new(earlier.clone())
        .execute(give("a", 1))
        .await
        .unwrap();
    store.replace(earlier);
    assert_eq!(app.load::<Account>(&account("a")).await.unwrap().balance, 1);

    app.execute(give("a", 2)).await.unwrap();
    store.replace(MemoryStore::new());
    assert_eq!(
        app.execute(give("a", 7)).await.unwrap().version,
        Version::new(1)
    );
    assert_eq!(app.load::<Account>(&account("a")).await.unwrap().balance, 7);

    store.replace(MemoryStore::new());
    app.execute(open("a")).await.unwrap();
    assert_eq!(app.load::<Account>(&account("a")).await.unwrap().balance, 0);
}
