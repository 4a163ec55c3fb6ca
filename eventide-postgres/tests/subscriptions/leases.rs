//! Who works on a partition.

use std::collections::HashSet;
use std::time::Duration;

use eventide_core::Position;
use eventide_core::store::{StoreErrorKind, SubscriptionStore};
use eventide_core::subscription::SubscriptionName;
use futures_util::future::join_all;

use crate::support::Database;
use crate::{LONG, assert_lost, claim, name, open, partitions, places, take_over, to, worker};

#[tokio::test]
async fn a_partition_is_claimed_held_and_given_back() {
    let store = Database::new().await.open().await;
    open(&store, 1).await;
    let first = claim(&store, "a").await.unwrap();
    assert_eq!(first.lease.partition, 0);
    assert_eq!(first.checkpoints.len(), 1);
    assert_eq!(claim(&store, "b").await, None);
    // Not even by itself.
    assert_eq!(claim(&store, "a").await, None);
    let status = store.subscription(&name()).await.unwrap().unwrap();
    assert_eq!(status.partitions[0].owner, Some(worker("a")));
    assert_eq!(status.partitions[0].token, first.lease.token);
    store.advance(&to(&first.lease, 7)).await.unwrap();
    let held = store.renew(&first.lease, LONG).await.unwrap();
    assert_eq!(held[0].mark, crate::mark(7));
    store.release(&first.lease).await.unwrap();
    let status = store.subscription(&name()).await.unwrap().unwrap();
    assert_eq!(status.partitions[0].owner, None);
    // What was given back does not count any more.
    assert_lost(store.advance(&to(&first.lease, 8)).await, &first.lease);
    assert_lost(store.renew(&first.lease, LONG).await, &first.lease);
    let second = claim(&store, "b").await.unwrap();
    assert!(second.lease.token > first.lease.token);
    assert_eq!(second.checkpoints, held);
    // Giving back what is lost gives nothing back.
    store.release(&first.lease).await.unwrap();
    store.renew(&second.lease, LONG).await.unwrap();
}

#[tokio::test]
async fn a_lease_runs_out_and_counts_until_somebody_takes_it() {
    let store = Database::new().await.open().await;
    open(&store, 1).await;
    let short = Duration::from_millis(30);
    let first = store.claim(&name(), &worker("a"), short).await.unwrap();
    let first = first.unwrap().lease;
    while store
        .subscription(&name())
        .await
        .unwrap()
        .unwrap()
        .partitions[0]
        .owner
        .is_some()
    {
        tokio::task::yield_now().await;
    }
    store.advance(&to(&first, 3)).await.unwrap();
    store.renew(&first, short).await.unwrap();
    let second = loop {
        match claim(&store, "b").await {
            Some(claimed) => break claimed,
            None => tokio::task::yield_now().await,
        }
    };
    assert!(second.lease.token > first.token);
    assert_eq!(second.checkpoints[0].mark, crate::mark(3));
    assert_lost(store.advance(&to(&first, 4)).await, &first);
    assert_lost(store.renew(&first, LONG).await, &first);
    assert_eq!(places(&store).await, [[(0, 3)]]);
}

#[tokio::test]
async fn taking_over_asks_nobody() {
    let store = Database::new().await.open().await;
    open(&store, 2).await;
    let first = take_over(&store, 1, "a").await.lease;
    let second = take_over(&store, 1, "b").await.lease;
    assert_eq!((first.partition, second.partition), (1, 1));
    assert!(second.token > first.token);
    assert_lost(store.advance(&to(&first, 4)).await, &first);
    store.advance(&to(&second, 5)).await.unwrap();
    let none = store.take_over(&name(), 2, &worker("c"), LONG).await;
    assert_eq!(none.unwrap(), None);
    let other = SubscriptionName::new("other").unwrap();
    for refused in [
        store.take_over(&other, 0, &worker("c"), LONG).await,
        store.claim(&other, &worker("c"), LONG).await,
    ] {
        let refused = refused.unwrap_err();
        assert_eq!(refused.kind(), StoreErrorKind::Other);
        assert!(
            refused.to_string().contains("no subscription `other`"),
            "{refused}"
        );
    }
}

