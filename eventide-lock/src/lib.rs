//! The text of `eventide.lock`: what is stored of every event, version by version.
//!
//! The file is read by the macros, at compile time, and written by an explicit accept, at run time.
//! Both go through this crate, so that there is one reader of the format and one way to hash it.

#![warn(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used
)]

mod compare;
pub mod hash;
mod model;
mod model_hash;
mod parse;
mod print;
mod report;
mod revision;

pub use compare::{
    Change, ChangeKind, Comparison, Compatibility, Difference, DifferenceKind, Order, Refusal,
    RefusalReason, compare,
};
pub use model::{Block, Golden, Key, Line, Lock, Path, Reading, Tagging, Type};
pub use parse::{Malformed, ParseError};
pub use revision::RevisionError;

/// The format of the lock that this program writes, and the newest that it reads.
pub const FORMAT: u64 = 1;

/// How many levels a [`Type`] in a lock may have, and how many keys a [`Path`]: `[u32?]` has three.
pub const MAX_DEPTH: usize = 128;
