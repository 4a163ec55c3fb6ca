//! Read models that are kept up to date by this process, and the handle on them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::duty::Duty;
use super::options::ReadModelOptions;
use super::progress::{Here, Progress, ReadModelStatus};
use super::reading::Reading;
use super::supervisor::Supervisor;
use crate::ids::Position;
use crate::read_model::{Kind, ReadModel, ReadModelError, ReadModelInfo, subscription};
use crate::store::{LogQuery, PageSize, Store, StoreError, SubscriptionStore};
use crate::subscription::{PartitionStatus, SubscriptionName};

/// How often other processes' partitions are looked at by whoever waits for them.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Read models that are kept up to date by this process; from
/// [`App::run_views`](crate::App::run_views) and [`Projector::run`](crate::projection::Projector::run).
///
/// Dropped, it stops them without waiting.
pub struct RunningReadModels {
    store: Arc<dyn Store>,
    running: Vec<Running>,
    tasks: JoinSet<Result<(), ReadModelError>>,
    stop: watch::Sender<bool>,
    drain: Duration,
}

struct Running {
    info: ReadModelInfo,
    has_generations: bool,
    progress: Progress,
}

/// Work that has been opened and can begin.
type Opened = BoxFuture<'static, Result<(), ReadModelError>>;

/// Read models that are to be kept up to date.
pub(crate) struct Starting {
    store: Arc<dyn Store>,
    options: ReadModelOptions,
    stop: watch::Sender<bool>,
    ready: Vec<(Running, BoxFuture<'static, Result<Opened, ReadModelError>>)>,
}

impl Starting {
    pub(crate) fn new(store: Arc<dyn Store>, options: ReadModelOptions) -> Self {
        Self {
            store,
            options,
            stop: watch::Sender::new(false),
            ready: Vec::new(),
        }
    }

    pub(crate) fn add<D: Duty>(&mut self, duty: D) {
        let progress = Progress::new(<D::ReadModel as ReadModel>::INFO.name);
        let running = Running {
            info: <D::ReadModel as ReadModel>::INFO,
            has_generations: <<D::ReadModel as ReadModel>::Kind as Kind>::GENERATIONS,
            progress: progress.clone(),
        };
        let mut supervisor = Supervisor {
            store: self.store.clone(),
            duty,
            options: self.options.clone(),
            progress,
            stop: self.stop.subscribe(),
            reading: Reading::of::<D>(self.store.clone(), &self.options),
        };
        let open = async move {
            supervisor.begin().await?;
            Ok(supervisor.run().boxed())
        };
        self.ready.push((running, open.boxed()));
    }

    /// Begins to keep them up to date. All are opened before the first one runs: a mistake is told
    /// before anything is done.
    pub(crate) async fn run(self) -> Result<RunningReadModels, ReadModelError> {
        let (mut running, mut tasks) = (Vec::new(), JoinSet::new());
        let mut begun = Vec::new();
        for (it, open) in self.ready {
            begun.push(open.await?);
            running.push(it);
        }
        for run in begun {
            tasks.spawn(run);
        }
        Ok(RunningReadModels {
            store: self.store,
            running,
            tasks,
            stop: self.stop,
            drain: self.options.drain,
        })
    }
}

impl Running {
    async fn subscription(
        &self,
        kept: &dyn SubscriptionStore,
    ) -> Result<SubscriptionName, ReadModelError> {
        subscription(&self.info, self.has_generations, kept).await
    }
}

impl RunningReadModels {
    /// Waits until every one has done all that was in the log when this was called, whoever works on
    /// it. Events of parked keys count as done.
    ///
    /// # Errors
    /// The work of one has ended; the store cannot do it now.
    pub async fn caught_up(&mut self) -> Result<(), ReadModelError> {
        let head = self.store.head().await?;
        loop {
            let mut behind = false;
            for it in &self.running {
                behind |= came_to(&*self.store, it).await? < head;
            }
            if !behind {
                return Ok(());
            }
            match timeout(LOOK_AGAIN, self.tasks.join_next()).await {
                Ok(Some(ended)) => ended_with(ended)?,
                Ok(None) => sleep(LOOK_AGAIN).await,
                Err(_) => {}
            }
        }
    }

