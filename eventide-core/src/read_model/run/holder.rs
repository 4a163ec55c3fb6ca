//! Who works on a partition: by which lease, how far it is, and what it does when the store is away.

use std::pin::pin;
use std::sync::Arc;

use futures_util::future::{Either, select};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::backoff::{Backoff, unless_stopped};
use super::options::ReadModelOptions;
use super::progress::{PartitionState, Progress};
use crate::ids::{LogId, Position};
use crate::read_model::ReadModelError;
use crate::read_model::error::chain;
use crate::schema::DecodeError;
use crate::store::{
    Advance, LogMark, MarkError, Store, StoreError, StoreErrorKind, SubscriptionStore,
};
use crate::subscription::{Checkpoint, Claimed, Lease, LeaseError, Slice};

/// The holder of a partition.
pub(crate) struct Holder {
    pub(crate) read_model: &'static str,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) options: ReadModelOptions,
    pub(super) progress: Progress,
    pub(crate) stop: watch::Receiver<bool>,
    pub(crate) lease: Lease,
    pub(crate) checkpoints: Vec<Checkpoint>,
    pub(super) renewed: Instant,
    pub(super) marked: Instant,
    pub(super) backoff: Backoff,
}

/// Why the work on a partition ended.
#[derive(Debug)]
pub(crate) enum Ended {
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

impl Holder {
    pub(super) fn new(
        read_model: &'static str,
        store: Arc<dyn Store>,
        options: ReadModelOptions,
        (progress, stop): (Progress, watch::Receiver<bool>),
        claimed: Claimed,
    ) -> Self {
        let now = Instant::now();
        Self {
            read_model,
            store,
            options,
            progress,
            stop,
            lease: claimed.lease,
            checkpoints: claimed.checkpoints,
            renewed: now,
            marked: now,
            backoff: Backoff::new(),
        }
    }

    /// Gives the lease back.
    pub(crate) async fn release(&self) {
        self.progress.gone(self.lease.partition);
        if let Some(kept) = self.store.subscriptions() {
            // What cannot be given back runs out.
            let _ = kept.release(&self.lease).await;
        }
    }

    pub(crate) fn position(&self) -> Position {
        let marks = self.checkpoints.iter().map(|at| at.mark.position());
        marks.min().unwrap_or(Position::START)
    }

    pub(crate) fn is_stopped(&self) -> bool {
        *self.stop.borrow()
    }

    pub(crate) fn kept(&self) -> Result<&dyn SubscriptionStore, ReadModelError> {
        self.store.subscriptions().ok_or(ReadModelError::NotKept)
    }

