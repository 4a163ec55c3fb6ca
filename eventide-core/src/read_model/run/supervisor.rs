//! Claiming partitions of one read model, and starting the work on them.

use std::future::pending;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{sleep, timeout};

use super::backoff::{Backoff, unless_stopped};
use super::duty::Duty;
use super::figures::instruments;
use super::holder::{Ended, Holder};
use super::options::ReadModelOptions;
use super::partition::Partition;
use super::progress::Progress;
use super::reading::Reading;
use super::running::{behind, lowest};
use crate::read_model::{Begin, Kind, ReadModel, ReadModelError};
use crate::store::{
    LogMark, NewSubscription, Store, StoreError, StoreErrorKind, SubscriptionStore,
};
use crate::subscription::{Claimed, PartitionCount};

/// A read model that is kept up to date by this process.
pub(crate) struct Supervisor<D: Duty> {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) duty: D,
    pub(crate) options: ReadModelOptions,
    pub(super) progress: Progress,
    pub(crate) stop: watch::Receiver<bool>,
    pub(super) reading: Reading,
}

impl<D: Duty> Supervisor<D> {
    /// One that works alone and tells nobody.
    pub(crate) fn alone(store: Arc<dyn Store>, duty: D, options: ReadModelOptions) -> Self {
        Self {
            reading: Reading::of::<D>(store.clone(), &options),
            store,
            duty,
            options,
            progress: Progress::new(Self::info().name),
            stop: watch::channel(false).1,
        }
    }

    pub(crate) fn kept(&self) -> Result<&dyn SubscriptionStore, ReadModelError> {
        self.store.subscriptions().ok_or(ReadModelError::NotKept)
    }

    fn info() -> crate::read_model::ReadModelInfo {
        <D::ReadModel as ReadModel>::INFO
    }

    /// Makes what it needs and its subscription, if they are not there.
    pub(crate) async fn open(&self) -> Result<(), ReadModelError> {
        let kept = self.kept()?;
        self.duty.open(kept).await?;
        let name = self.duty.subscription()?;
        let fingerprint = self.duty.decoders().fingerprint();
        let found = if let Some(found) = kept.subscription(&name).await? {
            found
        } else {
            let mut new = NewSubscription::new(name.clone(), self.beginning().await?);
            new.fingerprint = fingerprint;
            if self.duty.is_divisible() {
                new.count = self.options.partitions;
            }
            kept.open_subscription(&new).await?
        };
        if found.fingerprint != fingerprint {
            if !self.options.accept_changed_code {
                let info = Self::info();
                return Err(ReadModelError::CodeChanged {
                    read_model: info.name,
                    version: info.version,
                });
            }
            kept.set_fingerprint(&name, fingerprint).await?;
        }
        if found.count != PartitionCount::ONE && !self.duty.is_divisible() {
            kept.divide(&name, PartitionCount::ONE).await?;
        }
        Ok(())
    }

    /// Behind which mark it begins. A view that begins later than the log is another view.
    async fn beginning(&self) -> Result<LogMark, StoreError> {
        let begin = if <<D::ReadModel as ReadModel>::Kind as Kind>::GENERATIONS {
            Begin::Start
        } else {
            self.options.begin
        };
        begin.mark(&*self.store).await
    }

    /// Works on what serves, until it is stopped.
    pub(super) async fn run(mut self) -> Result<(), ReadModelError> {
        let mut backoff = Backoff::new();
        while !*self.stop.borrow() {
            let pause = match self.turn_to_what_serves().await {
                Ok(()) => {
                    backoff.reset();
                    match self.run_generation().await {
                        // Another one serves: this one may have been dropped at any moment.
                        Err(error) if matches!(self.serves().await, Ok(false)) => {
                            let read_model = Self::info().name;
                            tracing::debug!(read_model, %error, "what was worked on does not serve any more");
                        }
                        done => done?,
                    }
                    continue;
                }
                Err(ReadModelError::Store(error)) => Self::pause_after(error, &mut backoff)?,
                Err(error) => return Err(error),
            };
            unless_stopped(&self.stop, sleep(pause)).await;
        }
        Ok(())
    }

    /// Opens what serves.
    pub(super) async fn begin(&mut self) -> Result<(), ReadModelError> {
        self.turn().await?;
        self.open().await
    }

    /// Opens what serves, if it is not this one.
    async fn turn_to_what_serves(&mut self) -> Result<(), ReadModelError> {
        if self.serves().await? {
            return Ok(());
        }
        let before = self.turn().await?;
        let opened = self.open().await;
        if opened.is_err() {
            // To be opened the next time.
            self.duty = before;
        }
        opened
    }

    /// Turns to what serves, and gives what did before.
    async fn turn(&mut self) -> Result<D, ReadModelError> {
        let serving = self.duty.serving(self.kept()?).await?;
        Ok(std::mem::replace(&mut self.duty, serving))
    }

    /// Whether this generation still serves.
    async fn serves(&self) -> Result<bool, ReadModelError> {
        Ok(self.duty.serves(self.kept()?).await?)
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
                    Err(ReadModelError::Store(error)) => Self::pause_after(error, &mut backoff)?,
                    Err(error) => return Err(error),
                },
                Ok(None) => self.options.lease / 3,
                Err(ReadModelError::Store(error)) => Self::pause_after(error, &mut backoff)?,
                Err(error) => return Err(error),
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
            self.measure().await;
        }
        while let Some(result) = working.join_next().await {
            if let Some(Err(error)) = last(result) {
                ended = Some(Err(error));
            }
        }
        ended.unwrap_or(Ok(()))
    }

    /// Sets the gauges. Where the store cannot tell, they stay as they are until it can.
    async fn measure(&self) {
        if cfg!(not(feature = "metrics")) {
            return;
        }
        let measured = async {
            let head = self.store.head().await?;
            let name = self.duty.subscription()?;
            let status = self.kept()?.subscription(&name).await?;
            let Some(status) = status else { return Ok(()) };
            let came_to = lowest(&status.partitions, &self.progress.here());
            let behind = behind(&*self.store, came_to).await?;
            let positions = (came_to.as_raw(), head.as_raw());
            instruments::at(Self::info().name, positions, behind, status.parked_keys);
            Ok::<(), ReadModelError>(())
        };
        if let Err(error) = measured.await {
            tracing::debug!(read_model = Self::info().name, %error, "could not be measured now");
        }
    }

    fn pause_after(
        error: StoreError,
        backoff: &mut Backoff,
    ) -> Result<std::time::Duration, ReadModelError> {
        if !error.is_retryable() {
            return Err(error.into());
        }
        tracing::warn!(read_model = Self::info().name, %error, "no partition could be claimed; trying again");
        Ok(backoff.next())
    }

    async fn claim(&self) -> Result<Option<Claimed>, ReadModelError> {
        let ReadModelOptions { worker, lease, .. } = &self.options;
        let name = self.duty.subscription()?;
        Ok(self.kept()?.claim(&name, worker, *lease).await?)
    }

    pub(crate) async fn partition(&self, claimed: Claimed) -> Result<Partition<D>, ReadModelError> {
        let name = self.duty.subscription()?;
        let parked = self.kept()?.parked_keys(&name, None, 1).await?;
        let work = self.duty.work(!parked.is_empty())?;
        let running = (self.progress.clone(), self.stop.clone());
        let store = self.store.clone();
        let holder = Holder::new(
            Self::info().name,
            store,
            self.options.clone(),
            running,
            claimed,
        );
        let reading = self.reading.clone();
        Ok(Partition::new(&self.duty, holder, work, reading))
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
