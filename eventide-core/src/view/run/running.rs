//! Views that are kept up to date by this process, and the handle on them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::options::ReadModelOptions;
use super::progress::{Here, Progress, ReadModelStatus};
use super::supervisor::{Supervisor, subscription_of};
use crate::domain::{Domain, ViewVisitor};
use crate::ids::Position;
use crate::store::Store;
use crate::subscription::PartitionStatus;
use crate::view::decoders::Decoders;
use crate::view::{ReadModelError, ViewInfo, ViewOf};

/// How often other processes' partitions are looked at by whoever waits for them.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Views that are kept up to date by this process; from [`App::run_views`](crate::App::run_views).
///
/// Dropped, it stops them without waiting.
pub struct RunningReadModels {
    store: Arc<dyn Store>,
    views: Vec<Running>,
    tasks: JoinSet<Result<(), ReadModelError>>,
    stop: watch::Sender<bool>,
    drain: Duration,
}

struct Running {
    info: ViewInfo,
    here: watch::Receiver<Here>,
}

/// A view that is ready to begin.
struct Ready {
    running: Running,
    open:
        BoxFuture<'static, Result<BoxFuture<'static, Result<(), ReadModelError>>, ReadModelError>>,
}

struct Collect<D: Domain> {
    store: Arc<dyn Store>,
    services: Arc<D::Services>,
    options: ReadModelOptions,
    stop: watch::Receiver<bool>,
    ready: Vec<Result<Ready, ReadModelError>>,
}

impl<D: Domain> ViewVisitor<D> for Collect<D> {
    fn visit<V: ViewOf<D>>(&mut self) {
        let table = V::INFO.table(1);
        let name = match subscription_of(&table) {
            Ok(name) => name,
            Err(error) => return self.ready.push(Err(error)),
        };
        let progress = Progress::new();
        let running = Running {
            info: V::INFO,
            here: progress.subscribe(),
        };
        let mut supervisor = Supervisor::<V, D::Services> {
            store: self.store.clone(),
            services: self.services.clone(),
            decoders: Arc::new(Decoders::new::<D>()),
            name,
            table,
            options: self.options.clone(),
            progress,
            stop: self.stop.clone(),
        };
        let open = async move {
            supervisor.begin().await?;
            Ok(supervisor.run().boxed())
        };
        let open = open.boxed();
        self.ready.push(Ok(Ready { running, open }));
    }
}

/// Begins to keep all views of the domain up to date.
pub(crate) async fn start<D: Domain>(
    store: Arc<dyn Store>,
    services: Arc<D::Services>,
    options: ReadModelOptions,
) -> Result<RunningReadModels, ReadModelError> {
    if store.subscriptions().is_none() {
        return Err(ReadModelError::NotKept);
    }
    let stop = watch::Sender::new(false);
    let drain = options.drain;
    let mut collect = Collect::<D> {
        store: store.clone(),
        services,
        options,
        stop: stop.subscribe(),
        ready: Vec::new(),
    };
    D::visit_views(&mut collect);
    let (mut views, mut tasks) = (Vec::new(), JoinSet::new());
    // All are opened before the first one runs: a mistake is told before anything is done.
    let mut begun = Vec::new();
    for ready in collect.ready {
        let Ready { running, open } = ready?;
        begun.push(open.await?);
        views.push(running);
    }
    for run in begun {
        tasks.spawn(run);
    }
    Ok(RunningReadModels {
        store,
        views,
        tasks,
        stop,
        drain,
    })
}

impl RunningReadModels {
    /// Waits until every view has done all that was in the log when this was called, whoever works on
    /// it. Events of parked keys count as done.
    ///
    /// # Errors
    /// A view's work has ended; the store cannot do it now.
    pub async fn caught_up(&mut self) -> Result<(), ReadModelError> {
        let head = self.store.head().await?;
        loop {
            let mut behind = false;
            for view in &self.views {
                behind |= came_to(&*self.store, view).await? < head;
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

    /// How each view is doing.
    ///
    /// # Errors
    /// The store cannot do it now.
    pub async fn status(&self) -> Result<Vec<ReadModelStatus>, ReadModelError> {
        let head = self.store.head().await?;
        let kept = self.store.subscriptions().ok_or(ReadModelError::NotKept)?;
        let mut all = Vec::with_capacity(self.views.len());
        for view in &self.views {
            let name = subscription_of(&view.info.serving(kept).await?)?;
            let Some(subscription) = kept.subscription(&name).await? else {
                continue;
            };
            let here = view.here.borrow().clone();
            let came_to = lowest(&subscription.partitions, &here);
            all.push(ReadModelStatus {
                name: view.info.name,
                version: view.info.version,
                subscription,
                head,
                came_to,
                working: here
                    .partitions
                    .into_iter()
                    .map(|(number, (_, state))| (number, state))
                    .collect(),
            });
        }
        Ok(all)
    }

    /// Waits until the work on a view ends by an error; for ever, if none does.
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
    /// The work on a view had ended by an error.
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
        let names: Vec<_> = self.views.iter().map(|view| view.info.name).collect();
        f.debug_struct("RunningReadModels")
            .field("views", &names)
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

async fn came_to(store: &dyn Store, view: &Running) -> Result<Position, ReadModelError> {
    let kept = store.subscriptions().ok_or(ReadModelError::NotKept)?;
    let name = subscription_of(&view.info.serving(kept).await?)?;
    let status = kept.subscription(&name).await?;
    let here = view.here.borrow().clone();
    Ok(status.map_or(Position::START, |status| lowest(&status.partitions, &here)))
}

/// Up to where all partitions have come: as the store knows, or further, as this process does.
fn lowest(partitions: &[PartitionStatus], here: &Here) -> Position {
    let of = |partition: &PartitionStatus| {
        let marks = partition.checkpoints.iter().map(|at| at.mark.position());
        let stored = marks.min().unwrap_or(Position::START);
        let known = here.partitions.get(&partition.partition);
        known.map_or(stored, |(position, _)| stored.max(*position))
    };
    partitions.iter().map(of).min().unwrap_or(Position::START)
}
