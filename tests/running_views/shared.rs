//! Several workers on one view.

use std::time::Duration;

use eventide::subscription::{PartitionCount, SubscriptionName};

use crate::domain::OrderTotals;
use crate::support::{all, app, expected, options, run, sell, stores};

fn four() -> PartitionCount {
    PartitionCount::new(4).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_worker_goes_on_where_one_was_lost() {
    for (name, place) in stores().await {
        let app = app(&place);
        sell(&app, 0..8, 2).await;
        let mut one = run(&app, options().partitions(four())).await;
        let mut other = run(&app, options()).await;
        one.caught_up().await.unwrap();
        sell(&app, 8..12, 2).await;
        // It gives nothing back.
        drop(one);
        sell(&app, 12..16, 2).await;
        other.caught_up().await.unwrap();
        assert_eq!(all(&app).await, expected(&*place.store).await, "{name}");
        let status = other.status().await.unwrap();
        let orders = status.iter().find(|it| it.name == "order-totals").unwrap();
        assert_eq!(orders.subscription.partitions.len(), 4, "{name}");
        other.stop().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn partitions_can_be_more_or_fewer_while_work_goes_on() {
    let subscription = SubscriptionName::new("order-totals.v1.g1").unwrap();
    for (name, place) in stores().await {
        let app = app(&place);
        let mut views = run(&app, options()).await;
        for (round, count) in [(0, 3), (1, 8), (2, 1), (3, 5)] {
            sell(&app, round * 4..round * 4 + 4, 3).await;
            let kept = place.store.subscriptions().unwrap();
            let count = PartitionCount::new(count).unwrap();
            kept.divide(&subscription, count).await.unwrap();
            sell(&app, 100 + round * 4..104 + round * 4, 1).await;
        }
        let caught_up = tokio::time::timeout(Duration::from_mins(1), views.caught_up());
        caught_up.await.unwrap().unwrap();
        assert_eq!(all(&app).await, expected(&*place.store).await, "{name}");
        let _ = app.view::<OrderTotals>();
    }
}
