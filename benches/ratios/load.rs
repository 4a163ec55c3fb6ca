//! Loading an aggregate: from all its events, from a snapshot, from memory.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use eventide::event::EventSet;
use eventide::prelude::*;
use eventide::repository::RepositoryOptions;
use eventide::store::{
    AppendRequest, EventStore, ExpectedVersion, PageSize, SnapshotStore, StreamAppend,
};
use eventide::{NewEvent, StreamId};
use rusqlite::Connection;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::task::{spawn_blocking, yield_now};
use uuid::Uuid;

use crate::by_hand;
use crate::counting::CountingStore;
use crate::order::{LineAdded, NoQuantity, Order, OrderEvent, OrderId};
use crate::samples;
use crate::support::{Args, Table, interleaved};

/// An order that is kept as a snapshot.
#[derive(Debug, Default, Clone, serde::Serialize, serde::Deserialize, Aggregate)]
#[aggregate(
    id = OrderId,
    error = NoQuantity,
    events(LineAdded),
    commands(),
    snapshot(every = 1_000)
)]
pub(crate) struct Basket {
    lines: u32,
    total: i64,
}

#[handlers]
impl Basket {
    fn line_added(&mut self, event: &LineAdded) {
        self.lines += 1;
        self.total += i64::from(event.quantity) * event.unit_price;
    }
}

pub(crate) fn run(args: &Args, table: &mut Table) {
    for (events, loads) in [(10, 200), (1_000, 20), (100_000, 1)] {
        let replayed = format!("load {events} events");
        if args.wants(&replayed) {
            let bench = Bench::<Order>::new(events, 0, samples::event);
            bench.row(&replayed, args, table, loads);
        }
        let kept = format!("load {events} events, snapshot each 1000");
        if args.wants(&kept) {
            let bench = Bench::<Basket>::new(events, 0, |n| samples::line_added(n).into());
            bench.keep_snapshot();
            bench.row(&kept, args, table, loads);
        }
        let cached = format!("load {events} events, in memory");
        if args.wants(&cached) {
            let bench = Bench::<Order>::new(events, 1, samples::event);
            bench.row(&cached, args, table, loads);
        }
    }
}

/// A stream, and a repository to load it with.
struct Bench<A: Aggregate> {
    runtime: Runtime,
    store: CountingStore,
    repository: Repository<A>,
    stream: StreamId,
    reader: Arc<Mutex<Connection>>,
    _folder: TempDir,
}

const ORDER: OrderId = OrderId(1);

impl<A: Aggregate<Id = OrderId> + eventide::aggregate::ServedBy<()>> Bench<A> {
    fn new(events: u64, cached: usize, event: fn(u64) -> OrderEvent) -> Self {
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let file = folder.path().join("orders.db");
        let runtime = Runtime::new().unwrap();
        let store = runtime.block_on(SqliteStore::open(&file)).unwrap();
        let stream = A::stream(&ORDER).unwrap();
        runtime.block_on(fill(&store, &stream, events, event));
        let store = CountingStore::new(store);
        let mut options = RepositoryOptions::default();
        options.cached_aggregates = cached;
        Self {
            repository: Repository::with_services(&store, (), options),
            reader: Arc::new(Mutex::new(reader(&file))),
            runtime,
            store,
            stream,
            _folder: folder,
        }
    }

    /// Has the repository take a snapshot, if the stream is long enough for one.
    fn keep_snapshot(&self) {
        self.runtime.block_on(async {
            let loaded = self.repository.load(&ORDER).await.unwrap();
            let due = A::SNAPSHOT.is_some_and(|spec| loaded.version().get() >= spec.every());
            while due
                && self
                    .store
                    .load_snapshot(&self.stream)
                    .await
                    .unwrap()
                    .is_none()
            {
                yield_now().await;
            }
        });
    }

    fn row(&self, name: &str, args: &Args, table: &mut Table, loads: u32) {
        let results = interleaved(
            args.size(11, 5),
            || self.sample(loads),
            || self.twin_sample(loads),
        );
        table.row(name, loads, results, None);
        self.store.take();
        self.sample(1);
        let (calls, events) = self.store.take();
        println!("    a load makes {calls} calls of the store and reads {events} events");
    }

    fn sample(&self, loads: u32) -> Duration {
        self.runtime.block_on(async {
            let started = Instant::now();
            for _ in 0..loads {
                self.repository.load(&ORDER).await.unwrap();
            }
            started.elapsed()
        })
    }

    fn twin_sample(&self, loads: u32) -> Duration {
        self.runtime.block_on(async {
            let started = Instant::now();
            for _ in 0..loads {
                let (reader, stream) = (Arc::clone(&self.reader), self.stream.clone());
                let load = spawn_blocking(move || load_by_hand(&reader.lock().unwrap(), &stream));
                load.await.unwrap();
            }
            started.elapsed()
        })
    }
}

/// A connection as eventide's readers are.
fn reader(file: &Path) -> Connection {
    let conn = Connection::open(file).unwrap();
    conn.execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -8192;")
        .unwrap();
    conn
}

fn load_by_hand(conn: &Connection, stream: &StreamId) -> by_hand::Order {
    let mut select = conn
        .prepare_cached(
            "SELECT event_type, payload FROM events \
             WHERE aggregate_type = ?1 AND aggregate_id = ?2 ORDER BY version",
        )
        .unwrap();
    let mut order = by_hand::Order::default();
    let mut rows = select
        .query([stream.aggregate_type(), stream.aggregate_id()])
        .unwrap();
    while let Some(row) = rows.next().unwrap() {
        let (event_type, payload) = (row.get_ref(0).unwrap(), row.get_ref(1).unwrap());
        order
            .apply_json(event_type.as_str().unwrap(), payload.as_bytes().unwrap())
            .unwrap();
    }
    order
}

async fn fill(store: &SqliteStore, stream: &StreamId, events: u64, event: fn(u64) -> OrderEvent) {
    let page = PageSize::MAX.get() as u64;
    for first in (0..events).step_by(PageSize::MAX.get()) {
        let numbers = first..events.min(first + page);
        let request = AppendRequest::to(StreamAppend {
            stream: stream.clone(),
            expected: ExpectedVersion::Any,
            events: numbers.map(|n| new_event(&event(n))).collect(),
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
