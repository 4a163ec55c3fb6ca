//! Appending: requests gather into batches, a batch becomes one call of the append function, and its
//! answer becomes a verdict on each request. Or a caller makes the call in a transaction of its own.

mod aftermath;
pub(crate) mod call;
mod item;
mod stats;
pub(crate) mod stored;
mod transaction;
mod verdict;
mod writer;

pub(crate) use call::trim;
#[cfg(test)]
pub(crate) use call::{Call, KnownHead};
pub(crate) use item::{Item, Texts};
pub use stats::WriterStats;
pub use transaction::{Connection, Pending};
pub(crate) use writer::{Appender, BATCH_WEIGHT, Work, Writer};
