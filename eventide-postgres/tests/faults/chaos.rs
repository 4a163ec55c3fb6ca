//! What every fault is put around: a durable server, traffic, a history, and its judgement.

use std::env;
use std::fs::File;
use std::future::Future;
use std::io::BufWriter;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use eventide_core::store::{
    AppendRequest, CommandMark, EventStore, ExpectedVersion, Store, StreamAppend,
};
use eventide_core::{CommandId, Metadata, NewEvent, SchemaVersion, StreamId};
use eventide_history::record::write;
use eventide_history::{Client, End, Entry, History, Report, Workload, check};
use eventide_postgres::{PostgresOptions, PostgresStore};
use eventide_rig::Server;
use fastrand::Rng;
use uuid::Uuid;

/// The seeds to run with.
pub(crate) fn seeds() -> Vec<u64> {
    let number = |name| env::var(name).ok().map(|it| it.parse().unwrap());
    match number("EVENTIDE_SEED") {
        Some(seed) => vec![seed],
        None => (1..=number("EVENTIDE_SEEDS").unwrap_or(1)).collect(),
    }
}

/// Nothing that is waited for takes longer, even on a machine with much else to do.
const ENDLESS: Duration = Duration::from_mins(2);

/// How long an answer may take where silence is the fault.
pub(crate) const SHORT: Duration = Duration::from_millis(400);

/// A fault under way.
pub(crate) struct Chaos {
    name: &'static str,
    pub(crate) seed: u64,
    pub(crate) rng: Rng,
    pub(crate) server: Server,
    pub(crate) database: String,
    pub(crate) history: History,
}

impl Chaos {
    pub(crate) async fn new(name: &'static str, seed: u64) -> Self {
        Self::on(name, seed, durable().await).await
    }

    pub(crate) async fn on(name: &'static str, seed: u64, server: Server) -> Self {
        let database = server.create_database("faults").await.unwrap();
        let migrated = options().migrate(&server.url(&database)).await;
        migrated.unwrap();
        Self {
            name,
            seed,
            rng: Rng::with_seed(seed),
            server,
            database,
            history: History::new(),
        }
    }

    pub(crate) fn url(&self) -> String {
        self.server.url(&self.database)
    }

    /// Stores as of so many processes.
    pub(crate) async fn stores<const N: usize>(&self, url: &str) -> [PostgresStore; N] {
        let mut stores = Vec::new();
        for _ in 0..N {
            stores.push(options().open(url).await.unwrap());
        }
        stores.try_into().unwrap()
    }

    /// Traffic that goes on until it is stopped.
    pub(crate) fn workload(&self) -> Workload {
        Workload {
            seed: self.seed,
            requests: u32::MAX,
            patience: Duration::from_secs(5),
            ..Workload::default()
        }
    }

    /// Lets `workload` work on `stores` for as long as `fault` goes on.
    pub(crate) async fn run(
        &self,
        workload: Workload,
        stores: &[PostgresStore],
        fault: impl Future<Output = ()>,
    ) {
        let stores = stores.iter();
        let stores: Vec<_> = stores
            .map(|store| Arc::new(store.clone()) as Arc<dyn Store>)
            .collect();
        self.run_on(workload, &stores, fault).await;
    }

    /// The same on any stores.
    pub(crate) async fn run_on(
        &self,
        workload: Workload,
        stores: &[Arc<dyn Store>],
        fault: impl Future<Output = ()>,
    ) {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let work = workload.run(stores, &self.history, move || {
            stopped.load(Ordering::Acquire)
        });
        let (worked, ()) = tokio::join!(work, async {
            fault.await;
            stop.store(true, Ordering::Release);
        });
        worked.unwrap();
    }

    /// A client of the test's own, whose appends are in the history like all others.
    pub(crate) fn client(&self, store: &PostgresStore) -> Client<PostgresStore> {
        const NUMBER: u32 = 9_999;
        Client::new(store.clone(), &self.history, NUMBER)
    }

    /// Waits until the traffic has got `entries` further.
    pub(crate) async fn traffic(&self, entries: usize) {
        let until = self.history.len() + entries;
        until_it("the traffic goes on", async || self.history.len() >= until).await;
    }

    /// Judges the history so far against what `store` holds.
    pub(crate) async fn judge(&self, store: &dyn EventStore) -> Report {
        let entries = self.history.entries().unwrap();
        judge(self.name, self.seed, &entries, store).await
    }
}

/// Judges `entries` against what `store` holds.
pub(crate) async fn judge(
    name: &str,
    seed: u64,
    entries: &[Entry],
    store: &dyn EventStore,
) -> Report {
    let end = End::read(store, entries).await.unwrap();
    let report = check(entries, &end);
    if !report.is_clean() {
        let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{seed}.jsonl"));
        write(entries, BufWriter::new(File::create(&file).unwrap())).unwrap();
        panic!(
            "{name}, seed {seed}: {report}the history is in {}; \
             `EVENTIDE_SEED={seed} cargo test -p eventide-postgres --test faults {name}` repeats it",
            file.display()
        );
    }
    println!("{name}, seed {seed}: {report}");
    report
}

/// Waits until `holds`.
pub(crate) async fn until_it(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let waited = tokio::time::timeout(ENDLESS, async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    });
    assert!(waited.await.is_ok(), "waited in vain until {what}");
}

/// An append of one event, of so many bytes, by a command.
pub(crate) fn request(bytes: usize) -> AppendRequest {
    let id = CommandId::from_uuid(Uuid::now_v7());
    let event = NewEvent {
        id: Uuid::now_v7().into(),
        event_type: "Noted".into(),
        schema_version: SchemaVersion::FIRST,
        payload: format!("{{\"text\":\"{}\"}}", "x".repeat(bytes)).into_bytes(),
        metadata: Metadata::of_command(id),
        tags: Vec::new(),
    };
    AppendRequest::to(StreamAppend {
        stream: StreamId::new("Note", "1").unwrap(),
        expected: ExpectedVersion::Any,
        events: vec![event],
        commands: vec![CommandMark { id, events: 1 }],
    })
}

/// A server that keeps what it acknowledged when it is killed.
pub(crate) async fn durable() -> Server {
    let options = Server::options().in_memory();
    options.set("max_connections", "60").start().await.unwrap()
}

/// With batches so small that two are under way at a time.
pub(crate) fn options() -> PostgresOptions {
    PostgresStore::options().connections(4).max_batch(3)
}
