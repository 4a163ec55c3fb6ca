//! What a store in memory keeps for subscriptions and views, with one fault.

use std::time::Duration;

use async_trait::async_trait;
use eventide_core::store::{
    Advance, LogMark, MemoryStore, NewSubscription, StoreError, SubscriptionStore,
};
use eventide_core::subscription::{
    Checkpoint, Claimed, DeadLetter, Decision, Lease, LeaseError, ParkedKey, PartitionCount,
    SubscriptionName, SubscriptionStatus, WorkerId,
};
use eventide_core::view::{Document, DocumentPage, DocumentQuery, ViewTable};
use eventide_core::{Position, StreamId};

use crate::wrong::{Fault, Hook, WrongStore};

type Answer<T> = Result<T, StoreError>;
type Name = SubscriptionName;
/// A view, its version, the generation that is to serve, and what has to be held.
pub(crate) type Serve = (String, u32, u32, Vec<Lease>);

/// Each operation, and what it does where nothing is wrong.
macro_rules! operations {
    ($($name:ident($inner:ident, $given:tt: $argument:ty) -> $answer:ty { $does:expr })*) => {
        /// The operations a store does in its own way.
        pub(crate) struct Side {
            /// Whether there are none at all.
            pub(crate) missing: bool,
            $($name: Hook<$argument, $answer>,)*
        }

        impl Side {
            /// Nothing is wrong.
            pub(crate) fn none() -> Self {
                Self {
                    missing: false,
                    $($name: Box::new(|$inner, $given| Box::pin(async move { $does.await })),)*
                }
            }

            $(
                pub(crate) fn $name<F>(
                    mut self,
                    hook: impl Fn(MemoryStore, $argument) -> F + Send + Sync + 'static,
                ) -> Self
                where
                    F: Future<Output = $answer> + Send + 'static,
                {
                    self.$name = Box::new(move |inner, argument| Box::pin(hook(inner, argument)));
                    self
                }
            )*
        }
    };
}

operations! {
    open_subscription(inner, new: NewSubscription) -> Answer<SubscriptionStatus> {
        inner.open_subscription(&new)
    }
    subscription(inner, name: Name) -> Answer<Option<SubscriptionStatus>> {
        inner.subscription(&name)
    }
    subscription_names(inner, (): ()) -> Answer<Vec<Name>> { inner.subscription_names() }
    set_fingerprint(inner, (name, fingerprint): (Name, u64)) -> Answer<()> {
        inner.set_fingerprint(&name, fingerprint)
    }
    divide(inner, (name, count): (Name, PartitionCount)) -> Answer<()> {
        inner.divide(&name, count)
    }
    forget_subscription(inner, name: Name) -> Answer<()> { inner.forget_subscription(&name) }
    claim(inner, (name, worker, ttl): (Name, WorkerId, Duration)) -> Answer<Option<Claimed>> {
        inner.claim(&name, &worker, ttl)
    }
    take_over(inner, (name, at, worker, ttl): (Name, u16, WorkerId, Duration))
        -> Answer<Option<Claimed>> { inner.take_over(&name, at, &worker, ttl) }
    renew(inner, (lease, ttl): (Lease, Duration)) -> Result<Vec<Checkpoint>, LeaseError> {
        inner.renew(&lease, ttl)
    }
    release(inner, lease: Lease) -> Answer<()> { inner.release(&lease) }
    advance(inner, advance: Advance) -> Result<(), LeaseError> { inner.advance(&advance) }
    parked_among(inner, (name, keys): (Name, Vec<String>)) -> Answer<Vec<String>> {
        inner.parked_among(&name, &keys)
    }
    parked_keys(inner, (name, after, limit): (Name, Option<String>, u32))
        -> Answer<Vec<ParkedKey>> { inner.parked_keys(&name, after.as_deref(), limit) }
    letters(inner, (name, key, after, limit): (Name, String, Position, u32))
        -> Answer<Vec<DeadLetter>> { inner.letters(&name, &key, after, limit) }
    decisions(inner, (name, limit): (Name, u32)) -> Answer<Vec<Decision>> {
        inner.decisions(&name, limit)
    }
    routes(inner, (name, streams): (Name, Vec<StreamId>)) -> Answer<Vec<Option<String>>> {
        inner.routes(&name, &streams)
    }
    open_view(inner, table: ViewTable) -> Answer<()> { inner.open_view(&table) }
    serving(inner, (view, version): (String, u32)) -> Answer<u32> {
        inner.serving(&view, version)
    }
    serve(inner, (view, version, next, held): Serve) -> Result<(), LeaseError> {
        inner.serve(&view, version, next, &held)
    }
    drop_view(inner, table: ViewTable) -> Answer<()> { inner.drop_view(&table) }
    documents(inner, (table, keys): (ViewTable, Vec<String>)) -> Answer<Vec<Option<Document>>> {
        inner.documents(&table, &keys)
    }
    find_documents(inner, (table, query): (ViewTable, DocumentQuery)) -> Answer<DocumentPage> {
        inner.find_documents(&table, &query)
    }
}

