//! Appending: requests gather into batches, a batch becomes one call of the append function, and its
//! answer becomes a verdict on each request.

mod call;
mod item;
mod stats;
mod stored;
mod verdict;
mod writer;

pub(crate) use item::Item;
pub use stats::WriterStats;
pub(crate) use writer::{Appender, BATCH_WEIGHT, Work, Writer};
