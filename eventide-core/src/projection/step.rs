//! One step of a partition: events handled, and the checkpoint moved with what they wrote.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::batch::Batch;
use super::failure::{Failure, OnFailure};
use super::handled::Projection;
use super::page::{self, Ready};
use super::target::{AttemptError, Target, TransactionStore};
use crate::aggregate::BoxError;
use crate::envelope::RecordedEvent;
use crate::ids::{LogId, Position};
use crate::read_model::decoders::Decoders;
use crate::read_model::error::chain;
use crate::read_model::run::{Ended, Holder, Work};
use crate::read_model::{ReadModel, ReadModelError, units};
use crate::schema::{DecodeError, Lookups};
use crate::store::{Advance, LogMark, LogPage, StoreError, SubscriptionStore};
use crate::subscription::{DeadLetter, LeaseError, SubscriptionName};

/// Handles the events of one partition.
pub(crate) struct Handler<P: Projection, S> {
    pub(super) projection: Arc<P>,
    pub(super) target: Arc<dyn TransactionStore<P::Target>>,
    pub(super) decoders: Arc<Decoders<P, S>>,
    pub(super) services: Arc<S>,
    pub(super) name: SubscriptionName,
    pub(super) lookups: Lookups,
    /// Whether some stream may be parked.
    pub(super) any_parked: bool,
}

/// What became of events.
enum Tried {
    Done,
    /// There are several, and one of them failed.
    Divide,
    /// The one there is failed.
    Failed(BoxError),
}

impl<P: Projection, S: Send + Sync + 'static> Work for Handler<P, S> {
    /// If one of many events fails, each half of them is taken on its own, until it is known which
    /// it is.
    async fn take(
        &mut self,
        holder: &mut Holder,
        log: LogId,
        page: &Arc<LogPage>,
        from: Position,
    ) -> Result<Option<DecodeError>, Ended> {
        let mut left = vec![&*page.events];
        let mut attempts = 0;
        while let Some(events) = left.pop() {
            holder.hold_on(from).await?;
            let ready = self.decode(holder, events, from).await?;
            let (taken, _) = events.split_at(ready.taken.min(events.len()));
            let Some(last) = taken.last() else {
                return Ok(ready.held);
            };
            let mut advance = Advance::new(holder.lease.clone(), None);
            advance.to = Some(LogMark::new(log, last.position, Some(last.id)));
            advance.parked = ready.parked;
            let parts = ready.parts.into_iter();
            let handled = parts.filter_map(|(at, parts)| Some((taken.get(at)?.clone(), parts)));
            let batch = Arc::new(Batch::new(self.projection.clone(), handled.collect()));
            match self.attempt(holder, from, &advance, &batch).await? {
                Tried::Done => attempts = 0,
                Tried::Divide => {
                    let (one, other) = events.split_at(taken.len().div_ceil(2));
                    left.extend([other, one]);
                    continue;
                }
                Tried::Failed(error) => {
                    attempts += 1;
                    let Some(recorded) = batch.first() else {
                        return Err(ReadModelError::NotKept.into());
                    };
                    match self.decide(holder, recorded, &error, attempts) {
                        OnFailure::Retry => {
                            holder.wait_retrying(from, chain(&*error)).await?;
                            left.push(events);
                            continue;
                        }
                        OnFailure::Stop => return Err(stopped::<P>(recorded, error)),
                        OnFailure::Park => {}
                    }
                    let letter = page::failed(recorded, &chain(&*error), attempts);
                    attempts = 0;
                    advance.parked.push(letter);
                    self.park(taken, recorded, &mut advance.parked);
                    if let Some(refused) = holder.advance(from, &advance).await? {
                        return Err(ReadModelError::from(refused).into());
                    }
                }
            }
            self.any_parked |= !advance.parked.is_empty();
            holder.done(batch.len(), advance.parked.len());
            if ready.held.is_some() {
                return Ok(ready.held);
            }
        }
        Ok(None)
    }

    async fn settle(&mut self, _: &mut Holder) -> Result<Option<DecodeError>, Ended> {
        Ok(None)
    }

    async fn serves(&self, _: &dyn SubscriptionStore) -> Result<bool, StoreError> {
        Ok(true)
    }
}

