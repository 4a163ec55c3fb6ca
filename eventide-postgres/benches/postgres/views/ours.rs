//! Ours: an application that keeps its view up to date.

use std::time::{Duration, Instant};

use eventide::prelude::*;
use eventide_core::read_model::{ReadModel, ReadModelOptions, RunningReadModels};
use eventide_core::store::SubscriptionStore;
use eventide_core::subscription::{PartitionCount, SubscriptionName};
use eventide_postgres::PostgresStore;

use crate::totals::{OrderTotals, Shop};

pub(crate) struct Ours {
    store: PostgresStore,
    pub(crate) app: App<Shop>,
    options: ReadModelOptions,
}

impl Ours {
    pub(crate) async fn open(address: &str, partitions: u16) -> Self {
        let store = PostgresStore::open(address).await.unwrap();
        let partitions = PartitionCount::new(partitions).unwrap();
        Self {
            app: App::new(store.clone()),
            store,
            options: ReadModelOptions::default().partitions(partitions),
        }
    }

    /// Begins anew.
    pub(crate) async fn reset(&self) {
        let table = OrderTotals::INFO.table(1);
        let name = SubscriptionName::new("order-totals.v1.g1").unwrap();
        self.store.forget_subscription(&name).await.unwrap();
        self.store.drop_view(&table).await.unwrap();
    }

    /// Does the whole log.
    pub(crate) async fn catch_up(&self) -> Duration {
        let started = Instant::now();
        let mut views = self.run().await;
        views.caught_up().await.unwrap();
        let taken = started.elapsed();
        views.stop().await.unwrap();
        taken
    }

    pub(crate) async fn run(&self) -> RunningReadModels {
        self.app.run_views(self.options.clone()).await.unwrap()
    }

    pub(crate) async fn close(self) {
        self.store.close().await.unwrap();
    }
}
