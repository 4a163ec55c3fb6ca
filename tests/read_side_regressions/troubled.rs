//! A store around a store, in which reading and the steps of readers go wrong as planned.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use eventide::snapshot::Snapshot;
use eventide::store::{
    Advance, AppendError, AppendRequest, Appended, EventStore, HandledCommand, LogPage, LogQuery,
    NewSubscription, SeenVersion, SnapshotStore, Store, StoreError, StoreErrorKind, StreamPage,
    StreamQuery, SubscriptionStore, VersionCount,
};
use eventide::subscription::{
    Checkpoint, Claimed, DeadLetter, Decision, Lease, LeaseError, ParkedKey, PartitionCount,
    SubscriptionName, SubscriptionStatus, WorkerId,
};
use eventide::view::{Document, DocumentPage, DocumentQuery, ViewTable};
use eventide::{CommandId, LogId, Position, StreamId, Version};
use tokio::sync::Notify;

/// What becomes of a call.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fate {
    Succeeds,
    /// Nothing is done.
    Fails(StoreErrorKind),
    /// It is done, and its answer is lost.
    IsLost,
}

/// Where somebody stops until it is told to go on.
#[derive(Default)]
pub(crate) struct Stop {
    pub(crate) reached: Notify,
    pub(crate) over: Notify,
}

/// A handle; clones share everything.
#[derive(Clone)]
pub(crate) struct Troubled(Arc<Inner>);

struct Inner {
    store: Arc<dyn Store>,
    /// Of the next pages that readers of the log ask for.
    pages: Mutex<VecDeque<Fate>>,
    /// Of the next pages of streams.
    streams: Mutex<VecDeque<Fate>>,
    /// Of the next steps of readers.
    steps: Mutex<VecDeque<Fate>>,
    /// Whoever lets a generation serve next stops before that.
    stop: Mutex<Option<Arc<Stop>>>,
    largest: AtomicUsize,
    written: AtomicU64,
}

impl Troubled {
    pub(crate) fn around(store: impl Store + 'static) -> Self {
        Self(Arc::new(Inner {
            store: Arc::new(store),
            pages: Mutex::default(),
            streams: Mutex::default(),
            steps: Mutex::default(),
            stop: Mutex::default(),
            largest: AtomicUsize::new(0),
            written: AtomicU64::new(0),
        }))
    }

    pub(crate) fn pages(&self, fates: impl IntoIterator<Item = Fate>) {
        self.0.pages.lock().unwrap().extend(fates);
    }

    pub(crate) fn streams(&self, fates: impl IntoIterator<Item = Fate>) {
        self.0.streams.lock().unwrap().extend(fates);
    }

    pub(crate) fn steps(&self, fates: impl IntoIterator<Item = Fate>) {
        self.0.steps.lock().unwrap().extend(fates);
    }

    /// Whoever lets a generation serve next stops before that, as a process may at any time.
    pub(crate) fn stop_before_serving(&self) -> Arc<Stop> {
        let stop = Arc::<Stop>::default();
        *self.0.stop.lock().unwrap() = Some(stop.clone());
        stop
    }

    /// How many of the planned fates have not come yet.
    pub(crate) fn to_come(&self) -> usize {
        let Inner {
            pages,
            streams,
            steps,
            ..
        } = &*self.0;
        [pages, streams, steps]
            .map(|of| of.lock().unwrap().len())
            .iter()
            .sum()
    }

    /// The largest page that was given out, of the log or of a stream.
    pub(crate) fn largest(&self) -> usize {
        self.0.largest.load(Ordering::SeqCst)
    }

    /// How many steps have written documents.
    pub(crate) fn written(&self) -> u64 {
        self.0.written.load(Ordering::SeqCst)
    }

    fn kept(&self) -> &dyn SubscriptionStore {
        self.0.store.subscriptions().unwrap()
    }

    fn gave(&self, events: usize) {
        self.0.largest.fetch_max(events, Ordering::SeqCst);
    }
}

fn fate(of: &Mutex<VecDeque<Fate>>) -> Fate {
    of.lock().unwrap().pop_front().unwrap_or(Fate::Succeeds)
}

fn told(kind: StoreErrorKind) -> StoreError {
    StoreError::new(kind, "it was told to fail")
}

async fn with<T, E: From<StoreError>>(
    fate: Fate,
    call: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    match fate {
        Fate::Succeeds => call.await,
        Fate::Fails(kind) => Err(told(kind).into()),
        Fate::IsLost => {
            call.await?;
            Err(told(StoreErrorKind::Unknown).into())
        }
    }
}

type Answer<T> = Result<T, StoreError>;

#[async_trait]
impl EventStore for Troubled {
    async fn append(&self, request: AppendRequest) -> Result<Appended, AppendError> {
        self.0.store.append(request).await
    }

    async fn read_stream(&self, stream: &StreamId, query: StreamQuery) -> Answer<StreamPage> {
        let read = self.0.store.read_stream(stream, query);
        let page = with(fate(&self.0.streams), read).await?;
        self.gave(page.events.len());
        Ok(page)
    }

    async fn stream_version(&self, stream: &StreamId) -> Answer<Version> {
        self.0.store.stream_version(stream).await
    }

    async fn read_log(&self, query: LogQuery) -> Answer<LogPage> {
        // Others than readers look at single events.
        if query.filter.event_types.is_empty() {
            return self.0.store.read_log(query).await;
        }
        let read = self.0.store.read_log(query);
        let page = with(fate(&self.0.pages), read).await?;
        self.gave(page.events.len());
        Ok(page)
    }

