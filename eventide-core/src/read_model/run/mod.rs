//! Keeping read models up to date: claiming partitions, reading on, doing what there is to do.

mod backoff;
mod begin;
mod duty;
pub(crate) mod figures;
mod holder;
mod options;
mod partition;
mod progress;
mod reading;
mod running;
mod supervisor;

pub use begin::Begin;
pub use figures::Figures;
pub use options::ReadModelOptions;
pub use progress::{PartitionState, ReadModelStatus};
pub use running::RunningReadModels;

pub(crate) use duty::{Duty, Work};
pub(crate) use holder::{Ended, Holder};
pub(crate) use partition::Partition;
pub(crate) use running::Starting;
pub(crate) use supervisor::Supervisor;
