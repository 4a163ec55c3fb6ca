//! How far the partitions of a view are, as this process knows.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::watch;

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
    /// What the partitions are at that this process works on.
    pub working: BTreeMap<u16, PartitionState>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Here {
    pub(super) partitions: BTreeMap<u16, (Position, PartitionState)>,
}

/// Tells how far partitions are, and lets others wait for it.
#[derive(Debug, Clone)]
pub(super) struct Progress(Arc<watch::Sender<Here>>);

impl Progress {
    pub(super) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(Here::default())))
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<Here> {
        self.0.subscribe()
    }

    pub(super) fn at(&self, partition: u16, position: Position, state: PartitionState) {
        self.0.send_if_modified(|here| {
            let now = (position, state);
            let before = here.partitions.insert(partition, now.clone());
            before.as_ref() != Some(&now)
        });
    }

    pub(super) fn gone(&self, partition: u16) {
        self.0
            .send_if_modified(|here| here.partitions.remove(&partition).is_some());
    }
}
