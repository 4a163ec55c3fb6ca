//! Keeping a view up to date on the embedded store.

pub(crate) mod by_hand;
pub(crate) mod history;
pub(crate) mod totals;
mod twin;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use eventide::event::EventSet;
use eventide::prelude::*;
use eventide::read_model::ReadModelOptions;
use eventide::store::SubscriptionStore;
use eventide::subscription::{PartitionCount, SubscriptionName};
use rusqlite::{Connection, params};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::order::OrderEvent;
use crate::support::{Args, Table, alone, interleaved};
use history::{BEGAN, history};
use totals::{OrderTotals, Shop};
use twin::Projector;

/// What catching up may have in memory at most, in MiB.
const MOST_MIB: u32 = 200;

pub(crate) fn run(args: &Args, table: &mut Table) {
    let events = args.size(1_000_000, 100_000);
    for keys in [10_000, 100_000] {
        let name = |what: &str| format!("view, {events} events, {keys} keys{what}");
        let rows = [(1, name("")), (2, name(", 2 partitions"))];
        let memory = name(", memory");
        if !rows.iter().any(|(_, row)| args.wants(row)) && !args.wants(&memory) {
            continue;
        }
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let runtime = Runtime::new().unwrap();
        let file = filled(&runtime, &folder, events.into(), keys);
        let of_twin = folder.path().join("twin.db");
        std::fs::copy(&file, &of_twin).unwrap();
        for (partitions, row) in rows.iter().filter(|(_, row)| args.wants(row)) {
            let ours = Ours::open(&runtime, &file, *partitions);
            let mut twin = Projector::open(&of_twin);
            let results = interleaved(
                args.size(5, 3),
                || {
                    runtime.block_on(ours.reset());
                    runtime.block_on(ours.catch_up())
                },
                || {
                    twin.reset();
                    twin.catch_up()
                },
            );
            twin.assert_same(&file);
            table.row(row, events, results, Some(0.6));
            runtime.block_on(ours.store.close()).unwrap();
        }
        if args.wants(&memory) {
            let file = file.to_str().unwrap();
            alone::memory(table, &memory, file, MOST_MIB);
        }
    }
}

/// If this is a process for nothing else: catches up with the log in a file.
pub(crate) fn is_catching_up_alone() -> bool {
    let Some(file) = alone::asked() else {
        return false;
    };
    let runtime = Runtime::new().unwrap();
    let ours = Ours::open(&runtime, Path::new(&file), 1);
    runtime.block_on(ours.reset());
    runtime.block_on(ours.catch_up());
    runtime.block_on(ours.store.close()).unwrap();
    alone::tell();
    true
}

/// A file with that many events of that many orders.
fn filled(runtime: &Runtime, folder: &TempDir, events: u64, orders: u64) -> PathBuf {
    let file = folder.path().join("ours.db");
    let made = async { SqliteStore::open(&file).await?.close().await };
    runtime.block_on(made).unwrap();
    let mut conn = Connection::open(&file).unwrap();
    let transaction = conn.transaction().unwrap();
    let mut insert = transaction
        .prepare(
            "INSERT INTO events (position, aggregate_type, aggregate_id, version, event_id, \
             event_type, schema_version, payload, recorded_at, correlation_id, causation_id) \
             VALUES (?1, 'Order', ?2, ?3, ?4, ?5, 1, ?6, ?7, ?8, ?8)",
        )
        .unwrap();
    for event in history(events, orders) {
        insert
            .execute(params![
                event.position,
                event.order,
                event.version,
                event.event_id.as_bytes().as_slice(),
                event.event_type,
                event.payload,
                BEGAN + event.position * 1_000,
                event.command_id.as_bytes().as_slice(),
            ])
            .unwrap();
    }
    for info in OrderEvent::INFOS {
        let shape = "INSERT INTO schema_versions (aggregate_type, event_type, schema_version) \
                     VALUES ('Order', ?1, 1)";
        transaction.execute(shape, [info.name]).unwrap();
    }
    drop(insert);
    transaction.commit().unwrap();
    file
}

struct Ours {
    store: SqliteStore,
    app: App<Shop>,
    options: ReadModelOptions,
}

impl Ours {
    fn open(runtime: &Runtime, file: &Path, partitions: u16) -> Self {
        let store = runtime.block_on(SqliteStore::open(file)).unwrap();
        let partitions = PartitionCount::new(partitions).unwrap();
        Self {
            app: App::new(store.clone()),
            store,
            options: ReadModelOptions::default().partitions(partitions),
        }
    }

    /// Begins anew.
    async fn reset(&self) {
        let table = OrderTotals::INFO.table(1);
        let name = SubscriptionName::new("order-totals.v1.g1").unwrap();
        self.store.forget_subscription(&name).await.unwrap();
        self.store.drop_view(&table).await.unwrap();
    }

    /// Does the whole log.
    async fn catch_up(&self) -> Duration {
        let started = Instant::now();
        let mut views = self.app.run_views(self.options.clone()).await.unwrap();
        views.caught_up().await.unwrap();
        let taken = started.elapsed();
        views.stop().await.unwrap();
        taken
    }
}
