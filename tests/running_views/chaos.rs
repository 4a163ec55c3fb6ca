//! Everything at once: workers come and go, partitions change, folds fail and heal, views are
//! rebuilt, and all the while there are appends. In the end each event was applied once, in order.

use std::time::Duration;

use eventide::prelude::*;
use eventide::read_model::{ReadModelOptions, Retried, RunningReadModels};
use eventide::subscription::{PartitionCount, SubscriptionName};

use crate::domain::{Add, CountryTotals, OrderTotals, Shop, heal, poison};
use crate::support::{all, app, expected, id, options, run, sell, stores};

const ORDERS: u32 = 100;
const WORKERS: usize = 3;
const STEPS: usize = 40;

/// An amount that other tests do not use, and that fails while it is sick: an error, as it is even.
const SICK: i64 = 1_000_000;

/// The lease is short, so that what a lost worker held is soon taken.
fn brief(partitions: u16) -> ReadModelOptions {
    let partitions = PartitionCount::new(partitions).unwrap();
    options()
        .lease(Duration::from_millis(60))
        .partitions(partitions)
}

/// Tries all that is parked until nothing is. A worker may take a partition in between.
async fn retry_all(app: &App<Shop>) {
    async fn of<V: eventide::view::ViewOf<Shop>>(app: &App<Shop>)
    where
        Shop: eventide::domain::Lists<V>,
    {
        let parked = app.parked::<V>();
        loop {
            let keys = parked.keys(None, 10).await.unwrap();
            if keys.is_empty() {
                return;
            }
            for key in keys {
                match parked.retry(&key.key).await {
                    Ok(Retried::Done { .. }) | Err(_) => {}
                    Ok(other) => panic!("{other:?}"),
                }
            }
        }
    }
    of::<OrderTotals>(app).await;
    of::<CountryTotals>(app).await;
}

async fn step(
    dice: &mut fastrand::Rng,
    app: &App<Shop>,
    store: &dyn eventide::store::Store,
    workers: &mut Vec<RunningReadModels>,
) {
    match dice.u8(0..7) {
        // One is lost: it gives nothing back, and another comes.
        0 | 1 => {
            let lost = workers.swap_remove(dice.usize(0..workers.len()));
            drop(lost);
            workers.push(run(app, brief(4)).await);
        }
        // One ends in order.
        2 => {
            let ended = workers.swap_remove(dice.usize(0..workers.len()));
            ended.stop().await.unwrap();
            workers.push(run(app, brief(4)).await);
        }
        3 => {
            let kept = store.subscriptions().unwrap();
            let name = kept.subscription_names().await.unwrap();
            let of_orders = |name: &&SubscriptionName| name.as_str().starts_with("order-totals");
            let name = name.iter().rfind(of_orders).unwrap();
            let count = PartitionCount::new(dice.u16(1..9)).unwrap();
            kept.divide(name, count).await.unwrap();
        }
        4 => {
            // Another may hold its partition for a moment, or rebuild already.
            let rebuild = app.rebuild::<OrderTotals>().options(brief(1));
            drop(rebuild.run().await);
        }
        _ => {
            let order = id(dice.u32(0..ORDERS));
            let amount = SICK;
            app.execute(Add { order, amount }).await.unwrap();
        }
    }
    for _ in 0..10 {
        let order = id(dice.u32(0..ORDERS));
        let amount = dice.i64(1..100);
        app.execute(Add { order, amount }).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_event_is_applied_once_and_in_order_whatever_happens() {
    let seed = std::env::var("EVENTIDE_SEED").map_or_else(
        |_| fastrand::u64(..),
        |seed| seed.parse().expect("EVENTIDE_SEED is a number"),
    );
    println!("EVENTIDE_SEED={seed}");
    poison(SICK);
    for (name, place) in stores().await {
        let mut dice = fastrand::Rng::with_seed(seed);
        let app = app(&place);
        let mut workers = Vec::new();
        for _ in 0..WORKERS {
            workers.push(run(&app, brief(4)).await);
        }
        sell(&app, 0..ORDERS, 1).await;
        for _ in 0..STEPS {
            step(&mut dice, &app, &*place.store, &mut workers).await;
        }
        heal(SICK);
        let caught_up = tokio::time::timeout(Duration::from_mins(1), async {
            workers[0].caught_up().await.unwrap();
            retry_all(&app).await;
            workers[0].caught_up().await.unwrap();
        });
        if caught_up.await.is_err() {
            let status = workers[0].status().await.unwrap();
            panic!("{name}: the views do not catch up: {status:#?}");
        }
        assert_eq!(all(&app).await, expected(&*place.store).await, "{name}");
        poison(SICK);
    }
}
