//! What is wrong with the network, and what has passed through it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

/// One of the two ways through a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// What clients send.
    ToServer,
    /// What the server answers.
    ToClient,
}

/// One for each direction.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Both<T> {
    to_server: T,
    to_client: T,
}

impl<T> Both<T> {
    pub(super) fn of(&self, direction: Direction) -> &T {
        match direction {
            Direction::ToServer => &self.to_server,
            Direction::ToClient => &self.to_client,
        }
    }

    pub(super) fn of_mut(&mut self, direction: Direction) -> &mut T {
        match direction {
            Direction::ToServer => &mut self.to_server,
            Direction::ToClient => &mut self.to_client,
        }
    }
}

/// What is wrong now.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Faults {
    /// How often the network was cut: a connection taken before the last cut must end.
    pub(super) cuts: u64,
    pub(super) delay: Duration,
    pub(super) silent: Both<bool>,
}

/// What has passed, and how much more may.
#[derive(Debug, Default)]
pub(super) struct Counts {
    accepted: AtomicU64,
    open: watch::Sender<usize>,
    passed: Both<AtomicU64>,
    limits: Both<Mutex<Option<u64>>>,
}

/// One open connection, counted until it is dropped.
#[derive(Debug)]
pub(super) struct Open(Arc<Counts>);

impl Counts {
    pub(super) fn opened(counts: &Arc<Self>) -> Open {
        counts.accepted.fetch_add(1, Ordering::Relaxed);
        counts.open.send_modify(|open| *open += 1);
        Open(Arc::clone(counts))
    }

    pub(super) fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    pub(super) fn open(&self) -> usize {
        *self.open.borrow()
    }

    pub(super) async fn all_closed(&self) {
        // It fails only without a sender, and that is ours.
        let _ = self.open.subscribe().wait_for(|open| *open == 0).await;
    }

    pub(super) fn passed(&self, direction: Direction) -> u64 {
        self.passed.of(direction).load(Ordering::Relaxed)
    }

    pub(super) fn limit(&self, direction: Direction, bytes: u64) {
        self.set_limit(direction, Some(bytes));
    }

    pub(super) fn forget_limits(&self) {
        self.set_limit(Direction::ToServer, None);
        self.set_limit(Direction::ToClient, None);
    }

    fn set_limit(&self, direction: Direction, bytes: Option<u64>) {
        let limit = self.limits.of(direction).lock();
        *limit.unwrap_or_else(PoisonError::into_inner) = bytes;
    }
}

impl Open {
    /// How many of `bytes` may pass in `direction`. Fewer than all end the limit.
    pub(super) fn allowed(&self, direction: Direction, bytes: usize) -> usize {
        let limit = self.0.limits.of(direction).lock();
        let mut limit = limit.unwrap_or_else(PoisonError::into_inner);
        let wanted = bytes as u64;
        match *limit {
            Some(left) if left < wanted => {
                *limit = None;
                // Less than `bytes`, so it fits.
                usize::try_from(left).unwrap_or(bytes)
            }
            Some(left) => {
                *limit = Some(left - wanted);
                bytes
            }
            None => bytes,
        }
    }

    pub(super) fn pass(&self, direction: Direction, bytes: usize) {
        let passed = self.0.passed.of(direction);
        passed.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.send_modify(|open| *open -= 1);
    }
}
