//! Appending: what is asked of a store, and what it answers.

use std::fmt;

use jiff::Timestamp;
use thiserror::Error;

use super::error::StoreError;
use super::step::StepError;
use crate::envelope::NewEvent;
use crate::ids::{CommandId, Position, Version};
use crate::stream::StreamId;

/// One atomic append to one or several streams.
#[derive(Debug, Clone, PartialEq)]
pub struct AppendRequest {
    /// The streams, each at most once.
    pub streams: Vec<StreamAppend>,
}

impl AppendRequest {
    /// An append to a single stream.
    pub fn to(stream: StreamAppend) -> Self {
        Self {
            streams: vec![stream],
        }
    }

    /// Checks what every store must refuse in the same words; stores call it first.
    ///
    /// # Errors
    /// [`AppendError::InvalidRequest`]: no stream, a stream twice, a stream with neither events
    /// nor commands, a command twice, or marks that do not cover the stream's events.
    pub fn check(&self) -> Result<(), AppendError> {
        let invalid = |reason: String| Err(AppendError::InvalidRequest { reason });
        if self.streams.is_empty() {
            return invalid("it names no stream".to_owned());
        }
        if let Some(twice) = first_repeat(self.streams.iter().map(|part| &part.stream)) {
            return invalid(format!("it names stream {twice} twice"));
        }
        let commands = self.streams.iter().flat_map(|part| &part.commands);
        if let Some(twice) = first_repeat(commands.map(|mark| mark.id)) {
            return invalid(format!("it names command {twice} twice"));
        }
        for part in &self.streams {
            if part.events.is_empty() && part.commands.is_empty() {
                return invalid(format!("it has nothing for stream {}", part.stream));
            }
            let marked: usize = part.commands.iter().map(|mark| mark.events).sum();
            if !part.commands.is_empty() && marked != part.events.len() {
                return invalid(format!(
                    "its commands cause {marked} events of stream {}, which has {}",
                    part.stream,
                    part.events.len()
                ));
            }
        }
        Ok(())
    }
}

fn first_repeat<T: Ord>(items: impl Iterator<Item = T> + Clone) -> Option<T> {
    // Most appends are of one command to one stream.
    items.clone().nth(1)?;
    let mut sorted: Vec<_> = items.collect();
    sorted.sort_unstable();
    let mut last = None;
    sorted.into_iter().find_map(|item| {
        let repeated = last.as_ref() == Some(&item);
        let before = last.replace(item);
        before.filter(|_| repeated)
    })
}

/// What is appended to one stream.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamAppend {
    /// The stream.
    pub stream: StreamId,
    /// What its version must be.
    pub expected: ExpectedVersion,
    /// The events, in order. None, if commands that caused nothing are to be remembered.
    pub events: Vec<NewEvent>,
    /// The commands that caused the events, in order; empty if no command did. Together they
    /// account for all the events.
    pub commands: Vec<CommandMark>,
}

/// A command to be remembered as handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommandMark {
    /// Its id.
    pub id: CommandId,
    /// How many of its stream's events, following those of the commands before it, it caused.
    pub events: usize,
}

/// What a stream's version must be for an append to go through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpectedVersion {
    /// Exactly this one; [`Version::ZERO`] if the stream must not exist yet.
    Exact(Version),
    /// Whatever it is.
    Any,
}

impl ExpectedVersion {
    /// The stream must not exist yet.
    pub const NO_STREAM: Self = Self::Exact(Version::ZERO);

    /// Whether a stream at `actual` is as expected.
    pub fn matches(self, actual: Version) -> bool {
        match self {
            Self::Exact(expected) => expected == actual,
            Self::Any => true,
        }
    }
}

impl fmt::Display for ExpectedVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(version) => write!(f, "version {version}"),
            Self::Any => f.write_str("any version"),
        }
    }
}

/// An acknowledged append: durable, and visible to every reader from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// What became of each stream, in the order of the request.
    pub streams: Vec<AppendedStream>,
    /// When it was recorded, the same for all its events.
    pub recorded_at: Timestamp,
}

/// What an append made of one stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppendedStream {
    /// The stream.
    pub stream: StreamId,
    /// Its version after the append.
    pub version: Version,
    /// The positions of its new events, in order.
    pub positions: Vec<Position>,
}

/// A command the store has seen, and the events it caused then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandledCommand {
    /// Its id.
    pub id: CommandId,
    /// The stream it was decided on.
    pub stream: StreamId,
    /// The version of that stream before its events.
    pub after: Version,
    /// How many events it caused.
    pub events: u64,
    /// The position of its last event; `None` if it caused none.
    pub position: Option<Position>,
}

impl HandledCommand {
    /// The version of the stream after the command's events.
    pub fn version(&self) -> Version {
        self.after.plus(self.events)
    }
}

/// Why an append stored nothing.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AppendError {
    /// The stream is not at the expected version: somebody else appended.
    #[error("stream {stream} is at version {actual}, not at {expected}")]
    #[non_exhaustive]
    Conflict {
        /// The stream.
        stream: StreamId,
        /// What was expected.
        expected: ExpectedVersion,
        /// What it is.
        actual: Version,
    },
    /// Commands of the request were handled before.
    #[error("command {} was handled before", .0.first().map_or(String::new(), |c| c.id.to_string()))]
    AlreadyHandled(Vec<HandledCommand>),
    /// The request contradicts itself; no store would take it.
    #[error("the append is not well-formed: {reason}")]
    #[non_exhaustive]
    InvalidRequest {
        /// How.
        reason: String,
    },
    /// What was to happen with it did not.
    #[error(transparent)]
    Step(#[from] StepError),
    /// The store cannot do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AppendError {
    /// For stores: the stream is not at the expected version.
    pub fn conflict(stream: StreamId, expected: ExpectedVersion, actual: Version) -> Self {
        Self::Conflict {
            stream,
            expected,
            actual,
        }
    }

    /// For stores: the request contradicts itself.
    pub fn invalid_request(reason: impl Into<String>) -> Self {
        Self::InvalidRequest {
            reason: reason.into(),
        }
    }
}
