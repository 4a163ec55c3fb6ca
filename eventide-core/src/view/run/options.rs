//! How views are kept up to date.

use std::time::Duration;

use crate::store::PageSize;
use crate::subscription::{PartitionCount, WorkerId};

/// How views are kept up to date.
///
/// ```
/// use std::time::Duration;
/// use eventide_core::view::ReadModelOptions;
///
/// let options = ReadModelOptions::default().lease(Duration::from_secs(5));
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct ReadModelOptions {
    pub(super) worker: WorkerId,
    pub(super) lease: Duration,
    pub(super) drain: Duration,
    pub(super) page: PageSize,
    pub(super) partitions: PartitionCount,
    pub(super) accept_changed_code: bool,
}

impl Default for ReadModelOptions {
    fn default() -> Self {
        Self {
            worker: WorkerId::new(),
            lease: Duration::from_secs(10),
            drain: Duration::from_secs(10),
            page: PageSize::MAX,
            partitions: PartitionCount::ONE,
            accept_changed_code: false,
        }
    }
}

impl ReadModelOptions {
    /// What this worker is called; see [`WorkerId`]. By default a name no other has.
    pub fn worker(mut self, worker: WorkerId) -> Self {
        self.worker = worker;
        self
    }

    /// How long a partition stays with a worker that says nothing: if its process stops or is
    /// killed, another one goes on after this. At least 10 ms; 10 s by default.
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease.max(Duration::from_millis(10));
        self
    }

    /// How long [`RunningReadModels::stop`](super::RunningReadModels::stop) waits for what is under way. 10 s by
    /// default.
    pub fn drain(mut self, drain: Duration) -> Self {
        self.drain = drain;
        self
    }

    /// How many events are folded and written together at most, and so what is in memory at once.
    pub fn page(mut self, page: PageSize) -> Self {
        self.page = page;
        self
    }

    /// Into how many partitions a view is divided that is begun now, so that several workers share
    /// it. One by default. Views that name their keys have one: two events of different aggregates
    /// may change the same document.
    pub fn partitions(mut self, partitions: PartitionCount) -> Self {
        self.partitions = partitions;
        self
    }

    /// Goes on with documents that other code has folded, under the same version: for a change that
    /// makes no difference to them.
    pub fn accept_changed_code(mut self) -> Self {
        self.accept_changed_code = true;
        self
    }
}