    /// How each is doing.
    ///
    /// # Errors
    /// The store cannot do it now.
    pub async fn status(&self) -> Result<Vec<ReadModelStatus>, ReadModelError> {
        let head = self.store.head().await?;
        let kept = self.store.subscriptions().ok_or(ReadModelError::NotKept)?;
        let mut all = Vec::with_capacity(self.running.len());
        for it in &self.running {
            let name = it.subscription(kept).await?;
            let Some(subscription) = kept.subscription(&name).await? else {
                continue;
            };
            let here = it.progress.here();
            let came_to = lowest(&subscription.partitions, &here);
            all.push(ReadModelStatus {
                name: it.info.name,
                version: it.info.version,
                subscription,
                head,
                came_to,
                behind: behind(&*self.store, came_to).await?,
                figures: it.progress.meter().figures(),
                working: here
                    .partitions
                    .into_iter()
                    .map(|(number, (_, state))| (number, state))
                    .collect(),
            });
        }
        Ok(all)
    }

    /// Waits until the work on one of them ends by an error; for ever, if none does.
    ///
    /// # Errors
    /// That error.
    pub async fn failed(&mut self) -> Result<(), ReadModelError> {
        while let Some(ended) = self.tasks.join_next().await {
            ended_with(ended)?;
        }
        std::future::pending().await
    }

    /// Ends the work: what is under way is finished, for as long as the options say, and the
    /// partitions are given back.
    ///
    /// # Errors
    /// The work on one of them had ended by an error.
    pub async fn stop(mut self) -> Result<(), ReadModelError> {
        self.stop.send_replace(true);
        let mut result = Ok(());
        let drained = async {
            while let Some(ended) = self.tasks.join_next().await {
                result = std::mem::replace(&mut result, Ok(())).and(ended_with(ended));
            }
        };
        // What is not finished by then is written by nobody, and done again by the next.
        let _ = timeout(self.drain, drained).await;
        result
    }
}

impl Drop for RunningReadModels {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

impl fmt::Debug for RunningReadModels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.running.iter().map(|it| it.info.name).collect();
        f.debug_struct("RunningReadModels")
            .field("running", &names)
            .finish_non_exhaustive()
    }
}

fn ended_with(
    ended: Result<Result<(), ReadModelError>, tokio::task::JoinError>,
) -> Result<(), ReadModelError> {
    match ended {
        Ok(result) => result,
        Err(error) if error.is_cancelled() => Ok(()),
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

async fn came_to(store: &dyn Store, it: &Running) -> Result<Position, ReadModelError> {
    let kept = store.subscriptions().ok_or(ReadModelError::NotKept)?;
    let name = it.subscription(kept).await?;
    let status = kept.subscription(&name).await?;
    let here = it.progress.here();
    Ok(status.map_or(Position::START, |status| lowest(&status.partitions, &here)))
}

/// How long ago the event was recorded that comes next.
pub(super) async fn behind(store: &dyn Store, came_to: Position) -> Result<Duration, StoreError> {
    let next = LogQuery::after(came_to).page(PageSize::new(1));
    let page = store.read_log(next).await?;
    let Some(event) = page.events.first() else {
        return Ok(Duration::ZERO);
    };
    let ago = Timestamp::now().duration_since(event.recorded_at);
    // Two clocks may differ.
    Ok(Duration::try_from(ago).unwrap_or_default())
}

/// Up to where all partitions have come: as the store knows, or further, as this process does.
pub(super) fn lowest(partitions: &[PartitionStatus], here: &Here) -> Position {
    let of = |partition: &PartitionStatus| {
        let marks = partition.checkpoints.iter().map(|at| at.mark.position());
        let stored = marks.min().unwrap_or(Position::START);
        let known = here.partitions.get(&partition.partition);
        known.map_or(stored, |(position, _)| stored.max(*position))
    };
    partitions.iter().map(of).min().unwrap_or(Position::START)
}
