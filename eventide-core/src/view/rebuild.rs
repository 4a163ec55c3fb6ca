//! Building a view anew beside the one that serves, and comparing the two.

use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::time::{Instant, sleep};

use super::difference::{self, Differences};
use super::duty::{Generation, subscription_of};
use super::{View, ViewTable};
use crate::ids::Position;
use crate::read_model::run::figures::instruments;
use crate::read_model::run::{Duty, Ended, Partition, Supervisor};
use crate::read_model::{ReadModelError, ReadModelOptions};
use crate::store::{Store, StoreError, StoreErrorKind, SubscriptionStore};
use crate::subscription::{Claimed, Lease, LeaseError, PartitionCount};

/// How close the new generation comes to the log's end while the old one still works.
const CLOSE: u64 = 1_000;

/// It tells how far it is after so many pages; each is written while the next is folded.
const STRETCH: u64 = 4;

/// How many times it goes on to where the log has come meanwhile, before the old one has to rest.
const ROUNDS: u32 = 20;

/// Builds a view anew; from [`App::rebuild`](crate::App::rebuild).
///
/// The new generation is built beside the one that serves, from the whole log, and takes its place
/// in one step. If it is interrupted, the next one goes on where it was. Appends never wait for it; the
/// generation that serves is served throughout, and rests for the last few events only.
///
/// What was dropped from the dead letters by a decision is tried again.
#[must_use = "nothing is built until `run`"]
pub struct Rebuild<V: View, S> {
    pub(super) store: Arc<dyn Store>,
    pub(super) view: Generation<V, S>,
    pub(super) options: ReadModelOptions,
    rest: Duration,
    told: Box<dyn Fn(RebuildProgress) + Send + Sync>,
}

/// How far a rebuild is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RebuildProgress {
    /// Up to where it has come.
    pub came_to: Position,
    /// Where the log ended when it was last looked at.
    pub head: Position,
    /// How long the rest will take if it goes on like this; `None` while that is not known.
    pub left: Option<Duration>,
}

/// What a rebuild came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rebuilt {
    /// The generation that serves now.
    pub generation: u32,
    /// The one that served before. It is kept until it is [dropped](Rebuild::drop_generation).
    pub before: u32,
}