    async fn head(&self) -> Answer<Position> {
        self.0.store.head().await
    }

    async fn handled_commands(&self, ids: &[CommandId]) -> Answer<Vec<HandledCommand>> {
        self.0.store.handled_commands(ids).await
    }

    async fn seen_versions(&self, aggregate_type: &str) -> Answer<Vec<SeenVersion>> {
        self.0.store.seen_versions(aggregate_type).await
    }

    async fn count_versions(&self) -> Answer<Vec<VersionCount>> {
        self.0.store.count_versions().await
    }

    async fn log_id(&self) -> Answer<LogId> {
        self.0.store.log_id().await
    }

    fn subscriptions(&self) -> Option<&dyn SubscriptionStore> {
        Some(self)
    }

    async fn wait_for_append(&self, head: Position, at_most: Duration) {
        self.0.store.wait_for_append(head, at_most).await;
    }
}

#[async_trait]
impl SnapshotStore for Troubled {
    async fn load_snapshot(&self, stream: &StreamId) -> Answer<Option<Snapshot>> {
        self.0.store.load_snapshot(stream).await
    }

    async fn save_snapshot(&self, snapshot: Snapshot) -> Answer<()> {
        self.0.store.save_snapshot(snapshot).await
    }

    async fn delete_snapshot(&self, stream: &StreamId) -> Answer<()> {
        self.0.store.delete_snapshot(stream).await
    }
}

#[async_trait]
impl SubscriptionStore for Troubled {
    async fn advance(&self, advance: &Advance) -> Result<(), LeaseError> {
        if advance.documents.is_empty() {
            return self.kept().advance(advance).await;
        }
        let done = with(fate(&self.0.steps), self.kept().advance(advance)).await;
        self.0
            .written
            .fetch_add(u64::from(done.is_ok()), Ordering::SeqCst);
        done
    }

    async fn open_subscription(&self, new: &NewSubscription) -> Answer<SubscriptionStatus> {
        self.kept().open_subscription(new).await
    }

    async fn subscription(&self, name: &SubscriptionName) -> Answer<Option<SubscriptionStatus>> {
        self.kept().subscription(name).await
    }

    async fn subscription_names(&self) -> Answer<Vec<SubscriptionName>> {
        self.kept().subscription_names().await
    }

    async fn set_fingerprint(&self, name: &SubscriptionName, fingerprint: u64) -> Answer<()> {
        self.kept().set_fingerprint(name, fingerprint).await
    }

    async fn divide(&self, name: &SubscriptionName, count: PartitionCount) -> Answer<()> {
        self.kept().divide(name, count).await
    }

    async fn forget_subscription(&self, name: &SubscriptionName) -> Answer<()> {
        self.kept().forget_subscription(name).await
    }

    async fn claim(
        &self,
        name: &SubscriptionName,
        worker: &WorkerId,
        ttl: Duration,
    ) -> Answer<Option<Claimed>> {
        self.kept().claim(name, worker, ttl).await
    }

    async fn take_over(
        &self,
        name: &SubscriptionName,
        partition: u16,
        worker: &WorkerId,
        ttl: Duration,
    ) -> Answer<Option<Claimed>> {
        self.kept().take_over(name, partition, worker, ttl).await
    }

    async fn renew(&self, lease: &Lease, ttl: Duration) -> Result<Vec<Checkpoint>, LeaseError> {
        self.kept().renew(lease, ttl).await
    }

    async fn release(&self, lease: &Lease) -> Answer<()> {
        self.kept().release(lease).await
    }

    async fn parked_among(&self, name: &SubscriptionName, keys: &[String]) -> Answer<Vec<String>> {
        self.kept().parked_among(name, keys).await
    }

    async fn parked_keys(
        &self,
        name: &SubscriptionName,
        after: Option<&str>,
        limit: u32,
    ) -> Answer<Vec<ParkedKey>> {
        self.kept().parked_keys(name, after, limit).await
    }

    async fn letters(
        &self,
        name: &SubscriptionName,
        key: &str,
        after: Position,
        limit: u32,
    ) -> Answer<Vec<DeadLetter>> {
        self.kept().letters(name, key, after, limit).await
    }

    async fn decisions(&self, name: &SubscriptionName, limit: u32) -> Answer<Vec<Decision>> {
        self.kept().decisions(name, limit).await
    }

    async fn routes(
        &self,
        name: &SubscriptionName,
        streams: &[StreamId],
    ) -> Answer<Vec<Option<String>>> {
        self.kept().routes(name, streams).await
    }

    async fn open_view(&self, table: &ViewTable) -> Answer<()> {
        self.kept().open_view(table).await
    }

    async fn serving(&self, view: &str, version: u32) -> Answer<u32> {
        self.kept().serving(view, version).await
    }

    async fn serve(
        &self,
        view: &str,
        version: u32,
        generation: u32,
        held: &[Lease],
    ) -> Result<(), LeaseError> {
        let stop = self.0.stop.lock().unwrap().take();
        if let Some(stop) = stop {
            stop.reached.notify_one();
            stop.over.notified().await;
        }
        let serve = self.kept().serve(view, version, generation, held);
        serve.await
    }

    async fn drop_view(&self, table: &ViewTable) -> Answer<()> {
        self.kept().drop_view(table).await
    }

    async fn documents(&self, table: &ViewTable, keys: &[String]) -> Answer<Vec<Option<Document>>> {
        self.kept().documents(table, keys).await
    }

    async fn find_documents(
        &self,
        table: &ViewTable,
        query: &DocumentQuery,
    ) -> Answer<DocumentPage> {
        self.kept().find_documents(table, query).await
    }
}
