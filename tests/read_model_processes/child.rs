//! What the processes of a scenario do.

use std::env;
use std::fmt;
use std::io::Read;
use std::num::NonZeroU16;
use std::sync::Arc;
use std::time::Duration;

use eventide::prelude::*;
use eventide::projection::Projector;
use eventide::read_model::{ReadModelError, ReadModelOptions, RunningReadModels};
use eventide::store::{PageSize, StoreErrorKind};
use eventide::subscription::PartitionCount;
use eventide::view::ViewOf;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::domain::{CountryTrail, OrderTrail, Shop};
use crate::place::{Opened, open};
use crate::rows::RowsInFile;
#[cfg(feature = "postgres")]
use crate::rows::RowsOnServer;

pub(crate) const ADDRESS: &str = "EVENTIDE_PROCESSES_ADDRESS";
pub(crate) const TASK: &str = "EVENTIDE_PROCESSES_TASK";

/// Short, so that what a lost worker held is soon taken.
pub(crate) const LEASE: Duration = Duration::from_millis(300);

/// Small, so that there are many steps to be killed in.
const PAGE: PageSize = PageSize::new(16);

/// Before it tries again what another process is in the way of.
const PAUSE: Duration = Duration::from_millis(20);

/// What a process is started for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Task {
    /// Keeps the views up to date, with so many workers, until it is asked to end.
    Views(u16),
    /// The same for the projection, which has trouble with some events, by that seed.
    Rows { workers: u16, seed: u64 },
    /// Builds `orders` anew.
    RebuildOrders,
    /// Builds `countries` anew.
    RebuildCountries,
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Views(workers) => write!(f, "views {workers}"),
            Self::Rows { workers, seed } => write!(f, "rows {workers} {seed}"),
            Self::RebuildOrders => f.write_str("orders"),
            Self::RebuildCountries => f.write_str("countries"),
        }
    }
}

pub(crate) fn options() -> ReadModelOptions {
    ReadModelOptions::default()
        .lease(LEASE)
        .page(PAGE)
        .partitions(PartitionCount::new(8).unwrap())
}

/// What the other tests start as a process. By itself it does nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_process_does() {
    let Ok(address) = env::var(ADDRESS) else {
        return;
    };
    let opened = loop {
        match open(&address).await {
            Ok(opened) => break opened,
            Err(error) if error.is_retryable() => sleep(PAUSE).await,
            Err(error) => panic!("{error}"),
        }
    };
    let app = App::<Shop>::new(opened.store());
    let task = env::var(TASK).unwrap();
    match *task.split(' ').collect::<Vec<_>>() {
        ["orders"] => rebuild::<OrderTrail>(&app).await,
        ["countries"] => rebuild::<CountryTrail>(&app).await,
        ["views", workers] => keep_up(Duty::Views(app), workers.parse().unwrap()).await,
        ["rows", workers, seed] => {
            let duty = Duty::rows(&app, opened, seed.parse().unwrap());
            keep_up(duty, workers.parse().unwrap()).await;
        }
        _ => panic!("`{task}` is no task"),
    }
}

/// What is kept up to date.
enum Duty {
    Views(App<Shop>),
    InFile(Projector<RowsInFile, ()>),
    #[cfg(feature = "postgres")]
    OnServer(Projector<RowsOnServer, ()>),
}

impl Duty {
    fn rows(app: &App<Shop>, opened: Opened, seed: u64) -> Self {
        match opened {
            Opened::File(store) => Self::InFile(app.projection(store, RowsInFile::new(seed))),
            #[cfg(feature = "postgres")]
            Opened::Server(store) => Self::OnServer(app.projection(store, RowsOnServer::new(seed))),
        }
    }

    async fn run(&self) -> Result<RunningReadModels, ReadModelError> {
        match self {
            Self::Views(app) => app.run_views(options()).await,
            Self::InFile(rows) => rows.run(options()).await,
            #[cfg(feature = "postgres")]
            Self::OnServer(rows) => rows.run(options()).await,
        }
    }
}

async fn keep_up(duty: Duty, workers: NonZeroU16) {
    let (end, ends) = watch::channel(false);
    std::thread::spawn(move || {
        // There is nothing to read: this waits until whoever started the process is gone, or says so.
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        end.send_replace(true);
    });
    let mut all = JoinSet::new();
    let duty = Arc::new(duty);
    for _ in 0..workers.get() {
        let (duty, mut ends) = (duty.clone(), ends.clone());
        all.spawn(async move {
            let mut running = begin(&duty).await;
            tokio::select! {
                failed = running.failed() => failed.unwrap(),
                _ = ends.wait_for(|ends| *ends) => {}
            }
            running.stop().await.unwrap();
        });
    }
    while let Some(ended) = all.join_next().await {
        ended.unwrap();
    }
}

/// Begins as soon as the store is there.
async fn begin(duty: &Duty) -> RunningReadModels {
    loop {
        match duty.run().await {
            Ok(running) => return running,
            Err(ReadModelError::Store(error)) if error.is_retryable() => sleep(PAUSE).await,
            Err(error) => panic!("{error}"),
        }
    }
}

/// Builds a view anew, as soon as the lease of one that was killed at it has run out.
async fn rebuild<V: ViewOf<Shop>>(app: &App<Shop>)
where
    Shop: eventide::domain::Lists<V>,
{
    loop {
        let done = match app.rebuild::<V>().options(options()).run().await {
            Err(ReadModelError::Store(error)) if error.kind() == StoreErrorKind::Locked => {
                sleep(PAUSE).await;
                continue;
            }
            done => done.unwrap(),
        };
        println!("generation {} serves", done.generation);
        // Whoever worked on the old one, or read it, has to find its way to the new one.
        let dropped = app.rebuild::<V>().drop_generation(done.before).await;
        return dropped.unwrap();
    }
}
