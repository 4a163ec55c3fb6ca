//! What a read model could not handle: looking at it, trying again, dropping it.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use super::info::{ReadModelInfo, subscription};
use super::run::ReadModelOptions;
use super::{ReadModelError, units};
use crate::envelope::RecordedEvent;
use crate::ids::Position;
use crate::store::{
    Advance, LogQuery, PageSize, Store, StoreError, StoreErrorKind, SubscriptionStore,
};
use crate::subscription::{
    Checkpoint, Claimed, DeadLetter, Decision, Lease, ParkedKey, Slice, SubscriptionName,
};

/// How many letters are read at once.
const PAGE: u32 = 100;

/// A read model whose parked keys can be tried again.
#[async_trait]
pub(crate) trait Retry: Send + Sync {
    fn info(&self) -> ReadModelInfo;

    fn has_generations(&self) -> bool;

    /// Begins to try letters of this subscription again.
    async fn begin(
        &self,
        kept: &dyn SubscriptionStore,
    ) -> Result<(SubscriptionName, Box<dyn Retrying>), ReadModelError>;
}

/// Tries letters of one key again.
#[async_trait]
pub(crate) trait Retrying: Send {
    /// Does with the letter's event what there is to do, and removes the letter in the same step.
    /// Why it failed again, if it did.
    async fn retry(
        &mut self,
        kept: &dyn SubscriptionStore,
        lease: &Lease,
        letter: &DeadLetter,
        recorded: &RecordedEvent,
    ) -> Result<Option<String>, ReadModelError>;
}

/// The parked keys of a read model, and what can be done about them; from
/// [`App::parked`](crate::App::parked) and [`Projector::parked`](crate::projection::Projector::parked).
///
/// To try again or to drop, it takes the key's partition over for that while: whoever works on it
/// goes on afterwards, from where it was.
pub struct Parked {
    store: Arc<dyn Store>,
    of: Box<dyn Retry>,
    options: ReadModelOptions,
}

/// What came of trying a parked key again.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Retried {
    /// Nothing of it is parked any more.
    Done {
        /// How many letters were handled.
        letters: u64,
    },
    /// One of its letters failed again; those before it were handled.
    StillParked {
        /// How many were handled.
        letters: u64,
        /// Which one failed.
        at: Position,
        /// Why, each cause on a line of its own.
        error: String,
    },
}

impl Parked {
    pub(crate) fn new(store: Arc<dyn Store>, of: impl Retry + 'static) -> Self {
        Self {
            store,
            of: Box::new(of),
            options: ReadModelOptions::default(),
        }
    }

    fn kept(&self) -> Result<&dyn SubscriptionStore, ReadModelError> {
        self.store.subscriptions().ok_or(ReadModelError::NotKept)
    }

    async fn name(&self) -> Result<SubscriptionName, ReadModelError> {
        subscription(&self.of.info(), self.of.has_generations(), self.kept()?).await
    }

