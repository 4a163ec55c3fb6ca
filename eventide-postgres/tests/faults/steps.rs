//! Appends that each take a step along, under the faults of plain ones: whatever is in the log was counted
//! once, and nothing else was.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use eventide_core::snapshot::Snapshot;
use eventide_core::store::{
    Advance, AppendError, AppendRequest, AppendStep, Appended, Appending, EventStore,
    HandledCommand, LogMark, LogPage, LogQuery, NewSubscription, RunningStep, SeenVersion,
    SnapshotStore, StepError, Store, StoreError, StreamPage, StreamQuery, SubscriptionStore, Taken,
    VersionCount, Within,
};
use eventide_core::subscription::{SubscriptionName, WorkerId};
use eventide_core::view::{Column, ColumnKind, ColumnValue, DocumentWrite, ViewTable};
use eventide_core::{CommandId, LogId, Position, StreamId, Version};
use eventide_postgres::PostgresStore;
use eventide_rig::{Direction, Proxy};

use crate::chaos::{Chaos, SHORT, options};
use crate::with_seeds;

with_seeds! {
    steps_whose_sessions_are_ended_count_each_event_once => ended;
    steps_whose_backend_is_killed_count_each_event_once => killed;
    steps_whose_connections_are_cut_count_each_event_once => cut;
    steps_that_are_not_answered_count_each_event_once => half_open;
}

const BOTH: [Direction; 2] = [Direction::ToServer, Direction::ToClient];
const COUNT: &str = "count";

async fn ended(name: &'static str, seed: u64) {
    let mut chaos = Chaos::new(name, seed).await;
    let schedule: Vec<_> = (0..12)
        .map(|_| (chaos.rng.usize(10..100), chaos.rng.u8(1..=100)))
        .collect();
    let stores = chaos.stores::<2>(&chaos.url()).await;
    let client = chaos.server.connect(&chaos.database).await.unwrap();
    let mut ended = 0;
    let fault = async {
        for (entries, percent) in schedule {
            chaos.traffic(entries).await;
            let sql = format!(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                 WHERE application_name = 'eventide' AND random() * 100 < {percent}"
            );
            ended += client.query(&sql, &[]).await.unwrap().len();
        }
        chaos.traffic(100).await;
    };
    counted_under(&chaos, &stores, fault).await;
    assert!(ended > 0);
}

/// The one that is at work, so that all must end.
async fn killed(name: &'static str, seed: u64) {
    let mut chaos = Chaos::new(name, seed).await;
    let schedule: Vec<_> = (0..3).map(|_| chaos.rng.usize(30..150)).collect();
    let stores = chaos.stores::<2>(&chaos.url()).await;
    let fault = async {
        for entries in schedule {
            chaos.traffic(entries).await;
            let client = chaos.server.connect("postgres").await.unwrap();
            let sql = "SELECT pid FROM pg_stat_activity WHERE application_name = 'eventide' \
                       ORDER BY state = 'idle in transaction' DESC, state = 'active' DESC LIMIT 1";
            let pid = client.query_one(sql, &[]).await.unwrap().get(0);
            chaos.server.kill_backend(pid).await.unwrap();
            chaos.server.wait_ready().await.unwrap();
        }
        chaos.traffic(100).await;
    };
    counted_under(&chaos, &stores, fault).await;
}

async fn cut(name: &'static str, seed: u64) {
    let mut chaos = Chaos::new(name, seed).await;
    let proxy = Proxy::to(chaos.server.addr()).await.unwrap();
    let schedule: Vec<_> = (0..40)
        .map(|_| {
            let direction = BOTH[chaos.rng.usize(..2)];
            let bits = chaos.rng.u32(0..14);
            (
                direction,
                chaos.rng.u64(..1 << bits),
                chaos.rng.usize(5..25),
            )
        })
        .collect();
    let url = chaos.server.url_through(&proxy, &chaos.database);
    let stores = chaos.stores::<2>(&url).await;
    let fault = async {
        for (direction, bytes, entries) in schedule {
            proxy.cut_after(direction, bytes);
            chaos.traffic(entries).await;
        }
        proxy.restore().await.unwrap();
        chaos.traffic(100).await;
    };
    counted_under(&chaos, &stores, fault).await;
    assert!(proxy.accepted() > 10, "nothing was cut");
}

async fn half_open(name: &'static str, seed: u64) {
    let mut chaos = Chaos::new(name, seed).await;
    let proxy = Proxy::to(chaos.server.addr()).await.unwrap();
    let schedule: Vec<_> = (0..4)
        .map(|_| {
            let rng = &mut chaos.rng;
            (rng.usize(20..100), rng.usize(..3), rng.u64(..1_000))
        })
        .collect();
    let url = chaos.server.url_through(&proxy, &chaos.database);
    let stores = [options().answer_timeout(SHORT).open(&url).await.unwrap()];
    let fault = async {
        for (entries, which, millis) in schedule {
            chaos.traffic(entries).await;
            for (n, direction) in BOTH.into_iter().enumerate() {
                if which == 2 || which == n {
                    proxy.drop_silently(direction);
                }
            }
            // Some notice within this time, and some do not.
            tokio::time::sleep(Duration::from_millis(millis)).await;
            proxy.restore().await.unwrap();
        }
        chaos.traffic(100).await;
    };
    counted_under(&chaos, &stores, fault).await;
}

