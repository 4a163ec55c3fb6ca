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

impl<A> Clone for Folded<A> {
    fn clone(&self) -> Self {
        Self {
            state: Arc::clone(&self.state),
            ..*self
        }
    }
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

    /// Adds a job. If nobody serves the queue, the caller gets the service and must see to it.
    pub(super) fn push(self: &Arc<Self>, job: Job<A>) -> Option<Service<A>> {
        let mut queue = self.queue();
        queue.waiting.push_back(job);
        let served = std::mem::replace(&mut queue.served, true);
        (!served).then(|| Service {
            slot: Arc::clone(self),
            ended: false,
        })
    }

    pub(super) fn waiting(&self) -> usize {
        self.queue().waiting.len()
    }
}

/// The right and duty to serve a slot's queue: there is one at most.
///
/// Dropped before its end, as with its runtime, even before its task first ran, it gives the duty
/// back: whoever waits is told, and the next command gets a new service.
pub(super) struct Service<A: crate::Aggregate> {
    pub(super) slot: Arc<Slot<A>>,
    ended: bool,
}

impl<A: crate::Aggregate> Service<A> {
    /// Takes up to `max` jobs; without any, the service has ended.
    pub(super) fn take(&mut self, max: usize) -> Vec<Job<A>> {
        let mut queue = self.slot.queue();
        let count = queue.waiting.len().min(max);
        let jobs: Vec<_> = queue.waiting.drain(..count).collect();
        if jobs.is_empty() {
            queue.served = false;
            self.ended = true;
        }
        jobs
    }
}

impl<A: crate::Aggregate> Drop for Service<A> {
    fn drop(&mut self) {
        // After its end the queue may be in the hands of another service already.
        if !self.ended {
            let mut queue = self.slot.queue();
            queue.served = false;
            queue.waiting.clear();
        }
    }
}
