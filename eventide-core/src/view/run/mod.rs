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

pub use options::ViewOptions;
pub use parked::{Parked, Retried};
pub use progress::{PartitionState, ViewStatus};
pub use rebuild::{Rebuild, RebuildProgress, Rebuilt};
pub use running::RunningViews;

pub(crate) use running::start;
pub(crate) use supervisor::subscription_of;
