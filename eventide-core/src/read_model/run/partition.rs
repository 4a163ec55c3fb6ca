//! Working on one partition, as long as its lease lasts.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::backoff::unless_stopped;
use super::duty::{Duty, Work};
use super::holder::{Ended, Holder};
use super::progress::PartitionState;
use super::reading::Reading;
use crate::ids::Position;
use crate::read_model::decoders::Decoders;
use crate::read_model::{Kind, ReadModel, ReadModelError};
use crate::store::{LogFilter, LogMark, LogPage, StoreError, StoreErrorKind};

/// How often a partition at most says how far it has looked, though nothing there was for it: whoever
/// [waits](crate::App::wait_for) for it has to know, and a start anew.
const IDLE_MARK: Duration = Duration::from_millis(200);

/// How long a wait for an append lasts at most.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// A partition, and the work on it.
pub(crate) struct Partition<D: Duty> {
    pub(crate) holder: Holder,
    pub(crate) work: D::Work,
    decoders: Arc<Decoders<D::ReadModel, D::Services>>,
    filter: LogFilter,
    reading: Reading,
    /// Where its work ends, if it is not the generation that serves: one that is built beside it.
    pub(crate) until: Option<Position>,
    /// How long it rests after each page.
    pub(crate) rest: Duration,
}

impl<D: Duty> Partition<D> {
    pub(super) fn new(duty: &D, holder: Holder, work: D::Work, reading: Reading) -> Self {
        let decoders = duty.decoders().clone();
        let mut filter = decoders.filter();
        if !<<D::ReadModel as ReadModel>::Kind as Kind>::GENERATIONS {
            filter.stream.clone_from(&holder.options.stream);
        }
        Self {
            holder,
            work,
            filter,
            reading,
            decoders,
            until: None,
            rest: Duration::ZERO,
        }
    }

    /// Works until it is stopped, or has to end. The lease is given back if it is still held.
    pub(super) async fn work(mut self) -> Ended {
        let ended = match self.run().await {
            Ok(()) => Ended::Stopped,
            Err(ended) => ended,
        };
        self.holder.progress.gone(self.holder.lease.partition);
        if !matches!(ended, Ended::Lost) {
            self.holder.release().await;
        }
        ended
    }

    /// Works until all up to `end` is done, and says so in its checkpoint.
    pub(crate) async fn run_to_end(&mut self, end: Position) -> Result<(), Ended> {
        self.run().await?;
        let holder = &mut self.holder;
        if holder.position() < end {
            let mark = loop {
                match LogMark::at(&*holder.store, end).await {
                    Ok(mark) => break mark,
                    Err(error) => holder.retry(end, error.into()).await?,
                }
            };
            let mark = LogMark::new(mark.log(), end, mark.event());
            holder.mark(end, mark).await?;
        }
        Ok(())
    }

    /// Works until it is stopped, or has done what it was to do.
    async fn run(&mut self) -> Result<(), Ended> {
        let log = self.holder.check_log().await?;
        let mut from = self.holder.position();
        let mut ahead: Option<JoinHandle<Result<Arc<LogPage>, StoreError>>> = None;
        while !self.holder.is_stopped() && self.until.is_none_or(|until| from < until) {
            self.holder.hold_on(from).await?;
            self.serves().await?;
            let read = match ahead.take() {
                Some(ahead) => ahead.await.unwrap_or_else(|error| {
                    let why = format_args!("the reading of a page ended: {error}");
                    Err(StoreError::new(StoreErrorKind::Unavailable, why))
                }),
                None => self.reading.after(from, &self.filter, self.until).await,
            };
            let page = match read {
                Ok(page) => page,
                Err(error) => {
                    self.holder.retry(from, error.into()).await?;
                    continue;
                }
            };
            if self.widened().await? {
                continue;
            }
            if page.more {
                let next = self.reading.after(page.next, &self.filter, self.until);
                ahead = Some(tokio::spawn(next));
            }
            let holder = &mut self.holder;
            let taken = if page.events.is_empty() {
                self.work.settle(holder).await?
            } else {
                self.work.take(holder, log, &page, from).await?
            };
            let Some(held) = taken else {
                if page.events.is_empty() {
                    self.idle(&mut from, &page).await?;
                    continue;
                }
                from = page.next;
                if !self.rest.is_zero() {
                    unless_stopped(&self.holder.stop, sleep(self.rest)).await;
                }
                continue;
            };
            if self.until.is_some() {
                let read_model = self.holder.read_model;
                let source = held;
                return Err(ReadModelError::Held { read_model, source }.into());
            }
            // What was read ahead is behind the event that holds.
            ahead = None;
            from = self.holder.position();
            self.holder.wait_holding(from, held).await;
        }
        // What it may hold before is met again by whoever goes on.
        self.work.settle(&mut self.holder).await?;
        Ok(())
    }

    /// Ends the work of a generation that no longer serves.
    async fn serves(&mut self) -> Result<(), Ended> {
        if self.until.is_some() {
            return Ok(());
        }
        match self.work.serves(self.holder.kept()?).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Ended::MovedOn),
            Err(error) => {
                let from = self.holder.position();
                self.holder.retry(from, error.into()).await
            }
        }
    }

    /// Asks for event types as well that this program does not know, where an aggregate has some: by
    /// the filter alone they would be passed over. True if there were any: what was read before may
    /// lack them.
    async fn widened(&mut self) -> Result<bool, Ended> {
        let mut new = Vec::new();
        let decoders = self.decoders.clone();
        for known in decoders.aggregates() {
            let seen = loop {
                let seen = self.holder.store.seen_versions(known.info().name).await;
                match seen {
                    Ok(seen) => break seen,
                    Err(error) => {
                        let from = self.holder.position();
                        self.holder.retry(from, error.into()).await?;
                    }
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
        let holder = &mut self.holder;
        *from = page.next;
        if page.more || self.until.is_some_and(|until| until <= *from) {
            return Ok(());
        }
        holder.backoff.reset();
        holder
            .progress
            .at(holder.lease.partition, *from, PartitionState::Live);
        if holder.marked.elapsed() > IDLE_MARK && holder.position() < *from {
            match LogMark::at(&*holder.store, *from).await {
                Ok(mark) => holder.mark(*from, mark).await?,
                Err(error) => holder.retry(*from, error.into()).await?,
            }
        }
        let wait = LOOK_AGAIN.min(holder.options.lease / 3);
        unless_stopped(&holder.stop, holder.store.wait_for_append(*from, wait)).await;
        Ok(())
    }
}