impl Side {
    /// There is nothing.
    pub(crate) fn missing() -> Self {
        Self {
            missing: true,
            ..Self::none()
        }
    }

    /// A step is changed before it is taken.
    pub(crate) fn step(self, change: fn(&mut Advance)) -> Self {
        self.advance(move |inner, mut advance| async move {
            change(&mut advance);
            inner.advance(&advance).await
        })
    }

    /// Marks are changed before they are kept.
    pub(crate) fn marks(self, change: fn(LogMark) -> LogMark) -> Self {
        let open = move |inner: MemoryStore, mut new: NewSubscription| async move {
            new.begin = change(new.begin);
            inner.open_subscription(&new).await
        };
        let side = self.open_subscription(open);
        side.advance(move |inner, mut advance| async move {
            advance.to = advance.to.map(change);
            inner.advance(&advance).await
        })
    }

    /// Documents are looked for by another query.
    pub(crate) fn query(self, change: fn(&mut DocumentQuery)) -> Self {
        self.find_documents(move |inner, (table, mut query)| async move {
            change(&mut query);
            inner.find_documents(&table, &query).await
        })
    }

    /// A page of documents is changed.
    pub(crate) fn page(self, change: fn(&mut DocumentPage)) -> Self {
        self.find_documents(move |inner, (table, query)| async move {
            let mut page = inner.find_documents(&table, &query).await?;
            change(&mut page);
            Ok(page)
        })
    }

    /// What is told of a subscription is changed.
    pub(crate) fn status(self, change: fn(&mut SubscriptionStatus)) -> Self {
        let open = move |inner: MemoryStore, new: NewSubscription| async move {
            let mut status = inner.open_subscription(&new).await?;
            change(&mut status);
            Ok(status)
        };
        let side = self.open_subscription(open);
        side.subscription(move |inner, name| async move {
            let mut status = inner.subscription(&name).await?;
            status.iter_mut().for_each(change);
            Ok(status)
        })
    }

    /// The ranges that are told of a partition, wherever they are told, are changed.
    pub(crate) fn ranges(self, change: fn(&mut Vec<Checkpoint>)) -> Self {
        let changed = move |claimed: Option<Claimed>| {
            claimed.map(|mut claimed| {
                change(&mut claimed.checkpoints);
                claimed
            })
        };
        let side = self.claim(move |inner, (name, worker, ttl)| async move {
            Ok(changed(inner.claim(&name, &worker, ttl).await?))
        });
        let side = side.take_over(move |inner, (name, at, worker, ttl)| async move {
            Ok(changed(inner.take_over(&name, at, &worker, ttl).await?))
        });
        let side = side.renew(move |inner, (lease, ttl)| async move {
            let mut told = inner.renew(&lease, ttl).await?;
            change(&mut told);
            Ok(told)
        });
        side.subscription(move |inner, name| async move {
            let mut status = inner.subscription(&name).await?;
            let partitions = status.iter_mut().flat_map(|it| &mut it.partitions);
            partitions.for_each(|it| change(&mut it.checkpoints));
            Ok(status)
        })
    }
}

impl From<Side> for Fault {
    fn from(side: Side) -> Self {
        Self::none().side(side)
    }
}

impl WrongStore {
    fn side(&self) -> (&Side, MemoryStore) {
        (&self.fault.side, self.inner.clone())
    }
}

#[async_trait]
impl SubscriptionStore for WrongStore {
    async fn open_subscription(&self, new: &NewSubscription) -> Answer<SubscriptionStatus> {
        let (side, inner) = self.side();
        (side.open_subscription)(inner, new.clone()).await
    }

    async fn subscription(&self, name: &Name) -> Answer<Option<SubscriptionStatus>> {
        let (side, inner) = self.side();
        (side.subscription)(inner, name.clone()).await
    }

