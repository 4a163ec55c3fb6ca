//! Why nothing was imported, and why a copy is none.

use jiff::Timestamp;
use thiserror::Error;

use super::difference::Difference;
use crate::envelope::RecordedEvent;
use crate::ids::{Position, Version};
use crate::store::{HandledCommand, StoreError};
use crate::stream::StreamId;

/// Why an import stored nothing.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The log does not end where the import begins: somebody else wrote to it.
    #[error(
        "the log ends at position {head}, not at position {after}, which the events to import follow"
    )]
    #[non_exhaustive]
    NotAtEnd {
        /// Where it was to end.
        after: Position,
        /// Where it ends.
        head: Position,
    },
    /// An event does not follow on the last one of its stream.
    #[error(
        "the event at position {position} is version {version} of stream {stream}, whose next \
         version is {expected}"
    )]
    #[non_exhaustive]
    Hole {
        /// The event's position.
        position: Position,
        /// The stream.
        stream: StreamId,
        /// The event's version.
        version: Version,
        /// The version that would follow.
        expected: Version,
    },
    /// No log could hold the event at its place.
    #[error("the event at position {position} cannot be imported: {reason}")]
    #[non_exhaustive]
    Invalid {
        /// The event's position.
        position: Position,
        /// Why not.
        reason: String,
    },
    /// A command to import is known already, and came to something else.
    #[error(
        "command {} is known: it came to {}, not to {}",
        .known.id, result(.known), result(.given)
    )]
    #[non_exhaustive]
    AnotherResult {
        /// What the store knows.
        known: Box<HandledCommand>,
        /// What was to be imported.
        given: Box<HandledCommand>,
    },
    /// The store cannot do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ImportError {
    /// For stores: the log ends at `head`, not at `after`.
    pub fn not_at_end(after: Position, head: Position) -> Self {
        Self::NotAtEnd { after, head }
    }

    /// For stores: the event at `position` has `version` in `stream`, where `expected` is next.
    pub fn hole(position: Position, stream: StreamId, version: Version, expected: Version) -> Self {
        Self::Hole {
            position,
            stream,
            version,
            expected,
        }
    }

    /// For stores: no log could hold the event at `position`.
    pub fn invalid(position: Position, reason: impl Into<String>) -> Self {
        Self::Invalid {
            position,
            reason: reason.into(),
        }
    }

    /// For stores: `event` was recorded before the last event of the log, which was at `last`.
    pub fn recorded_before(event: &RecordedEvent, last: Timestamp) -> Self {
        let recorded_at = event.recorded_at;
        Self::invalid(
            event.position,
            format!("it was recorded at {recorded_at}, and the event before it later, at {last}"),
        )
    }

    /// For stores: a command is known with another result.
    pub fn another_result(known: HandledCommand, given: HandledCommand) -> Self {
        Self::AnotherResult {
            known: Box::new(known),
            given: Box::new(given),
        }
    }
}

fn result(command: &HandledCommand) -> String {
    let HandledCommand {
        stream,
        after,
        events,
        ..
    } = command;
    let end = command.position.map_or(String::new(), |position| {
        format!(", to position {position}")
    });
    format!("{events} events of stream {stream} after version {after}{end}")
}

/// Why a log was not copied.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CopyError {
    /// The source cannot be read.
    #[error("the log to copy cannot be read")]
    Source(#[source] StoreError),
    /// The target cannot be read.
    #[error("the log to copy to cannot be read")]
    Target(#[source] StoreError),
    /// The target does not take what was read.
    #[error("the log to copy to does not take what was read")]
    Import(#[from] ImportError),
    /// The target is no beginning of the source: it holds events of its own. Nothing was copied.
    #[error(
        "the log to copy to is no beginning of the log to copy: {0}; copy to a new store, or to one \
         that a copy of the same log was begun in"
    )]
    NotABeginning(Difference),
    /// Verification found that the copy is not like its source.
    #[error("the copy is not like its source: {0}")]
    Different(Difference),
}
