//! What was done to a lock besides taking in shapes.

use std::fmt;

use crate::schema::lock::reading::Named;

/// Something that was done to one block, or could not be.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Note {
    /// The event's stored name.
    pub event: String,
    /// The schema version.
    pub version: u32,
    /// What.
    pub kind: NoteKind,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoteKind {
    /// Goldens were made up.
    MadeUp {
        /// How many.
        goldens: usize,
    },
    /// It has no golden, and none could be made up.
    NotMadeUp {
        /// Why the last one that was made up is not read; `None` if the type refused every answer
        /// or there is no type.
        reason: Option<String>,
    },
    /// What a golden is read as was recorded for the first time.
    Recorded {
        /// Which golden, from 1.
        golden: usize,
    },
    /// A golden is now read as something else, and is allowed to be.
    ReadAgain {
        /// Which golden, from 1.
        golden: usize,
        /// What it was read as: events and their versions.
        before: String,
        /// What it is read as.
        now: String,
    },
    /// Goldens of a shape that was never published and is no more were dropped.
    GoldensDropped {
        /// How many.
        goldens: usize,
    },
    /// The version was never published, is not read any more, and was dropped.
    Dropped,
    /// It is published from now on.
    Published,
}

impl NoteKind {
    /// Whether the lock is another because of it.
    pub(super) fn is_change(&self) -> bool {
        !matches!(self, Self::NotMadeUp { .. })
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", Named(&self.event, self.version))?;
        match &self.kind {
            NoteKind::MadeUp { goldens: 1 } => f.write_str("has a golden now, made up"),
            NoteKind::MadeUp { goldens } => write!(f, "has {goldens} goldens now, made up"),
            NoteKind::NotMadeUp { reason } => {
                f.write_str("has no golden, and none could be made up")?;
                if let Some(reason) = reason {
                    write!(f, " that is read ({reason})")?;
                }
                f.write_str(
                    ": take some out of a store with `schema::lock::sample`, or give one with `schema::lock::add_golden`",
                )
            }
            NoteKind::Recorded { golden } => {
                write!(f, "golden {golden}: recorded what it is read as")
            }
            NoteKind::ReadAgain {
                golden,
                before,
                now,
            } if before == now => {
                write!(f, "golden {golden} is read as {now} of other content now")
            }
            NoteKind::ReadAgain {
                golden,
                before,
                now,
            } => {
                write!(
                    f,
                    "golden {golden} was read as {before}, is read as {now} now"
                )
            }
            NoteKind::GoldensDropped { goldens } => {
                let word = if *goldens == 1 { "golden" } else { "goldens" };
                write!(
                    f,
                    "lost {goldens} {word} of the shape it had: that was never published"
                )
            }
            NoteKind::Dropped => f.write_str("was dropped: it was never published"),
            NoteKind::Published => f.write_str("is published: it does not change any more"),
        }
    }
}
