//! A sum, its document, and another system that is told of it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use eventide::prelude::*;
use eventide::projection::{Delivery, Failure, OnFailure, Outside};
use eventide::read_model::ReadModelOptions;
use eventide::store::{PageSize, Store};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
pub(crate) struct SumId(String);

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
pub(crate) struct Added(u64);

#[derive(Debug, Clone, Serialize, Deserialize, Command)]
#[command(upserts)]
pub(crate) struct Add(#[command(id)] pub(crate) SumId, pub(crate) u64);

#[derive(Debug, Default, Clone, Aggregate)]
#[aggregate(id = SumId, error = String, events(Added), commands(Add))]
pub(crate) struct Sum {
    pub(crate) total: u64,
}

#[handlers]
impl Sum {
    fn add(&self, command: Add) -> Added {
        Added(command.1)
    }
    fn added(&mut self, event: &Added) {
        self.total += event.0;
    }
}

/// What no read model takes.
pub(crate) const UNLUCKY: u64 = 13;

/// What was added, one after the other.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize, View)]
#[view(key = SumId, observes(Sum))]
pub(crate) struct Amounts {
    pub(crate) all: Vec<u64>,
}

#[folds]
impl Amounts {
    fn added(&mut self, event: &Added) -> Result<(), &'static str> {
        if event.0 == UNLUCKY {
            return Err("that brings bad luck");
        }
        self.all.push(event.0);
        Ok(())
    }
}

/// Tells another system, which keeps all it is told.
#[derive(Default, Clone, Projection)]
#[projection(target = Outside, observes(Sum), on_failure = Told::decide)]
pub(crate) struct Told {
    pub(crate) keys: Arc<Mutex<Vec<String>>>,
    asked: Arc<AtomicU64>,
}

impl Told {
    fn decide(&self, _: &Failure<'_>) -> OnFailure {
        self.asked.fetch_add(1, Ordering::SeqCst);
        OnFailure::Stop
    }

    /// How often it was asked what becomes of an event.
    pub(crate) fn asked(&self) -> u64 {
        self.asked.load(Ordering::SeqCst)
    }

    pub(crate) fn keys(&self) -> Vec<String> {
        self.keys.lock().unwrap().clone()
    }
}

#[projects]
impl Told {
    async fn added(
        &self,
        event: &Added,
        recorded: &RecordedEvent,
        delivery: &Delivery,
    ) -> Result<(), &'static str> {
        tokio::task::yield_now().await;
        if event.0 == UNLUCKY {
            return Err("that brings bad luck");
        }
        let key = delivery.idempotency_key(recorded);
        self.keys.lock().unwrap().push(key);
        Ok(())
    }
}

#[derive(Domain)]
#[domain(aggregates(Sum), views(Amounts), projections(Told))]
pub(crate) struct Sums;

pub(crate) fn sum() -> SumId {
    SumId::from("s".to_owned())
}

pub(crate) async fn add(app: &App<Sums>, amounts: impl IntoIterator<Item = u64>) {
    for amount in amounts {
        app.execute(Add(sum(), amount)).await.unwrap();
    }
}

/// What the document of the sum says.
pub(crate) async fn amounts(app: &App<Sums>) -> Option<Vec<u64>> {
    let document = app.view::<Amounts>().get(&sum()).await.unwrap();
    document.map(|document| document.all)
}

pub(crate) fn pages_of(events: usize) -> ReadModelOptions {
    let options = ReadModelOptions::default().page(PageSize::new(events));
    options.lease(Duration::from_secs(2))
}

/// Lets the views come to the end of the log.
pub(crate) async fn catch_up(app: &App<Sums>) {
    let mut views = app.run_views(pages_of(2)).await.unwrap();
    views.caught_up().await.unwrap();
    views.stop().await.unwrap();
}

/// A store of each kind.
pub(crate) async fn stores(folder: &tempfile::TempDir) -> Vec<Arc<dyn Store>> {
    #[cfg(not(feature = "sqlite"))]
    let _ = folder;
    vec![
        Arc::new(MemoryStore::new()),
        #[cfg(feature = "sqlite")]
        Arc::new(SqliteStore::open(folder.path().join("s.db")).await.unwrap()),
        #[cfg(feature = "postgres")]
        Arc::new(crate::server::on_server().await),
    ]
}
