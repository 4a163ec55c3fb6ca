//! Appending: requests gather into batches, a batch becomes one call of the append function, and its
//! answer becomes a verdict on each request. Or a caller makes the call in a transaction of its own.

mod aftermath;
mod appender;
pub(crate) mod call;
mod inline;
mod item;
mod memory;
mod pace;
mod stats;
pub(crate) mod stored;
mod transaction;
mod verdict;
mod versions;
mod writer;

pub(crate) use appender::Appender;
#[cfg(test)]
pub(crate) use call::Call;
pub(crate) use call::trim;
pub(crate) use item::{Item, Texts, fits};
#[cfg(test)]
pub(crate) use memory::{Judging, KnownHead, Memory};
pub use stats::WriterStats;
pub use transaction::{Connection, Pending};
#[cfg(test)]
pub(crate) use verdict::Answered;
pub(crate) use writer::{BATCH_WEIGHT, Work, Writer};
