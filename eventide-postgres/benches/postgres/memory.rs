//! What a process keeps in memory while many more ask than the server can serve, and a reader has
//! stopped reading.

use std::fs;
use std::time::{Duration, Instant};

use eventide_core::store::ExpectedVersion;
use eventide_core::store::{EventStore, LogQuery, PageSize};
use eventide_core::{Position, StreamId};
use serde_json::json;
use tokio::task::JoinSet;

use crate::fill::fill;
use crate::native::{AGGREGATE_TYPE, open, request};
use crate::server::Bench;
use crate::support::alone::peak;
use crate::support::{Args, Table};

/// Four times as many as the queue holds.
const TASKS: u64 = 65_536;

pub(crate) fn run(args: &Args, bench: &Bench, table: &mut Table) {
    let name = "memory, 65536 tasks append, a reader is stuck";
    if !args.wants(name) {
        return;
    }
    let address = bench.database();
    fill(bench, &address, 10_000);
    let store = open(bench, &address);
    let mut peaks = Vec::new();
    bench.runtime.block_on(async {
        // It holds a page, and was told of appends, and takes no notice any more.
        let query = LogQuery::after(Position::START).page(PageSize::MAX);
        let page = store.read_log(query).await.unwrap();
        let wakeups = store.wakeups();
        forget_peak();
        let before = peak();
        let stop = Instant::now() + Duration::from_secs(args.size(20, 5));
        let mut tasks = JoinSet::new();
        for task in 0..TASKS {
            let store = store.clone();
            tasks.spawn(async move {
                let mut appended = 0_u64;
                while Instant::now() < stop {
                    let stream = StreamId::new(AGGREGATE_TYPE, task.to_string()).unwrap();
                    let request = request(stream, ExpectedVersion::Any);
                    store.append(request).await.unwrap();
                    appended += 1;
                }
                appended
            });
        }
        // The first fifth fills whatever is to be filled; after it nothing should grow.
        let rest = stop.saturating_duration_since(Instant::now());
        tokio::time::sleep(rest / 5).await;
        let early = peak();
        let appended: u64 = tasks.join_all().await.into_iter().sum();
        peaks = vec![before, early, peak()];
        let [before, early, last] = peaks[..] else {
            unreachable!("three were taken");
        };
        table.line(
            name,
            &format!(
                "{before} MiB before, {early} MiB after a fifth of the time, {last} MiB in the end, \
                 {appended} appends"
            ),
            json!({
                "before_mib": before,
                "early_peak_mib": early,
                "peak_mib": last,
                "appends": appended,
                "tasks": TASKS,
            }),
        );
        drop((page, wakeups));
        store.close().await.unwrap();
    });
    bench.drop(&address);
}

/// Begins to count anew: see `clear_refs` in proc(5).
fn forget_peak() {
    // Without it the peak is that of earlier rows, too.
    let _ = fs::write("/proc/self/clear_refs", "5");
}
