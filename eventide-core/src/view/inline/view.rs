//! One view that is kept with the appends.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{Instant, sleep};

use crate::ids::{LogId, Position};
use crate::read_model::ReadModelError;
use crate::read_model::error::chain;
use crate::read_model::run::{Duty, Ended, ReadModelOptions, Supervisor};
use crate::store::{Advance, Appending, LogMark, StepError, Store, Within};
use crate::subscription::{Checkpoint, Claimed, DeadLetter, PartitionCount, Slices, WorkerId};
use crate::view::folder::{Folded, NotFolded};
use crate::view::{Generation, View, subscription_of};

/// The views of an application that are kept with its appends.
pub(crate) type InlineViews = Vec<Box<dyn InlineView>>;

/// For how long an append has a partition. Not at all: only that nobody else has it any more counts, and
/// that is over with the transaction.
const TTL: Duration = Duration::ZERO;

/// How long one who is catching up is given before it is looked whether it has.
const PAUSE: Duration = Duration::from_millis(10);

/// How long it may stay where it is. Then it is done here, and what is in the way is told.
const STANDSTILL: Duration = Duration::from_secs(1);

/// A view that is kept with the appends.
#[async_trait]
pub(crate) trait InlineView: Send + Sync {
    fn name(&self) -> &'static str;

    /// Brings it to the end of the log, from wherever it is.
    async fn catch_up(&self, store: &Arc<dyn Store>) -> Result<(), ReadModelError>;

    /// Takes what is being appended, in its transaction.
    async fn take(
        &self,
        within: &Within,
        log: LogId,
        appending: &Appending,
    ) -> Result<Advance, StepError>;
}

/// A view on its generations.
pub(crate) struct Inline<V: View, S> {
    view: Generation<V, S>,
    worker: WorkerId,
}

impl<V: View, S: Send + Sync + 'static> Inline<V, S> {
    pub(crate) fn new(view: Generation<V, S>) -> Self {
        Self {
            view,
            worker: WorkerId::new(),
        }
    }

    fn behind() -> StepError {
        let view = V::INFO.name.to_owned();
        StepError::Behind { view }
    }

    fn refused(reason: String) -> StepError {
        let view = V::INFO.name.to_owned();
        StepError::Refused { view, reason }
    }

    /// Works on the view up to where the log ends now, if nobody else does or it is taken over. Where
    /// somebody does, tells how far that is.
    async fn work(
        &self,
        store: &Arc<dyn Store>,
        takes_over: bool,
    ) -> Result<Option<Position>, ReadModelError> {
        let kept = store.subscriptions().ok_or(ReadModelError::NotKept)?;
        let serving = self.view.serving(kept).await?;
        let options = ReadModelOptions {
            worker: self.worker.clone(),
            ..ReadModelOptions::default()
        };
        let lease = options.lease;
        let supervisor = Supervisor::alone(store.clone(), serving, options);
        supervisor.open().await?;
        let name = supervisor.duty.subscription()?;
        // What is appended to different streams comes one after another in any case.
        kept.divide(&name, PartitionCount::ONE).await?;
        let head = store.head().await?;
        let status = kept.subscription(&name).await?;
        let partitions = status.map(|it| it.partitions).unwrap_or_default();
        let checkpoints = partitions.first().map_or(&[][..], |it| &it.checkpoints);
        if came_to(checkpoints, head) {
            return Ok(None);
        }
        let position = checkpoints.iter().map(|at| at.mark.position()).min();
        let position = position.unwrap_or_default();
        let claimed = if takes_over {
            kept.take_over(&name, 0, &self.worker, lease).await?
        } else {
            kept.claim(&name, &self.worker, lease).await?
        };
        let Some(claimed) = claimed else {
            return Ok(Some(position));
        };
        let mut partition = supervisor.partition(claimed).await?;
        partition.until = Some(head);
        let ended = partition.run_to_end(head).await;
        partition.holder.release().await;
        match ended {
            Ok(()) => Ok(None),
            Err(Ended::Failed(error)) => Err(error),
            // Somebody else goes on with it, or another generation serves.
            Err(Ended::Lost | Ended::Stopped | Ended::MovedOn) => Ok(Some(position)),
        }
    }
}

#[async_trait]
impl<V: View, S: Send + Sync + 'static> InlineView for Inline<V, S> {
    fn name(&self) -> &'static str {
        V::INFO.name
    }

    async fn catch_up(&self, store: &Arc<dyn Store>) -> Result<(), ReadModelError> {
        let (mut since, mut last) = (Instant::now(), Position::START);
        while let Some(position) = self.work(store, since.elapsed() > STANDSTILL).await? {
            if position > last {
                (since, last) = (Instant::now(), position);
            }
            sleep(PAUSE).await;
        }
        Ok(())
    }

    async fn take(
        &self,
        within: &Within,
        log: LogId,
        appending: &Appending,
    ) -> Result<Advance, StepError> {
        let info = V::INFO;
        let generation = within.serving(info.name, info.version).await?;
        let table = info.table(generation);
        let name = subscription_of(&table).map_err(|error| Self::refused(chain(&error)))?;
        let claimed = within.take_over(&name, &self.worker, TTL).await?;
        // Who lets another generation serve holds this one's partition for it.
        if within.serving(info.name, info.version).await? != generation {
            return Err(Self::behind());
        }
        let Some(Claimed {
            lease, checkpoints, ..
        }) = claimed
        else {
            return Err(Self::behind());
        };
        let of_log = checkpoints.iter().all(|at| at.mark.log() == log);
        if !of_log || !came_to(&checkpoints, appending.before) {
            return Err(Self::behind());
        }
        let folder = self.view.of(table.clone()).work(true);
        let mut folder = folder.map_err(|error| Self::refused(chain(&error)))?;
        let taken = folder.fold(within, &appending.events, &checkpoints).await;
        let Folded {
            documents,
            routes,
            parked,
            held,
            ..
        } = taken.map_err(|error| match error {
            NotFolded::Store(error) => StepError::Store(error),
            NotFolded::View(error) => Self::refused(chain(&error)),
            NotFolded::LookUp(error) => Self::refused(chain(&error)),
        })?;
        if let Some(error) = held {
            return Err(Self::refused(chain(&error)));
        }
        // What waits behind something that was parked before may wait: the view is no worse for it.
        let failed = |letter: &DeadLetter| letter.error.clone();
        if let Some(reason) = parked.iter().find_map(failed) {
            return Err(Self::refused(reason));
        }
        let last = appending.events.last();
        let mark = last.map(|last| LogMark::new(log, last.position, Some(last.id)));
        let mut advance = Advance::new(lease, mark);
        advance.table = Some(table);
        advance.documents = documents;
        advance.routes = routes;
        advance.parked = parked;
        Ok(advance)
    }
}

/// Whether these are all of a view, and have come to that position.
fn came_to(checkpoints: &[Checkpoint], position: Position) -> bool {
    let ends = |slices: Slices| (slices.first().get(), slices.last().get());
    let (first, last) = ends(Slices::ALL);
    let mut next = first;
    for at in checkpoints {
        let (from, to) = ends(at.slices);
        if from != next || at.mark.position() < position {
            return false;
        }
        next = to.saturating_add(1);
    }
    next > last
}