/// Lets the fault go on while all that is appended is counted, and judges the history and the count.
async fn counted_under(chaos: &Chaos, stores: &[PostgresStore], fault: impl Future<Output = ()>) {
    let [store, ..] = stores else { return };
    let log = EventStore::log_id(store).await.unwrap();
    let begin = LogMark::new(log, Position::START, None);
    let new = NewSubscription::new(name(), begin);
    store.open_subscription(&new).await.unwrap();
    store.open_view(&table()).await.unwrap();
    let counting = stores.iter().cloned();
    let counting: Vec<_> = counting
        .map(|store| Arc::new(Counting(store)) as Arc<dyn Store>)
        .collect();
    // All of the traffic is to be appends: one waits for the other, and readers would come first.
    let mut workload = chaos.workload();
    workload.readers = 0;
    chaos.run_on(workload, &counting, fault).await;
    chaos.judge(store).await;
    let (mut events, mut query) = (0, LogQuery::default());
    loop {
        let page = store.read_log(query.clone()).await.unwrap();
        events += i64::try_from(page.events.len()).unwrap();
        if !page.more {
            break;
        }
        query.from = Some(page.next);
    }
    let found = store.documents(&table(), &[COUNT.to_owned()]).await;
    let found = found.unwrap().pop().flatten().unwrap();
    assert_eq!(count_of(&found.json), events);
    let head = store.head().await.unwrap();
    assert_eq!(found.changed_by, head);
    let status = store.subscription(&name()).await.unwrap().unwrap();
    let checkpoint = status.partitions[0].checkpoints[0].mark;
    assert_eq!(checkpoint.position(), head);
    println!("{events} events were counted");
}

fn name() -> SubscriptionName {
    SubscriptionName::new("counts").unwrap()
}

fn table() -> ViewTable {
    let count = Column::unique("count", ColumnKind::Integer);
    ViewTable::new("counts", 1, vec![count])
}

fn count_of(json: &[u8]) -> i64 {
    str::from_utf8(json).unwrap().parse().unwrap()
}

/// Counts the events that are appended.
#[derive(Debug)]
struct Counts(LogId);

impl AppendStep for Counts {
    fn begin(&self, appending: Appending) -> RunningStep {
        let log = self.0;
        RunningStep::new(|within| counted(within, log, appending))
    }
}

async fn counted(within: Within, log: LogId, appending: Appending) -> Taken {
    let worker = WorkerId::from("an-append");
    let claimed = within.take_over(&name(), &worker, Duration::ZERO).await?;
    let claimed = claimed.unwrap();
    let came_to = claimed.checkpoints[0].mark.position();
    assert_eq!(came_to, appending.before, "an append was not counted");
    let found = within.documents(&table(), &[COUNT.to_owned()]).await?;
    let before = found[0].as_ref().map_or(0, |it| count_of(&it.json));
    let now = before + i64::try_from(appending.events.len()).unwrap();
    let last = appending.events.last().unwrap();
    let mark = LogMark::new(log, last.position, Some(last.id));
    let mut advance = Advance::new(claimed.lease, Some(mark));
    let json = now.to_string().into_bytes();
    let columns = vec![ColumnValue::Integer(now)];
    let document = DocumentWrite::put(COUNT.to_owned(), json, columns, last.position);
    advance.table = Some(table());
    advance.documents = vec![document];
    Ok(vec![advance])
}

/// A store whose appends are counted.
struct Counting(PostgresStore);

#[async_trait]
impl EventStore for Counting {
    async fn append(&self, request: AppendRequest) -> Result<Appended, AppendError> {
        let log = EventStore::log_id(&self.0).await?;
        match self.0.append_with(request, Arc::new(Counts(log))).await {
            Err(AppendError::Step(StepError::Store(error))) => Err(error.into()),
            answer => answer,
        }
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        query: StreamQuery,
    ) -> Result<StreamPage, StoreError> {
        self.0.read_stream(stream, query).await
    }

    async fn stream_version(&self, stream: &StreamId) -> Result<Version, StoreError> {
        self.0.stream_version(stream).await
    }

    async fn read_log(&self, query: LogQuery) -> Result<LogPage, StoreError> {
        self.0.read_log(query).await
    }

    async fn head(&self) -> Result<Position, StoreError> {
        self.0.head().await
    }

    async fn handled_commands(&self, ids: &[CommandId]) -> Result<Vec<HandledCommand>, StoreError> {
        self.0.handled_commands(ids).await
    }

    async fn seen_versions(&self, aggregate_type: &str) -> Result<Vec<SeenVersion>, StoreError> {
        self.0.seen_versions(aggregate_type).await
    }

    async fn count_versions(&self) -> Result<Vec<VersionCount>, StoreError> {
        self.0.count_versions().await
    }

    async fn log_id(&self) -> Result<LogId, StoreError> {
        EventStore::log_id(&self.0).await
    }
}

#[async_trait]
impl SnapshotStore for Counting {
    async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, StoreError> {
        self.0.load_snapshot(stream).await
    }

    async fn save_snapshot(&self, snapshot: Snapshot) -> Result<(), StoreError> {
        self.0.save_snapshot(snapshot).await
    }

    async fn delete_snapshot(&self, stream: &StreamId) -> Result<(), StoreError> {
        self.0.delete_snapshot(stream).await
    }
}
