//! How long it takes from the answer to a command until the view shows what the command did.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::ours::Ours;
use crate::order::OrderId;
use crate::samples;
use crate::server::Bench;
use crate::support::{Args, Latencies, Table};
use crate::totals::OrderTotals;

/// How many commands a second.
const EACH_SECOND: u64 = 500;

/// How many orders they are for, in turn.
const ORDERS: u64 = 1_000;

/// The view is looked at after each such: whoever looks must not be what the machine is busy with.
const LOOK_AT: u64 = 10;

/// How long between two looks.
const LOOK_AGAIN: Duration = Duration::from_micros(250);

const AT_MOST: Duration = Duration::from_millis(10);

pub(crate) fn run(args: &Args, bench: &Bench, table: &mut Table) {
    let name = "view, lag at 500 events/s";
    if !args.wants(name) {
        return;
    }
    let address = bench.database();
    let seconds = args.size(20, 3);
    let lags = bench.runtime.block_on(async {
        let ours = Arc::new(Ours::open(&address, 1).await);
        for order in 0..ORDERS {
            let place = samples::place_order(order);
            ours.app.execute(place).await.unwrap();
        }
        let mut views = ours.run().await;
        views.caught_up().await.unwrap();
        let lags = follow(&ours, seconds * EACH_SECOND).await;
        views.stop().await.unwrap();
        lags
    });
    let of = lags.percentiles();
    let [p50, p99] = [of.p50, of.p99].map(|lag| lag.as_secs_f64());
    table.at_most(
        name,
        &format!("p50 {:.2} ms, p99 {:.2} ms", p50 * 1e3, p99 * 1e3),
        (p50, AT_MOST.as_secs_f64()),
        json!({ "p50_seconds": p50, "p99_seconds": p99 }),
    );
    bench.drop(&address);
}

async fn follow(ours: &Arc<Ours>, commands: u64) -> Latencies {
    let lags = Latencies::default();
    let mut asking = JoinSet::new();
    let mut tick = interval(Duration::from_secs(1) / u32::try_from(EACH_SECOND).unwrap());
    tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
    for n in 0..commands {
        tick.tick().await;
        let (ours, lags) = (Arc::clone(ours), lags.clone());
        asking.spawn(async move {
            let add = samples::add_line(n % ORDERS);
            let receipt = ours.app.execute(add).await.unwrap();
            if n % LOOK_AT == 0 {
                let acknowledged = Instant::now();
                // The first event placed the order, each other one added a line.
                let lines = receipt.version.get() - 1;
                while lines_of(&ours, n % ORDERS).await < lines {
                    sleep(LOOK_AGAIN).await;
                }
                lags.add(vec![acknowledged.elapsed()]);
            }
        });
    }
    asking.join_all().await;
    lags
}

async fn lines_of(ours: &Ours, order: u64) -> u64 {
    let found = ours.app.view::<OrderTotals>().get(&OrderId(order)).await;
    found.unwrap().map_or(0, |order| order.lines.into())
}