#[tokio::test]
async fn the_one_that_came_least_far_is_claimed_first() {
    let store = Database::new().await.open().await;
    open(&store, 3).await;
    for (partition, position) in [(0, 5), (1, 2), (2, 5)] {
        let lease = take_over(&store, partition, "a").await.lease;
        store.advance(&to(&lease, position)).await.unwrap();
        store.release(&lease).await.unwrap();
    }
    let mut order = Vec::new();
    while let Some(claimed) = claim(&store, "b").await {
        order.push(claimed.lease.partition);
    }
    assert_eq!(order, [1, 0, 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_claim_at_once_each_holds_another() {
    let database = Database::new().await;
    let stores = [database.open().await, database.open().await];
    open(&stores[0], 20).await;
    let claiming = (0..60).map(|n| {
        let store = stores[n % 2].clone();
        tokio::spawn(async move {
            let mut own = Vec::new();
            while let Some(claimed) = claim(&store, &format!("w{n}")).await {
                own.push(claimed.lease);
            }
            own
        })
    });
    let mut held = Vec::new();
    for own in join_all(claiming).await {
        held.extend(own.unwrap());
    }
    // Who found none passed by those that others were just claiming.
    let numbers: HashSet<_> = held.iter().map(|lease| lease.partition).collect();
    assert_eq!((held.len(), numbers.len()), (20, 20));
    for lease in &held {
        stores[0].renew(lease, LONG).await.unwrap();
    }
}

#[tokio::test]
async fn a_division_ends_all_leases_and_moves_no_slice() {
    let store = Database::new().await.open().await;
    open(&store, 2).await;
    let first = take_over(&store, 0, "a").await.lease;
    store.advance(&to(&first, 10)).await.unwrap();
    let other = take_over(&store, 1, "b").await.lease;
    store.advance(&to(&other, 20)).await.unwrap();
    // Divided so already: nothing changes.
    store.divide(&name(), partitions(2)).await.unwrap();
    store.advance(&to(&first, 11)).await.unwrap();

    store.divide(&name(), partitions(3)).await.unwrap();
    for lease in [&first, &other] {
        assert_lost(store.advance(&to(lease, 30)).await, lease);
        assert_lost(store.renew(lease, LONG).await, lease);
        store.release(lease).await.unwrap();
    }
    let divided = [vec![(0, 11)], vec![(341, 11), (512, 20)], vec![(682, 20)]];
    assert_eq!(places(&store).await, divided);

    // A partition with ranges at different places moves those that are behind.
    let middle = take_over(&store, 1, "c").await;
    assert_eq!(middle.checkpoints.len(), 2);
    assert!(middle.lease.token > first.token.max(other.token));
    store.advance(&to(&middle.lease, 15)).await.unwrap();
    let moved = [vec![(0, 11)], vec![(341, 15), (512, 20)], vec![(682, 20)]];
    assert_eq!(places(&store).await, moved);
    store.advance(&to(&middle.lease, 25)).await.unwrap();
    let moved = [vec![(0, 11)], vec![(341, 25), (512, 25)], vec![(682, 20)]];
    assert_eq!(places(&store).await, moved);
    store.divide(&name(), partitions(1)).await.unwrap();
    let one = [vec![(0, 11), (341, 25), (682, 20)]];
    assert_eq!(places(&store).await, one);
    let other = SubscriptionName::new("other").unwrap();
    let refused = store.divide(&other, partitions(2)).await.unwrap_err();
    assert!(
        refused.to_string().contains("no subscription `other`"),
        "{refused}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn divisions_and_steps_at_once_lose_no_slice_and_move_none_back() {
    let database = Database::new().await;
    let stores = [database.open().await, database.open().await];
    open(&stores[0], 4).await;
    let dividing = tokio::spawn({
        let store = stores[0].clone();
        async move {
            for count in [7, 3, 16, 1, 5, 2, 9, 4] {
                store.divide(&name(), partitions(count)).await.unwrap();
                tokio::task::yield_now().await;
            }
        }
    });
    let working = (0..6).map(|n| {
        let store = stores[n % 2].clone();
        tokio::spawn(async move {
            for _ in 0..20 {
                let Some(claimed) = claim(&store, &format!("w{n}")).await else {
                    continue;
                };
                let lowest = claimed
                    .checkpoints
                    .iter()
                    .map(|at| at.mark.position())
                    .min();
                // Between the claim and the look, it may have been divided anew.
                let lowest = lowest.unwrap_or(Position::START).as_raw();
                let moved = store.advance(&to(&claimed.lease, lowest + 1)).await;
                match moved {
                    Ok(()) => store.release(&claimed.lease).await.unwrap(),
                    lost => assert_lost(lost, &claimed.lease),
                }
            }
        })
    });
    for worked in join_all(working).await {
        worked.unwrap();
    }
    dividing.await.unwrap();
    let status = stores[0].subscription(&name()).await.unwrap().unwrap();
    assert_eq!(status.count, partitions(4));
    let ranges = status.partitions.iter().flat_map(|it| &it.checkpoints);
    let mut next = 0;
    for at in ranges {
        assert_eq!(at.slices.first().get(), next);
        next = at.slices.last().get() + 1;
    }
    assert_eq!(next, 1024);
}
