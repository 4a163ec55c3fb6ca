//! What a store keeps for subscriptions and views, beside its log.

use std::time::Duration;

use async_trait::async_trait;

use super::{LogMark, StoreError};
use crate::ids::Position;
use crate::stream::StreamId;
use crate::subscription::{
    Checkpoint, Claimed, DeadLetter, Decision, Lease, LeaseError, LetterId, ParkedKey,
    PartitionCount, SubscriptionName, SubscriptionStatus, WorkerId,
};
use crate::view::{Document, DocumentPage, DocumentQuery, DocumentWrite, ViewTable};

/// A subscription as its reader asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NewSubscription {
    /// Its name.
    pub name: SubscriptionName,
    /// Into how many partitions it is divided at first.
    pub count: PartitionCount,
    /// What is done already: it begins after that.
    pub begin: LogMark,
    /// A number that differs where the code that handles its events differs. Kept, and told by the
    /// [status](SubscriptionStore::subscription); what a difference means, the reader decides.
    pub fingerprint: u64,
}

impl NewSubscription {
    /// A subscription that begins after that mark, in one partition.
    pub const fn new(name: SubscriptionName, begin: LogMark) -> Self {
        Self {
            name,
            count: PartitionCount::ONE,
            begin,
            fingerprint: 0,
        }
    }
}

/// One step of a partition: what handling some events came to, and up to where they were. Written as
/// a whole, or not at all.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Advance {
    /// By which right.
    pub lease: Lease,
    /// Where the partition is after this. Ranges that are further stay where they are. `None` moves
    /// nothing: for work on what is parked.
    pub to: Option<LogMark>,
    /// What changes of a view.
    pub documents: Vec<DocumentWrite>,
    /// The table of `documents`; without documents there need be none.
    pub table: Option<ViewTable>,
    /// What is remembered of streams: the key their events belong to. Known ones stay as they are.
    pub routes: Vec<(StreamId, String)>,
    /// What is parked. A letter that is there already is replaced.
    pub parked: Vec<DeadLetter>,
    /// Letters that were handled after all.
    pub handled: Vec<LetterId>,
    /// Letters that are dropped on purpose.
    pub dropped: Vec<Decision>,
}

impl Advance {
    /// A step that moves the partition, or nothing, and changes nothing else.
    pub const fn new(lease: Lease, to: Option<LogMark>) -> Self {
        Self {
            lease,
            to,
            documents: Vec::new(),
            table: None,
            routes: Vec::new(),
            parked: Vec::new(),
            handled: Vec::new(),
            dropped: Vec::new(),
        }
    }
}

/// Keeps the checkpoints, leases and dead letters of subscriptions, and the documents of views.
///
/// # Guarantees
/// - A partition has one holder at a time: whoever claims it gets a higher [token](Lease::token),
///   and from then on nothing is written with a lower one.
/// - Leases run out by the clock of the database, the same for all processes.
/// - An [`Advance`] is written whole or not at all, and is durable once acknowledged.
/// - Repeating a call whose answer was lost does no harm.
#[async_trait]
pub trait SubscriptionStore: Send + Sync {
    /// Makes a subscription, or finds the one of that name as it is.
    ///
    /// # Errors
    /// The store cannot do it now.
    async fn open_subscription(
        &self,
        new: &NewSubscription,
    ) -> Result<SubscriptionStatus, StoreError>;

    /// How the subscription of that name is doing, if there is one.
    ///
    /// # Errors
    /// The store cannot do it now.
    async fn subscription(
        &self,
        name: &SubscriptionName,
    ) -> Result<Option<SubscriptionStatus>, StoreError>;

    /// The names of all subscriptions, sorted.
    ///
    /// # Errors
    /// The store cannot do it now.
    async fn subscription_names(&self) -> Result<Vec<SubscriptionName>, StoreError>;

    /// Accepts that the code that handles its events is another now.
    ///
    /// # Errors
    /// The store cannot do it now.
    async fn set_fingerprint(
        &self,
        name: &SubscriptionName,
        fingerprint: u64,
    ) -> Result<(), StoreError>;

    /// Divides a subscription anew, by [`Checkpoint::divide`](crate::subscription::Checkpoint::divide).
    /// All leases end by it. One that is divided so already stays as it is.
    ///
    /// # Errors
    /// The store cannot do it now; there is no such subscription.
    async fn divide(
        &self,
        name: &SubscriptionName,
        count: PartitionCount,
    ) -> Result<(), StoreError>;

    /// Forgets a subscription: its checkpoints, leases, routes and letters. Its decisions stay. The
    /// tokens of one that is made under its name later go on from where its own were, so that its
    /// former holders stay fenced out. Without one of that name, nothing happens.
    ///
    /// # Errors
    /// The store cannot do it now.
    async fn forget_subscription(&self, name: &SubscriptionName) -> Result<(), StoreError>;

