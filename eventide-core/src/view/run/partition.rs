//! Working on one partition, as long as its lease lasts.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::backoff::{Backoff, unless_stopped};
use super::options::ReadModelOptions;
use super::progress::{PartitionState, Progress};
use crate::ids::{LogId, Position};
use crate::schema::DecodeError;
use crate::store::{
    LogFilter, LogMark, LogPage, LogQuery, Store, StoreError, StoreErrorKind, SubscriptionStore,
};
use crate::subscription::{Checkpoint, Claimed, Lease, LeaseError};
use crate::view::error::chain;
use crate::view::folder::{Folded, Folder};
use crate::view::{ReadModelError, View};

/// How often a partition at most says how far it has looked, though nothing there was for it: whoever
/// [waits](crate::App::wait_for) for it has to know, and a start anew.
const IDLE_MARK: Duration = Duration::from_millis(200);

/// How long a wait for an append lasts at most.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// What a partition is worked on with.
pub(super) struct Partition<V: View, S> {
    pub(super) store: Arc<dyn Store>,
    pub(super) folder: Folder<V, S>,
    pub(super) options: ReadModelOptions,
    pub(super) progress: Progress,
    pub(super) stop: watch::Receiver<bool>,
    pub(super) lease: Lease,
    pub(super) checkpoints: Vec<Checkpoint>,
    pub(super) filter: LogFilter,
    /// Where its work ends, if it is not the generation that serves: one that is built beside it.
    pub(super) until: Option<Position>,
    /// How long it rests after each page.
    pub(super) rest: Duration,
    pub(super) renewed: Instant,
    pub(super) marked: Instant,
    pub(super) backoff: Backoff,
}

/// Why the work on a partition ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// It was asked to stop.
    Stopped,
    /// Somebody else has the partition.
    Lost,
    /// Another generation serves by now.
    MovedOn,
    /// It cannot go on.
    Failed(ReadModelError),
}

impl From<ReadModelError> for Ended {
    fn from(error: ReadModelError) -> Self {
        Self::Failed(error)
    }
}

impl From<LeaseError> for Ended {
    fn from(error: LeaseError) -> Self {
        match error {
            LeaseError::Lost { .. } => Self::Lost,
            error @ LeaseError::Store(_) => Self::Failed(error.into()),
        }
    }
}

