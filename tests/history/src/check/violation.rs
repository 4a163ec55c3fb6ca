//! What can be wrong, in words.

use std::fmt;

use eventide_core::{CommandId, EventId, Position, StreamId, Version};
use jiff::Timestamp;
use thiserror::Error;

use crate::entry::Op;

/// How it is known that everything up to a position is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Witness {
    /// This append was acknowledged.
    Append(Op),
    /// This reader was told.
    Reader(u32),
}

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Append(op) => write!(f, "the acknowledged {op}"),
            Self::Reader(reader) => write!(f, "reader {reader}"),
        }
    }
}

/// A promise that was broken. The rules are in the [crate's documentation](crate).
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the words of each say what its fields are")]
pub enum Violation {
    #[error("the history is not one: {op} {reason}")]
    Malformed { op: Op, reason: &'static str },

    #[error("event {event} is at position {position}, but follows position {before} in the log")]
    PositionWentBack {
        before: Position,
        position: Position,
        event: EventId,
    },
    #[error(
        "event {event} at position {position} was recorded at {recorded_at}, the event before it later, at {before}"
    )]
    TimeWentBack {
        before: Timestamp,
        recorded_at: Timestamp,
        position: Position,
        event: EventId,
    },
    #[error(
        "event {event} at position {position} has version {version} of stream {stream}, where {expected} is next"
    )]
    VersionHole {
        stream: StreamId,
        expected: Version,
        version: Version,
        position: Position,
        event: EventId,
    },
    #[error("event {event} is in the log twice, at positions {first} and {second}")]
    EventTwice {
        event: EventId,
        first: Position,
        second: Position,
    },
    #[error(
        "nobody appended event {event}, version {version} of stream {stream} at position {position}"
    )]
    Phantom {
        stream: StreamId,
        version: Version,
        position: Position,
        event: EventId,
    },
    #[error(
        "event {event} of stream {stream} at position {position} is not what {op} asked to store"
    )]
    EventChanged {
        op: Op,
        stream: StreamId,
        position: Position,
        event: EventId,
    },

    #[error(
        "lost: {op} was acknowledged with event {event} as version {version} of stream {stream} at position {position}"
    )]
    Lost {
        op: Op,
        stream: StreamId,
        version: Version,
        position: Position,
        event: EventId,
    },
    #[error("the answer to {op} {reason}")]
    WrongAnswer { op: Op, reason: &'static str },
    #[error(
        "event {event} of {op} has version {version} of stream {stream}, where it must be {expected}"
    )]
    WrongVersion {
        op: Op,
        stream: StreamId,
        expected: Version,
        version: Version,
        event: EventId,
    },
    #[error("event {event} of {op} is at position {position}, but was acknowledged at {expected}")]
    WrongPosition {
        op: Op,
        event: EventId,
        expected: Position,
        position: Position,
    },
    #[error("event {event} of {op} is recorded at {recorded_at}, where it must be {expected}")]
    WrongTime {
        op: Op,
        event: EventId,
        expected: Timestamp,
        recorded_at: Timestamp,
    },
    #[error("event {event} was acknowledged to an earlier append, and again to {op}")]
    AcknowledgedTwice { op: Op, event: EventId },
    #[error(
        "{op} was refused, but its event {event} is stored as version {version} of stream {stream} at position {position}"
    )]
    StoredThoughRefused {
        op: Op,
        stream: StreamId,
        version: Version,
        position: Position,
        event: EventId,
    },
    #[error("{op} is stored in part: there are events {there:?}, missing are events {missing:?}")]
    Torn {
        op: Op,
        there: Vec<EventId>,
        missing: Vec<EventId>,
    },
    #[error("{op} expected stream {stream} at version {expected}, but was stored after {actual}")]
    DoesNotFollow {
        op: Op,
        stream: StreamId,
        expected: Version,
        actual: Version,
    },
    #[error(
        "event {event} of {op} is at position {position}, though {witness} had proved position {known} before that append was invoked"
    )]
    OutOfOrder {
        op: Op,
        event: EventId,
        position: Position,
        known: Position,
        witness: Witness,
    },

    #[error(
        "{op} was told that stream {stream} is at version {told}, when it was known to be at {known} already"
    )]
    VersionTooLow {
        op: Op,
        stream: StreamId,
        told: Version,
        known: Version,
    },
    #[error(
        "{op} was told that stream {stream} is at version {told}, when it could not have come beyond {reachable}"
    )]
    VersionTooHigh {
        op: Op,
        stream: StreamId,
        told: Version,
        reachable: Version,
    },

    #[error("command {command} acted twice: by {first} and by {second}")]
    CommandActedTwice {
        command: CommandId,
        first: Op,
        second: Op,
    },
    #[error("{op} is stored, but the store does not know its command {command}")]
    CommandForgotten { op: Op, command: CommandId },
    #[error("the store knows command {command}, no append of which can have been stored")]
    PhantomCommand { command: CommandId },
    #[error("{told} of command {command} of {op} is not what became of it")]
    WrongResult {
        op: Op,
        command: CommandId,
        told: &'static str,
    },
    #[error("{op} was told that its command {command} was handled before, but no append can have")]
    NotHandledBefore { op: Op, command: CommandId },
    #[error("{op} was not told that its command {command} was handled before, by {first}")]
    NotTold {
        op: Op,
        command: CommandId,
        first: Op,
    },

    #[error(
        "reader {reader} came to position {position} and skipped {events} events, the first of them {event} at position {skipped}"
    )]
    Skipped {
        reader: u32,
        position: Position,
        events: usize,
        skipped: Position,
        event: EventId,
    },
    #[error("reader {reader}, at position {after}, was taken back to {position}")]
    ReaderWentBack {
        reader: u32,
        after: Position,
        position: Position,
    },
    #[error(
        "reader {reader} saw position {position}{}, which the log does not hold in the end",
        .event.map_or(String::new(), |event| format!(" with event {event}"))
    )]
    Vanished {
        reader: u32,
        position: Position,
        event: Option<EventId>,
    },
    #[error("reader {reader} saw event {event} at position {position} before {op} was invoked")]
    SeenTooEarly {
        reader: u32,
        position: Position,
        event: EventId,
        op: Op,
    },
    #[error(
        "reader {reader} was told that the log ends at {position}, after {witness} had proved position {known}"
    )]
    Stale {
        reader: u32,
        position: Position,
        known: Position,
        witness: Witness,
    },
}