    async fn subscription_names(&self) -> Answer<Vec<Name>> {
        let (side, inner) = self.side();
        (side.subscription_names)(inner, ()).await
    }

    async fn set_fingerprint(&self, name: &Name, fingerprint: u64) -> Answer<()> {
        let (side, inner) = self.side();
        (side.set_fingerprint)(inner, (name.clone(), fingerprint)).await
    }

    async fn divide(&self, name: &Name, count: PartitionCount) -> Answer<()> {
        let (side, inner) = self.side();
        (side.divide)(inner, (name.clone(), count)).await
    }

    async fn forget_subscription(&self, name: &Name) -> Answer<()> {
        let (side, inner) = self.side();
        (side.forget_subscription)(inner, name.clone()).await
    }

    async fn claim(
        &self,
        name: &Name,
        worker: &WorkerId,
        ttl: Duration,
    ) -> Answer<Option<Claimed>> {
        let (side, inner) = self.side();
        (side.claim)(inner, (name.clone(), worker.clone(), ttl)).await
    }

    async fn take_over(
        &self,
        name: &Name,
        partition: u16,
        worker: &WorkerId,
        ttl: Duration,
    ) -> Answer<Option<Claimed>> {
        let (side, inner) = self.side();
        (side.take_over)(inner, (name.clone(), partition, worker.clone(), ttl)).await
    }

    async fn renew(&self, lease: &Lease, ttl: Duration) -> Result<Vec<Checkpoint>, LeaseError> {
        let (side, inner) = self.side();
        (side.renew)(inner, (lease.clone(), ttl)).await
    }

    async fn release(&self, lease: &Lease) -> Answer<()> {
        let (side, inner) = self.side();
        (side.release)(inner, lease.clone()).await
    }

    async fn advance(&self, advance: &Advance) -> Result<(), LeaseError> {
        let (side, inner) = self.side();
        (side.advance)(inner, advance.clone()).await
    }

    async fn parked_among(&self, name: &Name, keys: &[String]) -> Answer<Vec<String>> {
        let (side, inner) = self.side();
        (side.parked_among)(inner, (name.clone(), keys.to_vec())).await
    }

    async fn parked_keys(
        &self,
        name: &Name,
        after: Option<&str>,
        limit: u32,
    ) -> Answer<Vec<ParkedKey>> {
        let (side, inner) = self.side();
        (side.parked_keys)(inner, (name.clone(), after.map(str::to_owned), limit)).await
    }

    async fn letters(
        &self,
        name: &Name,
        key: &str,
        after: Position,
        limit: u32,
    ) -> Answer<Vec<DeadLetter>> {
        let (side, inner) = self.side();
        (side.letters)(inner, (name.clone(), key.to_owned(), after, limit)).await
    }

    async fn decisions(&self, name: &Name, limit: u32) -> Answer<Vec<Decision>> {
        let (side, inner) = self.side();
        (side.decisions)(inner, (name.clone(), limit)).await
    }

    async fn routes(&self, name: &Name, streams: &[StreamId]) -> Answer<Vec<Option<String>>> {
        let (side, inner) = self.side();
        (side.routes)(inner, (name.clone(), streams.to_vec())).await
    }

    async fn open_view(&self, table: &ViewTable) -> Answer<()> {
        let (side, inner) = self.side();
        (side.open_view)(inner, table.clone()).await
    }

    async fn serving(&self, view: &str, version: u32) -> Answer<u32> {
        let (side, inner) = self.side();
        (side.serving)(inner, (view.to_owned(), version)).await
    }

    async fn serve(
        &self,
        view: &str,
        version: u32,
        next: u32,
        held: &[Lease],
    ) -> Result<(), LeaseError> {
        let (side, inner) = self.side();
        (side.serve)(inner, (view.to_owned(), version, next, held.to_vec())).await
    }

    async fn drop_view(&self, table: &ViewTable) -> Answer<()> {
        let (side, inner) = self.side();
        (side.drop_view)(inner, table.clone()).await
    }

    async fn documents(&self, table: &ViewTable, keys: &[String]) -> Answer<Vec<Option<Document>>> {
        let (side, inner) = self.side();
        (side.documents)(inner, (table.clone(), keys.to_vec())).await
    }

    async fn find_documents(
        &self,
        table: &ViewTable,
        query: &DocumentQuery,
    ) -> Answer<DocumentPage> {
        let (side, inner) = self.side();
        (side.find_documents)(inner, (table.clone(), query.clone())).await
    }
}
