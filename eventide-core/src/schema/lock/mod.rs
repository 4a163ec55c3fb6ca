//! The schema lock, as the program writes it, keeps it and proves it.
//!
//! The compiler compares the lock with the program (EV07). What it cannot see is done here: writing
//! the lock, and reading its goldens through every step to what they were recorded as.
//!
//! | function | does |
//! |---|---|
//! | [`describe()`] | the lock of this program, without goldens |
//! | [`check()`] | compares a lock with this program |
//! | [`accept()`] | makes the lock what the program is, unless that changes what is published |
//! | [`prove()`] | reads every golden as it was recorded |
//! | [`sample()`] | takes real events into the goldens |
//! | [`report()`] | joins lock and store: what is stored, and which steps nobody needs any more |
//! | [`add_golden()`] | puts an event of your own into the goldens |
//! | [`read()`], [`write()`] | the file; [`Lock::at_revision`] reads it as it was in a git revision |
//!
//! A user's crate has one line, [`lock_tests!`](macro@crate::lock_tests), which calls them.

mod accept;
mod describe;
mod difference;
mod file;
mod golden;
mod make_up;
mod program;
mod prove;
mod reading;
mod report;
mod sample;
mod violation;

pub use accept::{Accept, AcceptError, Accepted, Note, NoteKind, Refused, RefusedReason, accept};
pub use describe::{DescribeError, describe};
pub use difference::Differing;
pub use eventide_lock::{
    Block, Change, ChangeKind, Comparison, Compatibility, Difference, DifferenceKind, Golden, Key,
    Line, Lock, Order, ParseError, Path, Reading, Refusal, RefusalReason, RevisionError, Type,
    compare,
};
pub use file::{FileError, read, write};
pub use golden::add_golden;
pub use prove::{Proof, prove};
pub use reading::ReadError;
#[cfg(feature = "testing")]
pub(crate) use reading::{events_of, recorded};
pub use report::{LockReport, Unknown, VersionReport, WayUp, report};
pub use sample::{Progress, Sampled, Taken, sample};
pub use violation::{ProofError, Violation, ViolationKind};

use crate::domain::Domain;

/// Compares `against`, a lock from a file or a git revision, with this program: what differs, what
/// may not be accepted, and in which order to deploy.
///
/// # Errors
/// The program has two shapes for one version.
pub fn check<D: Domain>(against: &Lock) -> Result<Comparison, DescribeError> {
    let described = describe::<D>()?;
    let program = program::Program::of::<D>();
    Ok(compare(
        against,
        &accept::kept(against, described, &program),
    ))
}
