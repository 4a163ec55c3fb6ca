//! What the writer has done.

use std::sync::atomic::{AtomicU64, Ordering};

/// What a store's writer has done since the store was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct WriterStats {
    /// Calls that were committed.
    pub commits: u64,
    /// Appends that were written; refused ones do not count.
    pub appends: u64,
    /// Events written.
    pub events: u64,
    /// Calls that were asked again after their connection was lost.
    pub resolved: u64,
}

/// The counters behind [`WriterStats`].
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) commits: AtomicU64,
    pub(crate) appends: AtomicU64,
    pub(crate) events: AtomicU64,
    pub(crate) resolved: AtomicU64,
}

impl Counters {
    pub(crate) fn read(&self) -> WriterStats {
        WriterStats {
            commits: self.commits.load(Ordering::Relaxed),
            appends: self.appends.load(Ordering::Relaxed),
            events: self.events.load(Ordering::Relaxed),
            resolved: self.resolved.load(Ordering::Relaxed),
        }
    }
}
