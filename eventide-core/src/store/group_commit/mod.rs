//! Group commit, for writers of stores: what callers ask at the same time is written together, and
//! shares one wait for the disk.
//!
//! A batch gathers by yielding, not by a timer: a lone client pays for no wait, and many clients
//! that were just answered are all there again before the next batch is written. With many callers
//! and fast commits, one half of them is gathered while the other half is written.
//!
//! A store says how a batch is written ([`BatchWriter`]) and submits to a [`GroupCommit`].

mod batch;
mod drive;
mod queue;
mod rhythm;

use futures_util::future::BoxFuture;

pub use batch::{Answered, Batch};
pub use queue::{GroupCommit, Limits, NotAnswered};

/// Writes batches. What is asked of the same stream is done in the order the batches come.
pub trait BatchWriter: Send + Sync + 'static {
    /// One thing to write.
    type Work: Send + 'static;
    /// What became of it.
    type Answer: Send + 'static;

    /// Begins to write `batch`; the future ends with the answers, or with `None` if the writer has
    /// ended. At most two batches are under way at a time.
    fn begin(&self, batch: Written<Self>) -> Writing<Self>;

    /// Sees to it that what has begun is finished, though nobody waits for it any more.
    fn finish(&self, writing: Writing<Self>);

    /// Whether it writes on a thread of its own, which may begin while the caller still runs.
    fn has_own_thread(&self) -> bool;

    /// How much room a piece of work takes, in the queue and in a batch: 1 and more.
    fn weight(&self, work: &Self::Work) -> u32 {
        let _ = work;
        1
    }
}

/// A batch for the writer `W`.
pub type Written<W> = Batch<<W as BatchWriter>::Work, <W as BatchWriter>::Answer>;

/// A batch that the writer `W` is writing.
pub type Writing<W> = BoxFuture<'static, Option<AnsweredBy<W>>>;

/// A batch that the writer `W` has answered.
pub type AnsweredBy<W> = Answered<<W as BatchWriter>::Work, <W as BatchWriter>::Answer>;