    /// Claims a partition that nobody holds, for `ttl`; `None` if there is none. If several are free,
    /// the one that came least far.
    ///
    /// # Errors
    /// The store cannot do it now; there is no such subscription.
    async fn claim(
        &self,
        name: &SubscriptionName,
        worker: &WorkerId,
        ttl: Duration,
    ) -> Result<Option<Claimed>, StoreError>;

    /// Claims that partition, whoever holds it: the holder is told with its next write. `None` if
    /// there is no such partition.
    ///
    /// # Errors
    /// The store cannot do it now; there is no such subscription.
    async fn take_over(
        &self,
        name: &SubscriptionName,
        partition: u16,
        worker: &WorkerId,
        ttl: Duration,
    ) -> Result<Option<Claimed>, StoreError>;

    /// Holds the lease for another `ttl` from now, even one that ran out, if nobody took it since.
    /// Tells how far the partition's ranges came: so a holder whose [`advance`](Self::advance) got no
    /// answer learns whether it was written.
    ///
    /// # Errors
    /// Somebody took it; the store cannot do it now.
    async fn renew(&self, lease: &Lease, ttl: Duration) -> Result<Vec<Checkpoint>, LeaseError>;

    /// Gives the lease back. Of one that is lost, nothing happens.
    ///
    /// # Errors
    /// The store cannot do it now.
    async fn release(&self, lease: &Lease) -> Result<(), StoreError>;

    /// Writes one step of a partition.
    ///
    /// # Errors
    /// The lease is lost; the store cannot do it now. Nothing is written then; only after an error of
    /// kind [`Unknown`](super::StoreErrorKind::Unknown) may it have been, and
    /// [`renew`](Self::renew) tells.
    async fn advance(&self, advance: &Advance) -> Result<(), LeaseError>;

    /// Those of `keys` that are parked.
    ///
    /// # Errors
    /// The store cannot do it now.
    async fn parked_among(
        &self,
        name: &SubscriptionName,
        keys: &[String],
    ) -> Result<Vec<String>, StoreError>;

    /// Keys that are parked, sorted, after the key `after`, at most `limit` of them.
    ///
    /// # Errors
    /// The store cannot do it now.
    async fn parked_keys(
        &self,
        name: &SubscriptionName,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<ParkedKey>, StoreError>;

    /// The letters of a key, in the order of the log, after that position, at most `limit` of them.
    ///
    /// # Errors
    /// The store cannot do it now.
    async fn letters(
        &self,
        name: &SubscriptionName,
        key: &str,
        after: Position,
        limit: u32,
    ) -> Result<Vec<DeadLetter>, StoreError>;

    /// The decisions on letters of a subscription, the latest first, at most `limit` of them.
    ///
    /// # Errors
    /// The store cannot do it now.
    async fn decisions(
        &self,
        name: &SubscriptionName,
        limit: u32,
    ) -> Result<Vec<Decision>, StoreError>;

    /// The keys that the events of these streams belong to, in the order asked.
    ///
    /// # Errors
    /// The store cannot do it now.
    async fn routes(
        &self,
        name: &SubscriptionName,
        streams: &[StreamId],
    ) -> Result<Vec<Option<String>>, StoreError>;

    /// Makes the table of a view, or finds it.
    ///
    /// # Errors
    /// The store cannot do it now; the table is there with other columns.
    async fn open_view(&self, table: &ViewTable) -> Result<(), StoreError>;

    /// Which generation of a version of a view serves its readers: the first, until another is chosen.
    ///
    /// # Errors
    /// The store cannot do it now.
    async fn serving(&self, view: &str, version: u32) -> Result<u32, StoreError>;

    /// Chooses the generation that serves the readers of a version of a view, from this moment on, if
    /// all leases in `held` still count then. Whoever takes one of them later finds the new generation.
    ///
    /// # Errors
    /// One of the leases is lost, which is named, and nothing changes; the store cannot do it now.
    async fn serve(
        &self,
        view: &str,
        version: u32,
        generation: u32,
        held: &[Lease],
    ) -> Result<(), LeaseError>;

    /// Drops the table of a view, and its documents with it. Without it, nothing happens.
    ///
    /// # Errors
    /// The store cannot do it now.
    async fn drop_view(&self, table: &ViewTable) -> Result<(), StoreError>;

    /// The documents of these keys, in the order asked.
    ///
    /// # Errors
    /// The store cannot do it now.
    async fn documents(
        &self,
        table: &ViewTable,
        keys: &[String],
    ) -> Result<Vec<Option<Document>>, StoreError>;

    /// Documents of a view, filtered, in an order, a page at a time.
    ///
    /// # Errors
    /// The store cannot do it now.
    async fn find_documents(
        &self,
        table: &ViewTable,
        query: &DocumentQuery,
    ) -> Result<DocumentPage, StoreError>;
}
