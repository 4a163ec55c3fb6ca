//! How far the partitions of a view are, as this process knows.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::figures::{Figures, Meter};
use crate::ids::Position;
use crate::subscription::SubscriptionStatus;

/// What a partition is at, in this process.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PartitionState {
    /// It has more to read.
    CatchingUp,
    /// It has done all there is, and waits for more.
    Live,
    /// It tries again and again what does not succeed: the store is away, or a service.
    Retrying {
        /// Why, each cause on a line of its own.
        error: String,
    },
    /// It holds before an event that this program cannot read, and looks again now and then.
    Holding {
        /// Why, each cause on a line of its own.
        error: String,
    },
}

/// How a view is doing.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ReadModelStatus {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: u32,
    /// As the store knows it: all partitions, whoever works on them, and what is parked.
    pub subscription: SubscriptionStatus,
    /// Where the log ends.
    pub head: Position,
    /// Up to where all of the view's partitions have come.
    pub came_to: Position,
    /// How long ago the oldest event was recorded that not all of them have come to: how late a
    /// reader is at most.
    pub behind: Duration,
    /// What the partitions are at that this process works on.
    pub working: BTreeMap<u16, PartitionState>,
    /// What this process has done for it.
    pub figures: Figures,
}

impl ReadModelStatus {
    /// How many positions of the log are still to be done.
    pub const fn lag(&self) -> u64 {
        self.head.as_raw().saturating_sub(self.came_to.as_raw())
    }
}

#[derive(Debug, Clone, Default)]
pub(super) struct Here {
    pub(super) partitions: BTreeMap<u16, (Position, PartitionState)>,
}

/// Tells how far partitions are, and lets others wait for it.
#[derive(Debug, Clone)]
pub(super) struct Progress {
    here: Arc<watch::Sender<Here>>,
    meter: Arc<Mutex<Meter>>,
}

impl Progress {
    pub(super) fn new(read_model: &'static str) -> Self {
        Self {
            here: Arc::new(watch::Sender::new(Here::default())),
            meter: Arc::new(Mutex::new(Meter::new(read_model))),
        }
    }

    pub(super) fn here(&self) -> Here {
        self.here.borrow().clone()
    }

    pub(super) fn meter(&self) -> MutexGuard<'_, Meter> {
        self.meter.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn at(&self, partition: u16, position: Position, state: PartitionState) {
        self.here.send_if_modified(|here| {
            let now = (position, state);
            let before = here.partitions.insert(partition, now.clone());
            before.as_ref() != Some(&now)
        });
    }

    pub(super) fn gone(&self, partition: u16) {
        self.here
            .send_if_modified(|here| here.partitions.remove(&partition).is_some());
    }
}
