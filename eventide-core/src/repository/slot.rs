//! The place where everything about one aggregate meets: its state in memory, and the commands that
//! wait to be decided on it one after another.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::Mutex as AsyncMutex;

use super::job::Job;
use crate::ids::Version;
use crate::stream::StreamId;

/// State folded from durable events, and only from those.
#[derive(Debug)]
pub(super) struct Folded<A> {
    pub(super) state: Arc<A>,
    pub(super) version: Version,
    /// When the last event was recorded.
    pub(super) recorded_at: Timestamp,
    /// The version of the last snapshot known of.
    pub(super) snapshot: Version,
}

impl<A: Default> Folded<A> {
    /// The state before any event.
    pub(super) fn empty() -> Self {
        Self {
            state: Arc::new(A::default()),
            version: Version::ZERO,
            recorded_at: Timestamp::UNIX_EPOCH,
            snapshot: Version::ZERO,
        }
    }
}

pub(super) struct Slot<A: crate::Aggregate> {
    pub(super) stream: StreamId,
    /// Taken out while commands are being decided on it; `None` if it has to be loaded.
    pub(super) folded: AsyncMutex<Option<Folded<A>>>,
    queue: Mutex<Queue<A>>,
}

struct Queue<A: crate::Aggregate> {
    waiting: VecDeque<Job<A>>,
    /// Whether a task is serving the queue.
    served: bool,
}

impl<A: crate::Aggregate> Slot<A> {
    pub(super) fn new(stream: StreamId) -> Self {
        Self {
            stream,
            folded: AsyncMutex::new(None),
            queue: Mutex::new(Queue {
                waiting: VecDeque::new(),
                served: false,
            }),
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue<A>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a job. Returns true if the caller must now start a task to serve the queue.
    pub(super) fn push(&self, job: Job<A>) -> bool {
        let mut queue = self.queue();
        queue.waiting.push_back(job);
        !std::mem::replace(&mut queue.served, true)
    }

    pub(super) fn waiting(&self) -> usize {
        self.queue().waiting.len()
    }

    /// Takes up to `max` jobs; without any, the queue counts as not served from now on.
    pub(super) fn take(&self, max: usize) -> Vec<Job<A>> {
        let mut queue = self.queue();
        let count = queue.waiting.len().min(max);
        let jobs: Vec<_> = queue.waiting.drain(..count).collect();
        if jobs.is_empty() {
            queue.served = false;
        }
        jobs
    }
}

/// Ends the service of a queue when the serving task is dropped in the middle, as by the end of its
/// runtime: whoever waits is told, and the next command starts a new task.
pub(super) struct Service<'a, A: crate::Aggregate>(pub(super) &'a Slot<A>);

impl<A: crate::Aggregate> Drop for Service<'_, A> {
    fn drop(&mut self) {
        let mut queue = self.0.queue();
        if queue.served {
            queue.served = false;
            queue.waiting.clear();
        }
    }
}