impl<P: Projection, S: Send + Sync + 'static> Handler<P, S> {
    /// Tries until it is done or a handler fails.
    async fn attempt(
        &self,
        holder: &mut Holder,
        from: Position,
        advance: &Advance,
        batch: &Arc<Batch<P>>,
    ) -> Result<Tried, Ended> {
        if batch.len() == 0 {
            return match holder.advance(from, advance).await? {
                None => Ok(Tried::Done),
                Some(refused) => Err(ReadModelError::from(refused).into()),
            };
        }
        loop {
            let work = self.target.advance_with(advance, batch.clone());
            let done = if P::Target::TRANSACTIONAL {
                work.await
            } else {
                holder.hold_during(work).await?
            };
            match done {
                Ok(()) => break,
                Err(AttemptError::Failed(_)) if batch.len() > 1 => return Ok(Tried::Divide),
                Err(AttemptError::Failed(error)) => return Ok(Tried::Failed(error)),
                Err(AttemptError::Lease(LeaseError::Store(error))) => {
                    holder.retry(from, error.into()).await?;
                }
                Err(AttemptError::Lease(lost)) => return Err(lost.into()),
            }
            // Its answer may be what was lost.
            if holder.came_to(from, advance).await? {
                break;
            }
        }
        holder.advanced(advance);
        Ok(Tried::Done)
    }

    /// What becomes of an event that failed so often.
    fn decide(
        &self,
        holder: &Holder,
        recorded: &RecordedEvent,
        error: &BoxError,
        attempts: u32,
    ) -> OnFailure {
        if attempts < holder.options.attempts {
            return OnFailure::Retry;
        }
        let failure = Failure {
            recorded,
            error,
            attempts,
        };
        let decided = catch_unwind(AssertUnwindSafe(|| self.projection.on_failure(&failure)));
        // Who cannot decide has not decided to go on without the event.
        decided.unwrap_or(OnFailure::Stop)
    }

    /// Parks what is behind an event in its stream, among those taken with it.
    fn park(&self, taken: &[RecordedEvent], first: &RecordedEvent, parked: &mut Vec<DeadLetter>) {
        let behind = taken
            .iter()
            .filter(|it| it.stream == first.stream && it.position > first.position);
        for recorded in behind.filter(|it| self.decoders.of(it).is_some()) {
            let letter = page::waiting(recorded);
            if parked.iter().all(|other| other.id != letter.id) {
                parked.push(letter);
            }
        }
    }

    async fn decode(
        &mut self,
        holder: &mut Holder,
        events: &[RecordedEvent],
        from: Position,
    ) -> Result<Ready<P>, Ended> {
        loop {
            let parked = match self.parked(holder.kept()?, events).await {
                Ok(parked) => parked,
                Err(error) => {
                    holder.retry(from, error.into()).await?;
                    continue;
                }
            };
            let (with, checkpoints) = ((&*self.decoders, &*self.services), &*holder.checkpoints);
            let lookups = &mut self.lookups;
            let ready = page::decode(with, lookups, events, Some(checkpoints), parked).await;
            match ready {
                Ok(ready) => return Ok(ready),
                Err(source) => {
                    let read_model = P::INFO.name;
                    let held = ReadModelError::Held { read_model, source };
                    holder.retry(from, held).await?;
                    holder.hold_on(from).await?;
                }
            }
        }
    }

    /// The streams of these events that are parked.
    async fn parked(
        &self,
        kept: &dyn SubscriptionStore,
        events: &[RecordedEvent],
    ) -> Result<HashSet<String>, StoreError> {
        if !self.any_parked {
            return Ok(HashSet::new());
        }
        let streams: HashSet<_> = events.iter().map(units::of_stream).collect();
        let streams: Vec<_> = streams.into_iter().collect();
        let parked = kept.parked_among(&self.name, &streams).await?;
        Ok(parked.into_iter().collect())
    }
}

fn stopped<P: Projection>(recorded: &RecordedEvent, source: BoxError) -> Ended {
    let stopped = ReadModelError::Stopped {
        read_model: <P as ReadModel>::INFO.name,
        event_type: recorded.event_type.to_string(),
        position: recorded.position,
        source,
    };
    stopped.into()
}
