//! Loading an aggregate from its events.

use std::time::{Duration, Instant};

use eventide::event::EventSet;
use eventide::prelude::*;
use eventide::repository::RepositoryOptions;
use eventide_core::NewEvent;
use eventide_core::store::{AppendRequest, EventStore, ExpectedVersion, StreamAppend};
use eventide_postgres::PostgresStore;
use futures_util::TryStreamExt;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Statement};
use uuid::Uuid;

use crate::by_hand;
use crate::fill::{fill, settle};
use crate::native::open;
use crate::order::{Order, OrderEvent, OrderId};
use crate::samples;
use crate::server::{Bench, connect};
use crate::support::{Args, Table, interleaved};

/// How many other events are in the table.
const OTHERS: u64 = 100_000;

/// How many events are appended at once.
const AT_ONCE: u64 = 1_000;

pub(crate) fn run(args: &Args, bench: &Bench, table: &mut Table) {
    let sizes = [(10, 200), (1_000, 20), (10_000, 4)];
    let rows = sizes.map(|(events, loads)| (format!("load, {events} events"), events, loads));
    if !rows.iter().any(|(name, ..)| args.wants(name)) {
        return;
    }
    let address = bench.database();
    fill(bench, &address, OTHERS);
    let store = open(bench, &address);
    for (_, events, _) in &rows {
        bench.runtime.block_on(append(&store, *events));
    }
    bench.runtime.block_on(settle(&address));
    let mut options = RepositoryOptions::default();
    options.cached_aggregates = 0;
    let repository = Repository::<Order>::with_services(&store, (), options);
    let twin = bench.runtime.block_on(Twin::connect(&address));
    for (name, events, loads) in &rows {
        if args.wants(name) {
            let id = OrderId(*events);
            let ours = || {
                bench.runtime.block_on(time(*loads, async || {
                    assert_eq!(repository.load(&id).await.unwrap().version().get(), *events);
                }))
            };
            let twin = || {
                bench.runtime.block_on(time(*loads, async || {
                    twin.load(&id.0.to_string()).await;
                }))
            };
            let results = interleaved(args.size(21, 5), ours, twin);
            table.row(name, *loads, results, None);
        }
    }
    bench.runtime.block_on(store.close()).unwrap();
    drop(twin);
    bench.drop(&address);
}

async fn time(times: u32, load: impl AsyncFn()) -> Duration {
    let started = Instant::now();
    for _ in 0..times {
        load().await;
    }
    started.elapsed()
}

/// Gives the order `events` as many events.
async fn append(store: &PostgresStore, events: u64) {
    let stream = Order::stream(&OrderId(events)).unwrap();
    for first in (0..events).step_by(usize::try_from(AT_ONCE).unwrap()) {
        let numbers = first..events.min(first + AT_ONCE);
        let request = AppendRequest::to(StreamAppend {
            stream: stream.clone(),
            expected: ExpectedVersion::Any,
            events: numbers.map(|n| new_event(&samples::event(n))).collect(),
            commands: Vec::new(),
        });
        store.append(request).await.unwrap();
    }
}

fn new_event(event: &OrderEvent) -> NewEvent {
    let info = event.info();
    NewEvent {
        id: Uuid::now_v7().into(),
        event_type: info.name.into(),
        schema_version: info.schema_version,
        payload: event.encode().unwrap(),
        metadata: Metadata::of_command(CommandId::from(Uuid::now_v7())),
        tags: Vec::new(),
    }
}

/// Reads what it needs of the rows and folds it, row by row.
struct Twin {
    client: Client,
    select: Statement,
}

impl Twin {
    async fn connect(address: &str) -> Self {
        let client = connect(address).await;
        let select = "SELECT event_type, payload::text FROM eventide.events \
                      WHERE aggregate_type = $1 AND aggregate_id = $2 ORDER BY version";
        let select = client.prepare(select).await.unwrap();
        Self { client, select }
    }

    async fn load(&self, id: &str) -> by_hand::Order {
        let params: [&(dyn ToSql + Sync); 2] = [&"Order", &id];
        let rows = self.client.query_raw(&self.select, params);
        let mut rows = std::pin::pin!(rows.await.unwrap());
        let mut order = by_hand::Order::default();
        while let Some(row) = rows.try_next().await.unwrap() {
            let (event_type, payload): (&str, &str) = (row.get(0), row.get(1));
            order.apply_json(event_type, payload.as_bytes()).unwrap();
        }
        order
    }
}