    /// Parked keys, sorted, after the key `after`, at most `limit` of them, each with the error that
    /// parked it.
    ///
    /// # Errors
    /// The store cannot do it now.
    pub async fn keys(
        &self,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<ParkedKey>, ReadModelError> {
        let kept = self.kept()?;
        Ok(kept.parked_keys(&self.name().await?, after, limit).await?)
    }

    /// The letters of a parked key, in the order of the log, after that position, at most `limit`
    /// of them.
    ///
    /// # Errors
    /// The store cannot do it now.
    pub async fn letters(
        &self,
        key: &str,
        after: Position,
        limit: u32,
    ) -> Result<Vec<DeadLetter>, ReadModelError> {
        let kept = self.kept()?;
        Ok(kept.letters(&self.name().await?, key, after, limit).await?)
    }

    /// Tries the letters of a key again, in their order, until one fails.
    ///
    /// # Errors
    /// The store, or a service that an upcaster asks, cannot do it now; somebody took the partition
    /// over meanwhile. What was handled until then is.
    pub async fn retry(&self, key: &str) -> Result<Retried, ReadModelError> {
        // Once: another generation may serve at any time.
        let (name, mut retrying) = self.of.begin(self.kept()?).await?;
        let claimed = self.take_over(name, key).await?;
        let retried = self.retry_all(&claimed.lease, &mut *retrying, key).await;
        // What cannot be given back runs out.
        let _ = self.kept()?.release(&claimed.lease).await;
        retried
    }

    /// Drops the first letter of a key, and records who decided so and why. The event stays in the
    /// log; this read model never sees it. Those behind it are tried by [`retry`](Self::retry). Gives the
    /// letter, if there was one.
    ///
    /// # Errors
    /// The store cannot do it now.
    pub async fn drop_first(
        &self,
        key: &str,
        reason: &str,
        by: &str,
    ) -> Result<Option<DeadLetter>, ReadModelError> {
        let claimed = self.take_over(self.name().await?, key).await?;
        let dropped = self.drop_of(&claimed.lease, key, (reason, by)).await;
        let _ = self.kept()?.release(&claimed.lease).await;
        dropped
    }

    /// The decisions that dropped letters of this read model, the latest first, at most `limit` of them.
    ///
    /// # Errors
    /// The store cannot do it now.
    pub async fn decisions(&self, limit: u32) -> Result<Vec<Decision>, ReadModelError> {
        let kept = self.kept()?;
        Ok(kept.decisions(&self.name().await?, limit).await?)
    }

    async fn drop_of(
        &self,
        lease: &Lease,
        key: &str,
        (reason, by): (&str, &str),
    ) -> Result<Option<DeadLetter>, ReadModelError> {
        let name = lease.subscription.clone();
        let first = self.kept()?.letters(&name, key, Position::START, 1).await?;
        let Some(letter) = first.into_iter().next() else {
            return Ok(None);
        };
        let mut advance = Advance::new(lease.clone(), None);
        advance.dropped = vec![Decision::drop_letter(name, letter.clone(), reason, by)];
        self.kept()?.advance(&advance).await?;
        Ok(Some(letter))
    }

    /// Claims the partition of a key, whoever holds it.
    async fn take_over(
        &self,
        name: SubscriptionName,
        key: &str,
    ) -> Result<Claimed, ReadModelError> {
        let slice = Slice::of(units::key_of(key).unwrap_or(key));
        take_over(self.kept()?, &name, slice, &self.options).await
    }

    async fn retry_all(
        &self,
        lease: &Lease,
        retrying: &mut dyn Retrying,
        key: &str,
    ) -> Result<Retried, ReadModelError> {
        let kept = self.kept()?;
        let name = lease.subscription.clone();
        let mut handled = 0;
        loop {
            let letters = kept.letters(&name, key, Position::START, PAGE).await?;
            if letters.is_empty() {
                return Ok(Retried::Done { letters: handled });
            }
            for letter in letters {
                kept.renew(lease, self.options.lease).await?;
                let recorded = self.event(&letter).await?;
                let failed = retrying.retry(kept, lease, &letter, &recorded).await?;
                if let Some(error) = failed {
                    let attempts = letter.attempts.saturating_add(1);
                    let id = letter.id.clone();
                    let mut advance = Advance::new(lease.clone(), None);
                    advance.parked = vec![DeadLetter::failed(id, letter.event, &error, attempts)];
                    kept.advance(&advance).await?;
                    let at = letter.id.position;
                    let letters = handled;
                    return Ok(Retried::StillParked { letters, at, error });
                }
                handled += 1;
            }
        }
    }

    /// The event of a letter, from the log.
    async fn event(&self, letter: &DeadLetter) -> Result<RecordedEvent, ReadModelError> {
        let before = letter.id.position.as_raw().saturating_sub(1);
        let query = LogQuery::after(Position::from_raw(before)).page(PageSize::new(1));
        let page = self.store.read_log(query).await?;
        let found = page.events.into_iter().next();
        found
            .filter(|event| event.id == letter.event)
            .ok_or_else(|| {
                let why = format_args!(
                    "event {} of a dead letter is not at position {} of the log",
                    letter.event, letter.id.position
                );
                StoreError::new(StoreErrorKind::Corrupt, why).into()
            })
    }
}

/// Claims the partition that has the slice, whoever holds it.
pub(crate) async fn take_over(
    kept: &dyn SubscriptionStore,
    name: &SubscriptionName,
    slice: Slice,
    options: &ReadModelOptions,
) -> Result<Claimed, ReadModelError> {
    let holds = |checkpoints: &[Checkpoint]| {
        let mut of = checkpoints.iter();
        of.any(|at| at.slices.contains(slice))
    };
    let ReadModelOptions { worker, lease, .. } = options;
    loop {
        let status = kept.subscription(name).await?;
        let partitions = status.map(|status| status.partitions).unwrap_or_default();
        let mut of = partitions.iter();
        let Some(of) = of.find(|partition| holds(&partition.checkpoints)) else {
            let why = format_args!("`{name}` was never run on this store");
            return Err(StoreError::new(StoreErrorKind::Other, why).into());
        };
        let claimed = kept.take_over(name, of.partition, worker, *lease).await?;
        // Divided anew since it was looked for, the key is in another one.
        match claimed {
            Some(claimed) if holds(&claimed.checkpoints) => return Ok(claimed),
            Some(other) => kept.release(&other.lease).await?,
            None => {}
        }
    }
}

impl fmt::Debug for Parked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parked")
            .field("of", &self.of.info().name)
            .finish_non_exhaustive()
    }
}
