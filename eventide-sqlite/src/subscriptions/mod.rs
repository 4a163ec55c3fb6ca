//! What the file keeps for subscriptions and views. The writer writes it, readers read it.

mod advance;
mod attempt;
mod clock;
mod letters;
mod partitions;
mod routes;
mod step;

pub use attempt::Sqlite;
pub(crate) use step::take;

use std::time::Duration;

use async_trait::async_trait;
use eventide_core::store::{Advance, NewSubscription, StoreError, SubscriptionStore};
use eventide_core::subscription::{
    Checkpoint, Claimed, DeadLetter, Decision, Lease, LeaseError, ParkedKey, PartitionCount,
    SubscriptionName, SubscriptionStatus, WorkerId,
};
use eventide_core::view::{Document, DocumentPage, DocumentQuery, ViewTable};
use eventide_core::{Position, StreamId};

use crate::{SqliteStore, views};

/// For messages: what was attempted.
const CHANGE: &str = "change a subscription in";
const CHANGE_VIEW: &str = "change a view in";

#[async_trait]
impl SubscriptionStore for SqliteStore {
    async fn open_subscription(
        &self,
        new: &NewSubscription,
    ) -> Result<SubscriptionStatus, StoreError> {
        // Mostly it is there, and nobody needs to write.
        if let Some(found) = self.subscription(&new.name).await? {
            return Ok(found);
        }
        let new = new.clone();
        self.change_freely(CHANGE, move |conn, _| partitions::open(conn, &new))
            .await
    }

    async fn subscription(
        &self,
        name: &SubscriptionName,
    ) -> Result<Option<SubscriptionStatus>, StoreError> {
        let name = name.clone();
        self.look(move |conn, _| partitions::status(conn, &name))
            .await
    }

    async fn subscription_names(&self) -> Result<Vec<SubscriptionName>, StoreError> {
        self.look(|conn, _| partitions::names(conn)).await
    }

    async fn set_fingerprint(
        &self,
        name: &SubscriptionName,
        fingerprint: u64,
    ) -> Result<(), StoreError> {
        let name = name.clone();
        self.change_freely(CHANGE, move |conn, place| {
            partitions::set_fingerprint(conn, place, &name, fingerprint)
        })
        .await
    }

    async fn divide(
        &self,
        name: &SubscriptionName,
        count: PartitionCount,
    ) -> Result<(), StoreError> {
        let name = name.clone();
        self.change_freely(CHANGE, move |conn, place| {
            partitions::divide(conn, place, &name, count)
        })
        .await
    }

    async fn forget_subscription(&self, name: &SubscriptionName) -> Result<(), StoreError> {
        let name = name.clone();
        self.change_freely(CHANGE, move |conn, _| partitions::forget(conn, &name))
            .await
    }

    async fn claim(
        &self,
        name: &SubscriptionName,
        worker: &WorkerId,
        ttl: Duration,
    ) -> Result<Option<Claimed>, StoreError> {
        let (name, worker) = (name.clone(), worker.clone());
        self.change_freely(CHANGE, move |conn, place| {
            partitions::claim(conn, place, &name, None, &worker, ttl)
        })
        .await
    }

    async fn take_over(
        &self,
        name: &SubscriptionName,
        partition: u16,
        worker: &WorkerId,
        ttl: Duration,
    ) -> Result<Option<Claimed>, StoreError> {
        let (name, worker) = (name.clone(), worker.clone());
        self.change_freely(CHANGE, move |conn, place| {
            partitions::claim(conn, place, &name, Some(partition), &worker, ttl)
        })
        .await
    }

    async fn renew(&self, lease: &Lease, ttl: Duration) -> Result<Vec<Checkpoint>, LeaseError> {
        let lease = lease.clone();
        self.change(CHANGE, move |conn, _| partitions::renew(conn, &lease, ttl))
            .await
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        let lease = lease.clone();
        self.change_freely(CHANGE, move |conn, _| partitions::release(conn, &lease))
            .await
    }

