//! Claiming partitions of one view, and starting the work on them.

use std::future::pending;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{sleep, timeout};

use super::backoff::{Backoff, unless_stopped};
use super::options::ReadModelOptions;
use super::partition::{Ended, Partition};
use super::progress::Progress;
use crate::store::{
    LogMark, NewSubscription, Store, StoreError, StoreErrorKind, SubscriptionStore,
};
use crate::subscription::{Claimed, PartitionCount, SubscriptionName};
use crate::view::ReadModelError;
use crate::view::decoders::Decoders;
use crate::view::folder::Folder;
use crate::view::{View, ViewTable};

/// A view that is kept up to date by this process.
pub(super) struct Supervisor<V: View, S> {
    pub(super) store: Arc<dyn Store>,
    pub(super) services: Arc<S>,
    pub(super) decoders: Arc<Decoders<V, S>>,
    pub(super) name: SubscriptionName,
    pub(super) table: ViewTable,
    pub(super) options: ReadModelOptions,
    pub(super) progress: Progress,
    pub(super) stop: watch::Receiver<bool>,
}

/// The name of the subscription that a view's documents are made by.
pub(crate) fn subscription_of(table: &ViewTable) -> Result<SubscriptionName, ReadModelError> {
    let ViewTable {
        name,
        version,
        generation,
        ..
    } = table;
    let name = SubscriptionName::new(format!("{name}.v{version}.g{generation}"))?;
    Ok(name)
}

impl<V: View, S: Send + Sync + 'static> Supervisor<V, S> {
    pub(super) fn kept(&self) -> Result<&dyn SubscriptionStore, ReadModelError> {
        self.store.subscriptions().ok_or(ReadModelError::NotKept)
    }

    /// Makes the view's table and subscription, if they are not there.
    pub(super) async fn open(&self) -> Result<(), ReadModelError> {
        let kept = self.kept()?;
        kept.open_view(&self.table).await?;
        let beginning = LogMark::at(&*self.store, crate::Position::START).await?;
        let mut new = NewSubscription::new(self.name.clone(), beginning);
        new.fingerprint = self.decoders.fingerprint();
        if self.decoders.is_keyed_by_aggregate() {
            new.count = self.options.partitions;
        }
        let found = kept.open_subscription(&new).await?;
        if found.fingerprint != new.fingerprint {
            if !self.options.accept_changed_code {
                return Err(ReadModelError::CodeChanged {
                    read_model: V::INFO.name,
                    version: V::INFO.version,
                });
            }
            kept.set_fingerprint(&self.name, new.fingerprint).await?;
        }
        if found.count != PartitionCount::ONE && !self.decoders.is_keyed_by_aggregate() {
            kept.divide(&self.name, PartitionCount::ONE).await?;
        }
        Ok(())
    }

    /// Works on the generation that serves, until it is stopped.
    pub(super) async fn run(mut self) -> Result<(), ReadModelError> {
        let mut backoff = Backoff::new();
        while !*self.stop.borrow() {
            let pause = match self.turn_to_what_serves().await {
                Ok(()) => {
                    backoff.reset();
                    self.run_generation().await?;
                    continue;
                }
                Err(ReadModelError::Store(error)) => Self::pause_after(error, &mut backoff)?,
                Err(error) => return Err(error),
            };
            unless_stopped(&self.stop, sleep(pause)).await;
        }
        Ok(())
    }

    /// Opens the generation that serves.
    pub(super) async fn begin(&mut self) -> Result<(), ReadModelError> {
        self.table = V::INFO.serving(self.kept()?).await?;
        self.name = subscription_of(&self.table)?;
        self.open().await
    }

    /// Opens the generation that serves, if it is not this one.
    async fn turn_to_what_serves(&mut self) -> Result<(), ReadModelError> {
        let serving = V::INFO.serving(self.kept()?).await?;
        if serving != self.table {
            self.name = subscription_of(&serving)?;
            self.table = serving;
            self.open().await?;
        }
        Ok(())
    }

    /// Works on the partitions that are free, until it is stopped or another generation serves.
    async fn run_generation(&self) -> Result<(), ReadModelError> {
        let mut working = JoinSet::new();
        let mut backoff = Backoff::new();
        let mut ended = None;
        while !*self.stop.borrow() {
            // Looked at before each claim: a partition that ended could be claimed for ever.
            while let Some(result) = working.try_join_next() {
                ended = ended.or(last(result));
            }
            if ended.is_some() {
                break;
            }
            let pause = match self.claim().await {
                Ok(Some(claimed)) => match self.partition(claimed).await {
                    Ok(partition) => {
                        backoff.reset();
                        working.spawn(partition.work());
                        continue;
                    }
                    Err(error) => Self::pause_after(error, &mut backoff)?,
                },
                Ok(None) => self.options.lease / 3,
                Err(error) => Self::pause_after(error, &mut backoff)?,
            };
            let wait = async {
                let next = async {
                    match working.join_next().await {
                        Some(result) => ended = ended.take().or(last(result)),
                        None => pending().await,
                    }
                };
                // A partition that ended may be free again.
                let _ = timeout(pause, next).await;
            };
            unless_stopped(&self.stop, wait).await;
        }
        while let Some(result) = working.join_next().await {
            if let Some(Err(error)) = last(result) {
                ended = Some(Err(error));
            }
        }
        ended.unwrap_or(Ok(()))
    }

    fn pause_after(
        error: StoreError,
        backoff: &mut Backoff,
    ) -> Result<std::time::Duration, ReadModelError> {
        if !error.is_retryable() {
            return Err(error.into());
        }
        tracing::warn!(view = V::INFO.name, %error, "no partition could be claimed; trying again");
        Ok(backoff.next())
    }

    async fn claim(&self) -> Result<Option<Claimed>, StoreError> {
        let Some(kept) = self.store.subscriptions() else {
            return Ok(None);
        };
        let ReadModelOptions { worker, lease, .. } = &self.options;
        kept.claim(&self.name, worker, *lease).await
    }

    pub(super) async fn partition(&self, claimed: Claimed) -> Result<Partition<V, S>, StoreError> {
        let kept = self.store.subscriptions();
        let any_parked = match kept {
            Some(kept) => !kept.parked_keys(&self.name, None, 1).await?.is_empty(),
            None => false,
        };
        let folder = Folder::new(
            self.decoders.clone(),
            self.services.clone(),
            self.name.clone(),
            self.table.clone(),
            any_parked,
        );
        Ok(Partition::new(
            self.store.clone(),
            folder,
            (self.options.clone(), self.decoders.filter()),
            self.progress.clone(),
            self.stop.clone(),
            claimed,
        ))
    }
}

/// How the work on the generation ends by how that on a partition did; `None` if it goes on.
fn last(ended: Result<Ended, JoinError>) -> Option<Result<(), ReadModelError>> {
    match ended {
        Ok(Ended::Stopped | Ended::Lost) => None,
        Ok(Ended::MovedOn) => Some(Ok(())),
        Ok(Ended::Failed(error)) => Some(Err(error)),
        Err(error) => {
            let why = format_args!("the work on a partition ended: {error}");
            Some(Err(StoreError::new(StoreErrorKind::Other, why).into()))
        }
    }
}
