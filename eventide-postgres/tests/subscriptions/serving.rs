//! Choosing what serves the readers of a view, by leases that others take at the same time.

use eventide_core::store::SubscriptionStore;

use crate::steps::until_waiting;
use crate::support::Database;
use crate::{assert_lost, claim, name, open, take_over};

const VIEW: &str = "country-sales";

/// Whoever takes a lease that a generation is just being chosen by waits, and finds what was chosen.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_takes_over_waits_for_a_choice_under_way_and_finds_it() {
    let database = Database::new().await;
    let store = database.open().await;
    open(&store, 2).await;
    store.serve(VIEW, 1, 1, &[]).await.unwrap();
    let held = [claim(&store, "a").await, claim(&store, "a").await];
    let held = held.map(|it| it.unwrap().lease);
    let client = database.connect().await;
    // Holds up the choice in its middle, where it has the partitions already.
    client
        .batch_execute("BEGIN; SELECT FROM eventide.view_generations FOR UPDATE")
        .await
        .unwrap();
    let choosing = tokio::spawn({
        let store = store.clone();
        async move { store.serve(VIEW, 1, 2, &held).await }
    });
    let watcher = database.connect().await;
    until_waiting(&watcher, 1).await;
    let other = database.open().await;
    let taking = tokio::spawn(async move {
        take_over(&other, 1, "b").await;
        other.serving(VIEW, 1).await
    });
    until_waiting(&watcher, 2).await;
    client.batch_execute("COMMIT").await.unwrap();
    choosing.await.unwrap().unwrap();
    assert_eq!(taking.await.unwrap().unwrap(), 2);
}

/// The other way round: a choice that has to wait while one of its leases is taken is refused.
#[tokio::test(flavor = "multi_thread")]
async fn a_choice_that_waits_while_a_lease_is_taken_is_refused() {
    let database = Database::new().await;
    let store = database.open().await;
    open(&store, 1).await;
    let lease = claim(&store, "a").await.unwrap().lease;
    let client = database.connect().await;
    client
        .batch_execute("BEGIN; SELECT FROM eventide.subscription_partitions FOR UPDATE")
        .await
        .unwrap();
    // The take-over stands first in the queue for the row, the choice behind it.
    let other = database.open().await;
    let taking = tokio::spawn(async move { take_over(&other, 0, "b").await });
    let watcher = database.connect().await;
    until_waiting(&watcher, 1).await;
    let held = [lease.clone()];
    let choosing = tokio::spawn({
        let store = store.clone();
        async move { store.serve(VIEW, 1, 2, &held).await }
    });
    until_waiting(&watcher, 2).await;
    client.batch_execute("COMMIT").await.unwrap();
    taking.await.unwrap();
    assert_lost(choosing.await.unwrap(), &lease);
    assert_eq!(store.serving(VIEW, 1).await.unwrap(), 1);
    let status = store.subscription(&name()).await.unwrap().unwrap();
    let owner = status.partitions.iter().find_map(|it| it.owner.clone());
    assert_eq!(owner, Some("b".into()));
}
