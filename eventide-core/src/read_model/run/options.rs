//! How read models are kept up to date.

use std::time::Duration;

use super::begin::Begin;
use crate::store::PageSize;
use crate::stream::StreamId;
use crate::subscription::{PartitionCount, WorkerId};

/// Far behind, a document is written once for many events that change it.
const AT_ONCE: usize = 24_576;

/// How read models are kept up to date.
///
/// ```
/// use std::time::Duration;
/// use eventide_core::read_model::ReadModelOptions;
///
/// let options = ReadModelOptions::default().lease(Duration::from_secs(5));
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct ReadModelOptions {
    pub(crate) worker: WorkerId,
    pub(crate) lease: Duration,
    pub(crate) drain: Duration,
    pub(crate) page: PageSize,
    /// How many events a view folds and writes together at most.
    pub(crate) at_once: usize,
    pub(crate) partitions: PartitionCount,
    pub(crate) accept_changed_code: bool,
    pub(crate) begin: Begin,
    pub(crate) attempts: u32,
    pub(crate) stream: Option<StreamId>,
}

impl Default for ReadModelOptions {
    fn default() -> Self {
        Self {
            worker: WorkerId::new(),
            lease: Duration::from_secs(10),
            drain: Duration::from_secs(10),
            page: PageSize::MAX,
            at_once: AT_ONCE,
            partitions: PartitionCount::ONE,
            accept_changed_code: false,
            begin: Begin::Start,
            attempts: 5,
            stream: None,
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

    /// How many events are handled and written together at most, and so what is in memory at once. By
    /// default 8,192; views that are far behind take up to 24,576.
    pub fn page(mut self, page: PageSize) -> Self {
        self.page = page;
        self.at_once = page.get();
        self
    }

    /// Into how many partitions a read model is divided that is begun now, so that several workers share
    /// it. One by default. Views that name their keys have one: two events of different aggregates
    /// may change the same document.
    pub fn partitions(mut self, partitions: PartitionCount) -> Self {
        self.partitions = partitions;
        self
    }

    /// Goes on with what other code has made, under the same version: for a change that makes no
    /// difference to it.
    pub fn accept_changed_code(mut self) -> Self {
        self.accept_changed_code = true;
        self
    }

    /// Where a projection begins that is begun now: at the start of the log by default. Views always
    /// begin there.
    pub fn begin(mut self, begin: Begin) -> Self {
        self.begin = begin;
        self
    }

    /// How often a projection tries an event that fails before it is [decided](crate::projection::OnFailure)
    /// what becomes of it; with growing pauses. At least once, 5 times by default. Views try once: what
    /// a fold gives depends on nothing else.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// Has a projection see the events of one stream alone. To be given each time it is run, with a
    /// projection of its own name for each stream. Views see all.
    pub fn of_stream(mut self, stream: StreamId) -> Self {
        self.stream = Some(stream);
        self
    }
}
