//! Keeping views up to date: claiming partitions, reading on, folding, writing.

mod backoff;
mod options;
mod parked;
mod partition;
mod progress;
mod rebuild;
mod running;
mod step;
mod supervisor;

pub use options::ReadModelOptions;
pub use parked::{Parked, Retried};
pub use progress::{PartitionState, ReadModelStatus};
pub use rebuild::{Rebuild, RebuildProgress, Rebuilt};
pub use running::RunningReadModels;

pub(crate) use running::start;
pub(crate) use supervisor::subscription_of;
