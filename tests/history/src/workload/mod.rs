//! Traffic for fault tests: seeded, random, bounded, and undeterred by a store that fails.

mod draw;
mod worker;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use eventide_core::store::{PageSize, Store, StoreError};
use thiserror::Error;
use tokio::task::{JoinError, JoinSet};

use self::worker::Worker;
use crate::record::{Follower, History};

/// How often something is done: in each hundred appends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mix {
    /// At exactly the version a stream was read at; after a conflict once more.
    pub exact: u8,
    /// To a stream that must not exist yet. What is left is appended at any version.
    pub no_stream: u8,
    /// To two or three streams at once.
    pub several: u8,
    /// By commands, and after an unknown outcome again, until it is told what became of it.
    pub commands: u8,
    /// Instead of something new, an old request with commands once more.
    pub repeats: u8,
    /// Dropped at a random moment.
    pub dropped: u8,
}

impl Default for Mix {
    fn default() -> Self {
        Self {
            exact: 50,
            no_stream: 10,
            several: 20,
            commands: 50,
            repeats: 5,
            dropped: 5,
        }
    }
}

/// A driver of clients that append and readers that follow.
///
/// The requests follow from the seed; how they meet is up to the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Workload {
    /// Where its randomness comes from. No two workloads on one store may share one: event ids
    /// would repeat.
    pub seed: u64,
    /// How many clients append at the same time.
    pub clients: u32,
    /// How many readers follow at the same time.
    pub readers: u32,
    /// The number of the first client and of the first reader, for histories that several
    /// processes write.
    pub first: u32,
    /// How many streams the clients share.
    pub streams: u32,
    /// How many requests each client makes, repeated attempts not counted.
    pub requests: u32,
    /// What they are like.
    pub mix: Mix,
    /// How long a client waits for an answer; then it drops the append.
    pub patience: Duration,
}

impl Default for Workload {
    fn default() -> Self {
        Self {
            seed: 1,
            clients: 8,
            readers: 2,
            first: 0,
            streams: 8,
            requests: 200,
            mix: Mix::default(),
            patience: Duration::from_secs(10),
        }
    }
}

/// Why a workload did not end well.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WorkloadError {
    /// There is no store to work on.
    #[error("the workload was given no store")]
    NoStore,
    /// All clients are done, and a reader still cannot read.
    #[error("a reader cannot read to the end of the log")]
    Read(#[from] StoreError),
    /// A store panicked.
    #[error("a client or a reader of the workload panicked")]
    Panicked(#[from] JoinError),
}

impl Workload {
    /// Works on `stores`, which are handles of one and the same store, until all requests are made
    /// or `stop` holds. A client whose store fails goes on with the next one. The readers end when
    /// the clients have, at the end of the log.
    ///
    /// What the store answers is no concern of a workload: it is all in the history.
    ///
    /// # Errors
    /// There is no store, a store panics, or a reader cannot read the log to its end.
    pub async fn run(
        &self,
        stores: &[Arc<dyn Store>],
        history: &History,
        stop: impl Fn() -> bool + Send + Sync + 'static,
    ) -> Result<(), WorkloadError> {
        if stores.is_empty() {
            return Err(WorkloadError::NoStore);
        }
        let stop: Arc<dyn Fn() -> bool + Send + Sync> = Arc::new(stop);
        let mut clients = JoinSet::new();
        for (client, store) in (0..self.clients).zip(stores.iter().cycle()) {
            let number = self.first + client;
            let worker = Worker::new(self, number, store, stores, history, Arc::clone(&stop));
            clients.spawn(worker.run());
        }
        let done = Arc::new(AtomicBool::new(false));
        let mut readers = JoinSet::new();
        for (reader, store) in (0..self.readers).zip(stores.iter().cycle()) {
            // Pages of different sizes have their borders in different places.
            let page = PageSize::new(1 << (3 * (reader % 4)));
            let mut follower =
                Follower::new(Arc::clone(store), history, self.first + reader).page(page);
            let done = Arc::clone(&done);
            readers.spawn(async move { follower.follow(|| done.load(Ordering::Acquire)).await });
        }
        let mut ended = Ok(());
        while let Some(client) = clients.join_next().await {
            ended = ended.and(client);
        }
        done.store(true, Ordering::Release);
        while let Some(reader) = readers.join_next().await {
            reader??;
        }
        Ok(ended?)
    }
}