impl<V: View, S: Send + Sync + 'static> Rebuild<V, S> {
    pub(crate) fn new(store: Arc<dyn Store>, view: Generation<V, S>) -> Self {
        Self {
            store,
            view,
            options: ReadModelOptions::default(),
            rest: Duration::ZERO,
            told: Box::new(|_| ()),
        }
    }

    /// How it works: its lease and pages.
    pub fn options(mut self, options: ReadModelOptions) -> Self {
        self.options = options;
        self
    }

    /// How long it rests after each page, to leave the machine to others. Not at all by default.
    pub fn rest(mut self, rest: Duration) -> Self {
        self.rest = rest;
        self
    }

    /// Is told how far it is, every few pages.
    pub fn progress(mut self, told: impl Fn(RebuildProgress) + Send + Sync + 'static) -> Self {
        self.told = Box::new(told);
        self
    }

    pub(super) fn kept(&self) -> Result<&dyn SubscriptionStore, ReadModelError> {
        self.store.subscriptions().ok_or(ReadModelError::NotKept)
    }

    /// Builds the view anew, and lets the new generation serve.
    ///
    /// # Errors
    /// Another process is at it; an event cannot be read by this program; the store cannot do it now.
    /// The old generation serves on, and what is built is kept for the next try.
    pub async fn run(self) -> Result<Rebuilt, ReadModelError> {
        let kept = self.kept()?;
        let serving = V::INFO.serving(kept).await?;
        let mut shadow = self.shadow(serving.generation + 1).await?;
        let built = self.build(&mut shadow, &serving).await;
        shadow.holder.release().await;
        self.divide_alike(&serving, built?).await?;
        Ok(Rebuilt {
            generation: serving.generation + 1,
            before: serving.generation,
        })
    }

    /// Builds the view anew beside the one that serves, brings both to the same place, and compares
    /// them: documents that differ show a fold that was changed, or a document that was. Nothing
    /// changes for readers.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn diff(self) -> Result<Differences, ReadModelError> {
        let kept = self.kept()?;
        let serving = V::INFO.serving(kept).await?;
        let mut shadow = self.shadow(serving.generation + 1).await?;
        let compared = self.compare(&mut shadow, &serving).await;
        shadow.holder.release().await;
        compared
    }

    /// Drops a generation that does not serve: one that did before a rebuild, or one that was built
    /// for a comparison.
    ///
    /// # Errors
    /// It serves; the store cannot do it now.
    pub async fn drop_generation(self, generation: u32) -> Result<(), ReadModelError> {
        let kept = self.kept()?;
        if V::INFO.serving(kept).await?.generation == generation {
            let name = V::INFO.name;
            let why = format_args!("generation {generation} of view `{name}` serves its readers");
            return Err(StoreError::new(StoreErrorKind::Other, why).into());
        }
        let table = V::INFO.table(generation);
        kept.forget_subscription(&subscription_of(&table)?).await?;
        kept.drop_view(&table).await?;
        Ok(())
    }

    async fn build(
        &self,
        shadow: &mut Partition<Generation<V, S>>,
        serving: &ViewTable,
    ) -> Result<PartitionCount, ReadModelError> {
        self.come_close(shadow).await?;
        for _ in 0..ROUNDS {
            // The old one rests from here: readers must not see the view go back.
            let resting = self.rest_old(serving).await?;
            let served = self.overtake(shadow, serving, &resting).await;
            self.wake_old(&resting).await;
            match served {
                // It did not rest for as long as it had to.
                Err(ReadModelError::Lease(LeaseError::Lost { lease }))
                    if lease.subscription != shadow.holder.lease.subscription => {}
                Err(error) => return Err(error),
                Ok(()) => {
                    let count = u16::try_from(resting.len()).ok();
                    let count = count.and_then(PartitionCount::new);
                    return Ok(count.unwrap_or(PartitionCount::ONE));
                }
            }
        }
        let name = V::INFO.name;
        let why =
            format_args!("others work on view `{name}` while the generation that serves rests");
        Err(StoreError::new(StoreErrorKind::Locked, why).into())
    }

    /// Comes to the end of the log, and lets the new generation serve.
    async fn overtake(
        &self,
        shadow: &mut Partition<Generation<V, S>>,
        serving: &ViewTable,
        resting: &[Claimed],
    ) -> Result<(), ReadModelError> {
        let kept = self.kept()?;
        let head = self.store.head().await?;
        let leases: Vec<_> = resting.iter().map(|it| it.lease.clone()).collect();
        self.while_resting(&leases, self.up_to(shadow, head))
            .await?;
        let ViewTable { name, version, .. } = serving;
        let next = serving.generation + 1;
        // Nor may anybody have gone on since.
        Ok(kept.serve(name, *version, next, &leases).await?)
    }

    /// Does work for which nobody else may go on with the old generation, however long it takes.
    ///
    /// # Errors
    /// The work's own; somebody did go on.
    async fn while_resting<T>(
        &self,
        leases: &[Lease],
        work: impl Future<Output = Result<T, ReadModelError>>,
    ) -> Result<T, ReadModelError> {
        let (kept, lease) = (self.kept()?, self.options.lease);
        let hold_on = async {
            loop {
                sleep(lease / 3).await;
                for resting in leases {
                    // Whether it is lost, is asked at the end.
                    let _ = kept.renew(resting, lease).await;
                }
            }
        };
        let done = match select(pin!(work), pin!(hold_on)).await {
            Either::Left((done, _)) => done?,
            Either::Right((never, _)) => never,
        };
        for resting in leases {
            kept.renew(resting, lease).await?;
        }
        Ok(done)
    }

    /// Divides the new generation as the old one was, so that as many workers share it.
    async fn divide_alike(
        &self,
        before: &ViewTable,
        count: PartitionCount,
    ) -> Result<(), ReadModelError> {
        if !self.view.is_divisible() {
            return Ok(());
        }
        let next = subscription_of(&V::INFO.table(before.generation + 1))?;
        self.kept()?.divide(&next, count).await?;
        Ok(())
    }

    async fn compare(
        &self,
        shadow: &mut Partition<Generation<V, S>>,
        serving: &ViewTable,
    ) -> Result<Differences, ReadModelError> {
        self.come_close(shadow).await?;
        let supervisor = self.supervisor(serving.clone());
        let mut old = Vec::new();
        for claimed in self.rest_old(serving).await? {
            old.push(supervisor.partition(claimed).await?);
        }
        let leases: Vec<_> = old.iter().map(|it| it.holder.lease.clone()).collect();
        let compared = self.while_resting(&leases, async {
            let head = self.store.head().await?;
            for partition in &mut old {
                self.up_to(partition, head).await?;
            }
            self.up_to(shadow, head).await?;
            difference::of(self.kept()?, serving, &shadow.work.table).await
        });
        let compared = compared.await;
        for partition in old {
            partition.holder.release().await;
        }
        compared
    }

    fn supervisor(&self, table: ViewTable) -> Supervisor<Generation<V, S>> {
        Supervisor::alone(
            self.store.clone(),
            self.view.of(table),
            self.options.clone(),
        )
    }

    /// The new generation, as far as it was built. One that other code began is begun anew.
    async fn shadow(&self, generation: u32) -> Result<Partition<Generation<V, S>>, ReadModelError> {
        let kept = self.kept()?;
        let table = V::INFO.table(generation);
        let name = &subscription_of(&table)?;
        let supervisor = self.supervisor(table);
        match supervisor.open().await {
            Ok(()) => {}
            Err(ReadModelError::CodeChanged { .. }) => {
                kept.forget_subscription(name).await?;
                kept.drop_view(&supervisor.duty.table).await?;
                supervisor.open().await?;
            }
            Err(error) => return Err(error),
        }
        // One works on it alone, and so on all of it.
        kept.divide(name, PartitionCount::ONE).await?;
        let ReadModelOptions { worker, lease, .. } = &self.options;
        let claimed = kept.claim(name, worker, *lease).await?;
        let claimed = claimed.ok_or_else(|| {
            let name = V::INFO.name;
            let why = format_args!("view `{name}` is being rebuilt by another process");
            StoreError::new(StoreErrorKind::Locked, why)
        })?;
        let mut partition = supervisor.partition(claimed).await?;
        partition.rest = self.rest;
        Ok(partition)
    }

    /// Works until little is left.
    async fn come_close(
        &self,
        shadow: &mut Partition<Generation<V, S>>,
    ) -> Result<(), ReadModelError> {
        let began = (Instant::now(), shadow.holder.position().as_raw());
        for _ in 0..ROUNDS {
            let head = self.store.head().await?;
            let steps = (self.options.at_once as u64).saturating_mul(STRETCH);
            // In stretches, so that progress is told on the way.
            while shadow.holder.position() < head {
                let next = shadow.holder.position().as_raw().saturating_add(steps);
                self.up_to(shadow, Position::from_raw(next).min(head))
                    .await?;
                let came_to = shadow.holder.position();
                instruments::rebuilding(V::INFO.name, came_to.as_raw());
                let left = remaining(began, came_to, head);
                (self.told)(RebuildProgress {
                    came_to,
                    head,
                    left,
                });
            }
            let behind = self.store.head().await?.as_raw() - head.as_raw();
            if behind <= CLOSE {
                return Ok(());
            }
        }
        Ok(())
    }

    async fn up_to(
        &self,
        partition: &mut Partition<Generation<V, S>>,
        until: Position,
    ) -> Result<(), ReadModelError> {
        partition.until = Some(until);
        match partition.run_to_end(until).await {
            Ok(()) => Ok(()),
            Err(Ended::Failed(error)) => Err(error),
            Err(Ended::Lost) => {
                let lease = partition.holder.lease.clone();
                Err(LeaseError::Lost { lease }.into())
            }
            Err(Ended::Stopped | Ended::MovedOn) => Err(ReadModelError::NotKept),
        }
    }

    /// Takes all partitions of the old generation from whoever works on them.
    async fn rest_old(&self, serving: &ViewTable) -> Result<Vec<Claimed>, ReadModelError> {
        let kept = self.kept()?;
        let name = subscription_of(serving)?;
        let ReadModelOptions { worker, lease, .. } = &self.options;
        let count = async || {
            let status = kept.subscription(&name).await?;
            Ok::<_, StoreError>(status.map_or(0, |it| it.count.get()))
        };
        loop {
            let mut resting = Vec::new();
            for number in 0..count().await? {
                resting.extend(kept.take_over(&name, number, worker, *lease).await?);
            }
            // Divided meanwhile, it may have some that nobody has taken.
            if resting.len() == usize::from(count().await?) {
                return Ok(resting);
            }
            self.wake_old(&resting).await;
        }
    }

    async fn wake_old(&self, resting: &[Claimed]) {
        if let Some(kept) = self.store.subscriptions() {
            for claimed in resting {
                // What cannot be given back runs out.
                let _ = kept.release(&claimed.lease).await;
            }
        }
    }
}

fn remaining((since, from): (Instant, u64), came_to: Position, head: Position) -> Option<Duration> {
    let done = u32::try_from(came_to.as_raw().checked_sub(from)?).ok()?;
    let left = u32::try_from(head.as_raw().saturating_sub(came_to.as_raw())).ok()?;
    let each = since.elapsed().checked_div(done)?;
    Some(each.saturating_mul(left))
}

impl<V: View, S> fmt::Debug for Rebuild<V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rebuild")
            .field("view", &V::INFO.name)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