impl<V: View, S: Send + Sync + 'static> Partition<V, S> {
    pub(super) fn new(
        store: Arc<dyn Store>,
        folder: Folder<V, S>,
        (options, filter): (ReadModelOptions, LogFilter),
        progress: Progress,
        stop: watch::Receiver<bool>,
        claimed: Claimed,
    ) -> Self {
        let now = Instant::now();
        Self {
            store,
            folder,
            options,
            progress,
            stop,
            lease: claimed.lease,
            checkpoints: claimed.checkpoints,
            filter,
            until: None,
            rest: Duration::ZERO,
            renewed: now,
            marked: now,
            backoff: Backoff::new(),
        }
    }

    /// Works until it is stopped, or has to end. The lease is given back if it is still held.
    pub(super) async fn work(mut self) -> Ended {
        let ended = match self.run().await {
            Ok(()) => Ended::Stopped,
            Err(ended) => ended,
        };
        self.progress.gone(self.lease.partition);
        if !matches!(ended, Ended::Lost) {
            self.release().await;
        }
        ended
    }

    /// Works until all up to `end` is done, and says so in its checkpoint.
    pub(super) async fn run_to_end(&mut self, end: Position) -> Result<(), Ended> {
        self.run().await?;
        if self.position() < end {
            let mark = loop {
                match LogMark::at(&*self.store, end).await {
                    Ok(mark) => break mark,
                    Err(error) => self.retry(end, error.into()).await?,
                }
            };
            let mark = LogMark::new(mark.log(), end, mark.event());
            if let Some(refused) = self.advance(end, Folded::default(), mark).await? {
                return Err(Ended::Failed(refused.error.into()));
            }
        }
        Ok(())
    }

    /// Gives the lease back.
    pub(super) async fn release(&self) {
        self.progress.gone(self.lease.partition);
        if let Some(kept) = self.store.subscriptions() {
            // What cannot be given back runs out.
            let _ = kept.release(&self.lease).await;
        }
    }

    pub(super) fn position(&self) -> Position {
        let marks = self.checkpoints.iter().map(|at| at.mark.position());
        marks.min().unwrap_or(Position::START)
    }

    fn is_stopped(&self) -> bool {
        *self.stop.borrow()
    }

    /// Works until it is stopped, or has done what it was to do.
    pub(super) async fn run(&mut self) -> Result<(), Ended> {
        let log = self.check_log().await?;
        let mut from = self.position();
        let mut ahead: Option<JoinHandle<Result<LogPage, StoreError>>> = None;
        while !self.is_stopped() && self.until.is_none_or(|until| from < until) {
            self.hold_on(from).await?;
            self.serves().await?;
            let read = match ahead.take() {
                Some(ahead) => ahead.await.unwrap_or_else(|error| {
                    let why = format_args!("the reading of a page ended: {error}");
                    Err(StoreError::new(StoreErrorKind::Unavailable, why))
                }),
                None => self.store.read_log(self.query(from)).await,
            };
            let page = match read {
                Ok(page) => self.cut(page),
                Err(error) => {
                    self.retry(from, error.into()).await?;
                    continue;
                }
            };
            if self.widened().await? {
                continue;
            }
            if page.more {
                let (store, query) = (self.store.clone(), self.query(page.next));
                ahead = Some(tokio::spawn(async move { store.read_log(query).await }));
            }
            if page.events.is_empty() {
                self.idle(&mut from, &page).await?;
                continue;
            }
            let Some(held) = self.take(log, &page.events, from).await? else {
                from = page.next;
                if !self.rest.is_zero() {
                    unless_stopped(&self.stop, sleep(self.rest)).await;
                }
                continue;
            };
            if self.until.is_some() {
                let read_model = V::INFO.name;
                return Err(ReadModelError::Held {
                    read_model,
                    source: held,
                }
                .into());
            }
            // What was read ahead is behind the event that holds.
            ahead = None;
            from = self.position();
            self.wait_holding(from, held).await;
        }
        Ok(())
    }

    /// The page without what lies beyond the end of the work.
    fn cut(&self, mut page: LogPage) -> LogPage {
        if let Some(until) = self.until
            && page.next > until
        {
            page.events.retain(|event| event.position <= until);
            page.next = until;
            page.more = false;
        }
        page
    }

    /// Ends the work of a generation that no longer serves.
    async fn serves(&mut self) -> Result<(), Ended> {
        let table = &self.folder.table;
        let serving = self.kept()?.serving(&table.name, table.version).await;
        match serving {
            Ok(generation) if self.until.is_none() && generation != table.generation => {
                Err(Ended::MovedOn)
            }
            Ok(_) => Ok(()),
            Err(error) => self.retry(self.position(), error.into()).await,
        }
    }

    fn query(&self, from: Position) -> LogQuery {
        LogQuery::after(from)
            .filter(self.filter.clone())
            .page(self.options.page)
    }

    pub(super) fn kept(&self) -> Result<&dyn SubscriptionStore, ReadModelError> {
        self.store.subscriptions().ok_or(ReadModelError::NotKept)
    }

    /// Whether the log is the one the checkpoints are of.
    async fn check_log(&mut self) -> Result<LogId, Ended> {
        loop {
            match self.marks_hold().await {
                Ok(log) => return Ok(log),
                Err(ReadModelError::Store(error)) => {
                    self.retry(self.position(), error.into()).await?
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn marks_hold(&self) -> Result<LogId, ReadModelError> {
        let log = self.store.log_id().await?;
        for checkpoint in &self.checkpoints {
            match checkpoint.mark.check(&*self.store).await {
                Ok(()) => {}
                Err(crate::store::MarkError::Store(error)) => return Err(error.into()),
                Err(source) => {
                    let read_model = V::INFO.name;
                    return Err(ReadModelError::Log { read_model, source });
                }
            }
        }
        Ok(log)
    }

    /// Renews the lease when a third of it has passed.
    pub(super) async fn hold_on(&mut self, from: Position) -> Result<(), Ended> {
        if self.renewed.elapsed() <= self.options.lease / 3 {
            return Ok(());
        }
        loop {
            // The lease counts from before the store was asked, however long its answer takes.
            let began = Instant::now();
            let renewed = self.kept()?.renew(&self.lease, self.options.lease).await;
            match renewed {
                Ok(checkpoints) => {
                    self.checkpoints = checkpoints;
                    self.renewed = began;
                    return Ok(());
                }
                Err(LeaseError::Store(error)) => self.retry(from, error.into()).await?,
                Err(lost) => return Err(lost.into()),
            }
        }
    }

    /// Asks for event types as well that this program does not know, where an aggregate has some: by
    /// the filter alone they would be passed over. True if there were any: what was read before may
    /// lack them.
    async fn widened(&mut self) -> Result<bool, Ended> {
        let mut new = Vec::new();
        let decoders = self.folder.decoders.clone();
        for known in decoders.aggregates() {
            let seen = loop {
                match self.store.seen_versions(known.info().name).await {
                    Ok(seen) => break seen,
                    Err(error) => self.retry(self.position(), error.into()).await?,
                }
            };
            let types = seen.iter().map(|it| &*it.event_type);
            new.extend(types.filter(|it| !known.knows(it)).map(str::to_owned));
        }
        new.retain(|it| !self.filter.event_types.contains(it));
        let widened = !new.is_empty();
        self.filter.event_types.extend(new);
        Ok(widened)
    }

    /// Nothing to do here: goes on behind it, or waits for more.
    async fn idle(&mut self, from: &mut Position, page: &LogPage) -> Result<(), Ended> {
        *from = page.next;
        if page.more || self.until.is_some_and(|until| until <= *from) {
            return Ok(());
        }
        self.backoff.reset();
        self.progress
            .at(self.lease.partition, *from, PartitionState::Live);
        if self.marked.elapsed() > IDLE_MARK && self.position() < *from {
            match LogMark::at(&*self.store, *from).await {
                Ok(mark) => drop(self.advance(*from, Folded::default(), mark).await?),
                Err(error) => self.retry(*from, error.into()).await?,
            }
        }
        let wait = LOOK_AGAIN.min(self.options.lease / 3);
        unless_stopped(&self.stop, self.store.wait_for_append(*from, wait)).await;
        Ok(())
    }

    /// Says what is wrong, and waits; an error if it was told to stop, or there is no hope.
    pub(super) async fn retry(
        &mut self,
        from: Position,
        error: ReadModelError,
    ) -> Result<(), Ended> {
        if let ReadModelError::Store(error) = &error
            && !error.is_retryable()
        {
            return Err(Ended::Failed(error.clone().into()));
        }
        let state = PartitionState::Retrying {
            error: chain(&error),
        };
        self.progress.at(self.lease.partition, from, state);
        self.pause().await;
        if self.is_stopped() {
            return Err(Ended::Stopped);
        }
        Ok(())
    }

    async fn wait_holding(&mut self, from: Position, held: DecodeError) {
        let read_model = V::INFO.name;
        let state = PartitionState::Holding {
            error: chain(&ReadModelError::Held {
                read_model,
                source: held,
            }),
        };
        self.progress.at(self.lease.partition, from, state);
        self.pause().await;
    }

    async fn pause(&mut self) {
        let pause = self.backoff.next().min(self.options.lease / 3);
        unless_stopped(&self.stop, sleep(pause)).await;
    }
}