    /// Whether the log is the one the checkpoints are of.
    pub(super) async fn check_log(&mut self) -> Result<LogId, Ended> {
        loop {
            match self.marks_hold().await {
                Ok(log) => return Ok(log),
                Err(ReadModelError::Store(error)) => {
                    self.retry(self.position(), error.into()).await?;
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
                Err(MarkError::Store(error)) => return Err(error.into()),
                Err(source) => {
                    let read_model = self.read_model;
                    return Err(ReadModelError::Log { read_model, source });
                }
            }
        }
        Ok(log)
    }

    /// Renews the lease when a third of it has passed.
    pub(crate) async fn hold_on(&mut self, from: Position) -> Result<(), Ended> {
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

    /// Does work that may take longer than the lease, which is renewed meanwhile.
    pub(crate) async fn hold_during<T>(
        &mut self,
        work: impl Future<Output = T> + Send,
    ) -> Result<T, Ended> {
        let mut work = pin!(work);
        loop {
            let tick = pin!(sleep(self.options.lease / 3));
            match select(work.as_mut(), tick).await {
                Either::Left((done, _)) => return Ok(done),
                Either::Right(_) => {
                    let began = Instant::now();
                    match self.kept()?.renew(&self.lease, self.options.lease).await {
                        Ok(_) => self.renewed = began,
                        // The next one may succeed; the work's own write tells in any case.
                        Err(LeaseError::Store(_)) => {}
                        Err(lost) => return Err(lost.into()),
                    }
                }
            }
        }
    }

    /// Writes a step, however often it takes. Gives what the database refuses about it, if it does.
    pub(crate) async fn advance(
        &mut self,
        from: Position,
        advance: &Advance,
    ) -> Result<Option<StoreError>, Ended> {
        let tried = self.kept()?.advance(advance).await;
        self.advance_after(from, advance, tried).await
    }

    /// The same, after the first try came to this.
    pub(crate) async fn advance_after(
        &mut self,
        from: Position,
        advance: &Advance,
        mut tried: Result<(), LeaseError>,
    ) -> Result<Option<StoreError>, Ended> {
        loop {
            match tried {
                Ok(()) => break,
                Err(LeaseError::Store(error)) if error.kind() == StoreErrorKind::Constraint => {
                    return Ok(Some(error));
                }
                Err(LeaseError::Store(error)) => self.retry(from, error.into()).await?,
                Err(lost) => return Err(lost.into()),
            }
            // Its answer may be what was lost.
            if self.came_to(from, advance).await? {
                break;
            }
            tried = self.kept()?.advance(advance).await;
        }
        self.advanced(advance);
        Ok(None)
    }

    /// Whether the partition is where a step was to bring it: asked when its answer was lost.
    pub(crate) async fn came_to(
        &mut self,
        from: Position,
        advance: &Advance,
    ) -> Result<bool, Ended> {
        let Some(to) = advance.to else {
            return Ok(false);
        };
        loop {
            let renewed = self.kept()?.renew(&self.lease, self.options.lease).await;
            match renewed {
                Ok(checkpoints) => {
                    let mut all = checkpoints.iter();
                    return Ok(all.all(|at| at.mark.position() >= to.position()));
                }
                Err(LeaseError::Store(error)) => self.retry(from, error.into()).await?,
                Err(lost) => return Err(lost.into()),
            }
        }
    }

    /// Notes that so many events were handled, and letters written.
    pub(crate) fn done(&self, events: usize, parked: usize) {
        self.progress.meter().done(events as u64, parked as u64);
    }

    /// Whether the partition has the slice.
    pub(crate) fn has(&self, slice: Slice) -> bool {
        let mut all = self.checkpoints.iter();
        all.any(|at| at.slices.contains(slice))
    }

    /// Notes that a step was written.
    pub(crate) fn advanced(&mut self, advance: &Advance) {
        self.backoff.reset();
        self.marked = Instant::now();
        let Some(to) = advance.to else { return };
        for checkpoint in &mut self.checkpoints {
            if checkpoint.mark.position() < to.position() {
                checkpoint.mark = to;
            }
        }
        let (partition, position) = (self.lease.partition, to.position());
        self.progress
            .at(partition, position, PartitionState::CatchingUp);
    }

    /// Moves the partition, and nothing else.
    pub(super) async fn mark(&mut self, from: Position, mark: LogMark) -> Result<(), Ended> {
        let advance = Advance::new(self.lease.clone(), Some(mark));
        match self.advance(from, &advance).await? {
            None => Ok(()),
            Some(refused) => Err(Ended::Failed(refused.into())),
        }
    }

    /// Says what is wrong, and waits; an error if it was told to stop, or there is no hope.
    pub(crate) async fn retry(
        &mut self,
        from: Position,
        error: ReadModelError,
    ) -> Result<(), Ended> {
        if let ReadModelError::Store(error) = &error
            && !error.is_retryable()
        {
            return Err(Ended::Failed(error.clone().into()));
        }
        self.wait_retrying(from, chain(&error)).await
    }

    /// Says what did not succeed, and waits; an error if it was told to stop.
    pub(crate) async fn wait_retrying(
        &mut self,
        from: Position,
        error: String,
    ) -> Result<(), Ended> {
        self.progress.meter().retried();
        let state = PartitionState::Retrying { error };
        self.progress.at(self.lease.partition, from, state);
        self.pause().await;
        if self.is_stopped() {
            return Err(Ended::Stopped);
        }
        Ok(())
    }

    pub(super) async fn wait_holding(&mut self, from: Position, source: DecodeError) {
        let read_model = self.read_model;
        let state = PartitionState::Holding {
            error: chain(&ReadModelError::Held { read_model, source }),
        };
        self.progress.at(self.lease.partition, from, state);
        self.pause().await;
    }

    async fn pause(&mut self) {
        let pause = self.backoff.next().min(self.options.lease / 3);
        unless_stopped(&self.stop, sleep(pause)).await;
    }
}
