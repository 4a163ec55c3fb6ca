//! What a lock's goldens disprove.

use std::fmt;

use thiserror::Error;

use super::describe::DescribeError;
use super::difference::Differing;
use super::reading::{Named, ReadError};

/// A lock that this program does not live up to.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ProofError {
    /// The program cannot be described.
    #[error("the program's events cannot be listed")]
    Program(#[from] DescribeError),
    /// All that is wrong.
    #[error("{}", list(.0))]
    Violated(Vec<Violation>),
}

fn list(violations: &[Violation]) -> String {
    let lines = violations.iter().map(ToString::to_string);
    lines.collect::<Vec<_>>().join("\n")
}

/// One thing that does not hold.
#[derive(Debug)]
#[non_exhaustive]
pub struct Violation {
    /// The event's stored name.
    pub event: String,
    /// The schema version.
    pub version: u32,
    /// Which golden of that version, from 1, if it is about one.
    pub golden: Option<usize>,
    /// What does not hold.
    pub kind: ViolationKind,
}

/// What does not hold.
#[derive(Debug)]
#[non_exhaustive]
pub enum ViolationKind {
    /// There is no golden to prove anything with.
    NoGolden,
    /// The program reads no such event.
    NotRead,
    /// No step leads up from it.
    NoStep {
        /// Where the chain begins.
        lowest: u32,
    },
    /// It cannot be read.
    Unreadable(ReadError),
    /// What it is read as was never recorded.
    NotRecorded,
    /// It is read as the same events, of other content.
    ReadsOtherwise(Vec<Differing>),
    /// It is read as other events.
    ReadsAsOthers {
        /// What was recorded.
        recorded: String,
        /// What it is read as.
        now: String,
    },
    /// It is of the current version and is not the same after being decoded and encoded.
    NotIdentical(Vec<Differing>),
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = Named(&self.event, self.version);
        match self.golden {
            Some(golden) => write!(f, "golden {golden} of {named} ")?,
            None => write!(f, "{named} ")?,
        }
        match &self.kind {
            ViolationKind::NoGolden => f.write_str(
                "has no golden: accept makes one up, and `schema::lock::sample` takes some out of a store",
            ),
            ViolationKind::NotRead => f.write_str("is in the lock and is not read by this program"),
            ViolationKind::NoStep { lowest } => {
                write!(f, "has no step that leads up from it: the chain begins at version {lowest}")
            }
            ViolationKind::Unreadable(error) => write!(f, "is not read: {}", error.words()),
            ViolationKind::NotRecorded => {
                f.write_str("is not recorded yet: accept records what it is read as")
            }
            ViolationKind::ReadsOtherwise(places) => {
                write!(f, "is now read differently:{}", Places(places))
            }
            ViolationKind::ReadsAsOthers { recorded, now } => {
                write!(f, "was read as {recorded}, is now read as {now}")
            }
            ViolationKind::NotIdentical(places) => write!(
                f,
                "is not the same after being decoded and encoded:{}",
                Places(places)
            ),
        }
    }
}

/// Places that differ, each on a line of its own.
pub(super) struct Places<'a>(pub(super) &'a [Differing]);

impl fmt::Display for Places<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|place| write!(f, "\n  {place}"))
    }
}
