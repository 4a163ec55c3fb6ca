//! Each event counts once, whoever works on it.

use std::time::Duration;

use eventide::read_model::Waited;
use eventide::store::PageSize;
use eventide::subscription::PartitionCount;

use crate::domain::Count;
use crate::support::{expected, options, sell, sell_one, stocks, till};

#[tokio::test]
async fn each_event_is_written_once_and_in_the_order_of_its_stream() {
    for stock in stocks().await {
        let (name, app) = (stock.name(), stock.app());
        sell(app, 7, 9).await;
        app.execute(Count { till: till(0) }).await.unwrap();
        let small = options().page(PageSize::new(5));
        let mut running = stock.run(small).await.unwrap();
        running.caught_up().await.unwrap();
        assert_eq!(stock.rows().await, expected(app.store()).await, "{name}");
        // Live from here.
        let receipt = sell_one(app, 3, "article-9").await;
        assert_eq!(stock.wait_for(&receipt).await, Waited::Applied, "{name}");
        assert_eq!(stock.rows().await, expected(app.store()).await, "{name}");
        let status = &running.status().await.unwrap()[0];
        assert!(status.name.starts_with("stock"), "{}", status.name);
        assert_eq!(status.came_to, status.head, "{name}");
        assert_eq!((status.lag(), status.behind), (0, Duration::ZERO), "{name}");
        assert_eq!(status.figures.events, 64, "{name}");
        running.stop().await.unwrap();
    }
}

#[tokio::test]
async fn workers_that_are_lost_in_the_middle_do_nothing_twice() {
    for stock in stocks().await {
        let (name, app) = (stock.name(), stock.app());
        sell(app, 10, 12).await;
        let small = || {
            let four = PartitionCount::new(4).unwrap();
            options().page(PageSize::new(3)).partitions(four)
        };
        for turn in 0..6 {
            let running = stock.run(small()).await.unwrap();
            let other = stock.run(small()).await.unwrap();
            for _ in 0..turn * 7 {
                tokio::task::yield_now().await;
            }
            sell_one(app, turn, "article-1").await;
            // One is dropped where it stands, the other stops.
            drop(running);
            other.stop().await.unwrap();
        }
        let mut running = stock.run(small()).await.unwrap();
        running.caught_up().await.unwrap();
        running.stop().await.unwrap();
        let (sold, steps) = stock.rows().await;
        let (sold_by_log, steps_by_log) = expected(app.store()).await;
        assert_eq!(sold, sold_by_log, "{name}");
        assert_eq!(steps, steps_by_log, "{name}");
    }
}
