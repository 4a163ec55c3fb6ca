//! What is kept for subscriptions and views: leases, checkpoints, dead letters, documents.
//!
//! Every step of a partition is one transaction that first locks the partition's row and compares
//! the token. Leases run out by the server's clock.

mod advance;
mod asking;
mod attempt;
mod desk;
mod divide;
mod lease;
mod letters;
mod step;

pub(crate) use asking::Asking;
pub use attempt::Postgres;
pub(crate) use lease::{columns, lost};

use std::time::Duration;

use async_trait::async_trait;
use eventide_core::store::{
    Advance, NewSubscription, StoreError, StoreErrorKind, SubscriptionStore,
};
use eventide_core::subscription::{
    Checkpoint, Claimed, DeadLetter, Decision, Lease, LeaseError, ParkedKey, PartitionCount,
    SubscriptionName, SubscriptionStatus, WorkerId,
};
use eventide_core::view::{Document, DocumentPage, DocumentQuery, ViewTable};
use eventide_core::{Position, StreamId};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::PostgresStore;
use crate::error::{PROJECTOR, Place};
use crate::link::{Link, Rows, patiently};
use crate::sql::{Schema, Sql};
use crate::value::Wrong;
use crate::view::Serving;

/// What is asked for subscriptions and views, and the way to the server.
#[derive(Debug)]
pub(crate) struct ReadSide {
    pub(crate) link: Link,
    pub(crate) schema: Schema,
    /// The schema's name as it is, by which its roles are named.
    pub(crate) schema_name: String,
    desk: desk::Statements,
    lease: lease::Statements,
    divide: divide::Statements,
    letters: letters::Statements,
    advance: advance::Statements,
    pub(crate) serving: Serving,
}

impl ReadSide {
    pub(crate) fn new(link: &Link, schema_name: &str) -> Self {
        let schema = Schema::new(schema_name);
        Self {
            // Who lacks a right here lacks another role than who may not append.
            link: link.for_role(PROJECTOR),
            schema_name: schema_name.to_owned(),
            desk: desk::Statements::new(&schema),
            lease: lease::Statements::new(&schema),
            divide: divide::Statements::new(&schema),
            letters: letters::Statements::new(&schema),
            advance: advance::Statements::new(&schema),
            serving: Serving::new(&schema),
            schema,
        }
    }

    pub(crate) fn place(&self) -> &Place {
        &self.link.place
    }

    /// The rows of a statement that may be repeated: asked until it succeeds, with patience.
    pub(crate) async fn ask(
        &self,
        attempt: &'static str,
        sql: &Sql,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StoreError> {
        patiently!(&mut self.link.retry(attempt), |session| session
            .rows(sql, params))
    }

    fn unknown(&self, attempt: &str, name: &SubscriptionName) -> StoreError {
        let why = format!("there is no subscription `{name}`");
        self.place().error(StoreErrorKind::Other, attempt, &why)
    }
}

/// The statements that go along an index, each with it.
#[cfg(test)]
pub(crate) fn indexed(schema: &Schema) -> Vec<(Sql, &'static str)> {
    let mut all = lease::Statements::new(schema).all();
    all.extend(letters::Statements::new(schema).all());
    all.extend(advance::Statements::new(schema).all());
    all
}

/// What a column that has the wrong form means.
fn damaged(place: &Place, name: &SubscriptionName) -> impl Fn(Wrong) -> StoreError {
    move |source| {
        let what = format!("what is kept for subscription `{name}`");
        place
            .damaged(&what, "a column has the wrong form")
            .with_source(source)
    }
}

#[async_trait]
impl SubscriptionStore for PostgresStore {
    async fn open_subscription(
        &self,
        new: &NewSubscription,
    ) -> Result<SubscriptionStatus, StoreError> {
        if let Some(status) = self.subscription(&new.name).await? {
            return Ok(status);
        }
        self.may_write(desk::OPEN)?;
        let kept = self.read_side();
        kept.make(new).await?;
        let found = kept.status(&new.name).await?;
        found.ok_or_else(|| kept.unknown(desk::OPEN, &new.name))
    }

    async fn subscription(
        &self,
        name: &SubscriptionName,
    ) -> Result<Option<SubscriptionStatus>, StoreError> {
        self.read_side().status(name).await
    }