    async fn advance(&self, advance: &Advance) -> Result<(), LeaseError> {
        let step = advance.clone();
        self.change(CHANGE, move |conn, place| {
            advance::advance(conn, place, &step)
        })
        .await
    }

    async fn parked_among(
        &self,
        name: &SubscriptionName,
        keys: &[String],
    ) -> Result<Vec<String>, StoreError> {
        let (name, keys) = (name.clone(), keys.to_vec());
        self.look(move |conn, place| {
            partitions::known(conn, place, &name)?;
            Ok(letters::parked_among(conn, &name, &keys)?)
        })
        .await
    }

    async fn parked_keys(
        &self,
        name: &SubscriptionName,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<ParkedKey>, StoreError> {
        let (name, after) = (name.clone(), after.map(str::to_owned));
        self.look(move |conn, place| {
            partitions::known(conn, place, &name)?;
            Ok(letters::parked_keys(conn, &name, after.as_deref(), limit)?)
        })
        .await
    }

    async fn letters(
        &self,
        name: &SubscriptionName,
        key: &str,
        after: Position,
        limit: u32,
    ) -> Result<Vec<DeadLetter>, StoreError> {
        let (name, key) = (name.clone(), key.to_owned());
        self.look(move |conn, place| {
            partitions::known(conn, place, &name)?;
            Ok(letters::letters(conn, &name, &key, after, limit)?)
        })
        .await
    }

    async fn decisions(
        &self,
        name: &SubscriptionName,
        limit: u32,
    ) -> Result<Vec<Decision>, StoreError> {
        let name = name.clone();
        self.look(move |conn, _| Ok(letters::decisions(conn, &name, limit)?))
            .await
    }

    async fn routes(
        &self,
        name: &SubscriptionName,
        streams: &[StreamId],
    ) -> Result<Vec<Option<String>>, StoreError> {
        let (name, streams) = (name.clone(), streams.to_vec());
        self.look(move |conn, place| {
            partitions::known(conn, place, &name)?;
            Ok(routes::find(conn, &name, &streams)?)
        })
        .await
    }

    async fn open_view(&self, table: &ViewTable) -> Result<(), StoreError> {
        let known = table.clone();
        let is_open = self
            .look(move |conn, place| views::is_open(conn, place, &known))
            .await?;
        if is_open {
            return Ok(());
        }
        let table = table.clone();
        self.change_freely(CHANGE_VIEW, move |conn, place| {
            views::open(conn, place, &table)
        })
        .await
    }

    async fn serving(&self, view: &str, version: u32) -> Result<u32, StoreError> {
        let view = view.to_owned();
        self.look(move |conn, _| Ok(views::serving(conn, &view, version)?))
            .await
    }

    async fn serve(
        &self,
        view: &str,
        version: u32,
        generation: u32,
        held: &[Lease],
    ) -> Result<(), LeaseError> {
        let (view, held) = (view.to_owned(), held.to_vec());
        self.change(CHANGE_VIEW, move |conn, _| {
            for lease in &held {
                partitions::hold(conn, lease)?;
            }
            Ok(views::serve(conn, &view, version, generation)?)
        })
        .await
    }

    async fn drop_view(&self, table: &ViewTable) -> Result<(), StoreError> {
        let table = table.clone();
        self.change_freely(CHANGE_VIEW, move |conn, _| views::drop_table(conn, &table))
            .await
    }

    async fn documents(
        &self,
        table: &ViewTable,
        keys: &[String],
    ) -> Result<Vec<Option<Document>>, StoreError> {
        let (table, keys) = (table.clone(), keys.to_vec());
        self.look(move |conn, place| views::documents(conn, place, &table, &keys))
            .await
    }

    async fn find_documents(
        &self,
        table: &ViewTable,
        query: &DocumentQuery,
    ) -> Result<DocumentPage, StoreError> {
        let (table, query) = (table.clone(), query.clone());
        self.look(move |conn, place| views::find(conn, place, &table, &query))
            .await
    }
}