    async fn subscription_names(&self) -> Result<Vec<SubscriptionName>, StoreError> {
        self.read_side().names().await
    }

    async fn set_fingerprint(
        &self,
        name: &SubscriptionName,
        fingerprint: u64,
    ) -> Result<(), StoreError> {
        self.may_write(desk::CHANGE)?;
        self.read_side().set_fingerprint(name, fingerprint).await
    }

    async fn divide(
        &self,
        name: &SubscriptionName,
        count: PartitionCount,
    ) -> Result<(), StoreError> {
        self.may_write(divide::DIVIDE)?;
        self.read_side().divide(name, count).await
    }

    async fn forget_subscription(&self, name: &SubscriptionName) -> Result<(), StoreError> {
        self.may_write(divide::FORGET)?;
        self.read_side().forget(name).await
    }

    async fn claim(
        &self,
        name: &SubscriptionName,
        worker: &WorkerId,
        ttl: Duration,
    ) -> Result<Option<Claimed>, StoreError> {
        self.may_write(lease::CLAIM)?;
        self.read_side()
            .asking()
            .claim(name, None, worker, ttl)
            .await
    }

    async fn take_over(
        &self,
        name: &SubscriptionName,
        partition: u16,
        worker: &WorkerId,
        ttl: Duration,
    ) -> Result<Option<Claimed>, StoreError> {
        self.may_write(lease::CLAIM)?;
        let kept = self.read_side().asking();
        kept.claim(name, Some(partition), worker, ttl).await
    }

    async fn renew(&self, lease: &Lease, ttl: Duration) -> Result<Vec<Checkpoint>, LeaseError> {
        self.may_write(lease::HOLD)?;
        self.read_side().renew(lease, ttl).await
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        self.may_write(lease::HOLD)?;
        self.read_side().release(lease).await
    }

    async fn advance(&self, advance: &Advance) -> Result<(), LeaseError> {
        self.may_write(advance::ADVANCE)?;
        self.read_side().advance(advance).await
    }

    async fn parked_among(
        &self,
        name: &SubscriptionName,
        keys: &[String],
    ) -> Result<Vec<String>, StoreError> {
        self.read_side().asking().parked_among(name, keys).await
    }

    async fn parked_keys(
        &self,
        name: &SubscriptionName,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<ParkedKey>, StoreError> {
        self.read_side().parked_keys(name, after, limit).await
    }

    async fn letters(
        &self,
        name: &SubscriptionName,
        key: &str,
        after: Position,
        limit: u32,
    ) -> Result<Vec<DeadLetter>, StoreError> {
        self.read_side().letters_of(name, key, after, limit).await
    }

    async fn decisions(
        &self,
        name: &SubscriptionName,
        limit: u32,
    ) -> Result<Vec<Decision>, StoreError> {
        self.read_side().decisions(name, limit).await
    }

    async fn routes(
        &self,
        name: &SubscriptionName,
        streams: &[StreamId],
    ) -> Result<Vec<Option<String>>, StoreError> {
        self.read_side().asking().routes(name, streams).await
    }

    async fn open_view(&self, table: &ViewTable) -> Result<(), StoreError> {
        let kept = self.read_side();
        if !kept.has_view(table).await? {
            self.may_write("make a view in")?;
            kept.make_view(table).await?;
        }
        Ok(())
    }

    async fn serving(&self, view: &str, version: u32) -> Result<u32, StoreError> {
        self.read_side().asking().serving(view, version).await
    }

    async fn serve(
        &self,
        view: &str,
        version: u32,
        generation: u32,
        held: &[Lease],
    ) -> Result<(), LeaseError> {
        self.may_write("choose what serves the readers of a view of")?;
        let kept = self.read_side();
        kept.serve(view, version, generation, held).await
    }

    async fn drop_view(&self, table: &ViewTable) -> Result<(), StoreError> {
        self.may_write("drop a view of")?;
        self.read_side().drop_view(table).await
    }

    async fn documents(
        &self,
        table: &ViewTable,
        keys: &[String],
    ) -> Result<Vec<Option<Document>>, StoreError> {
        self.read_side().asking().documents(table, keys).await
    }

    async fn find_documents(
        &self,
        table: &ViewTable,
        query: &DocumentQuery,
    ) -> Result<DocumentPage, StoreError> {
        self.read_side().find_documents(table, query).await
    }
}
