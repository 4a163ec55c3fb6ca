//! Why an aggregate could not be loaded or a command was not executed.

use std::fmt;

use jiff::Timestamp;
use thiserror::Error;

use super::handshake::SchemaAhead;
use crate::aggregate::BoxError;
use crate::command::InvalidCommand;
use crate::envelope::InvalidTag;
use crate::ids::{CommandId, Version};
use crate::schema::{DecodeError, EncodeError};
use crate::store::{StepError, StoreError};
use crate::stream::{InvalidStreamId, StreamId};

/// Why an aggregate could not be loaded.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum LoadError {
    /// Nothing was ever recorded of it.
    #[error("stream {stream} does not exist")]
    #[non_exhaustive]
    NotFound {
        /// The stream.
        stream: StreamId,
    },
    /// Its stream has not reached the version asked for.
    #[error("stream {stream} is at version {actual}, it has not reached version {asked}")]
    #[non_exhaustive]
    VersionNotReached {
        /// The stream.
        stream: StreamId,
        /// The version asked for.
        asked: Version,
        /// The version it is at.
        actual: Version,
    },
    /// Nothing was recorded of it up to the time asked for.
    #[error("stream {stream} did not exist yet at {asked}")]
    #[non_exhaustive]
    NotYet {
        /// The stream.
        stream: StreamId,
        /// The time asked for.
        asked: Timestamp,
    },
    /// Its id makes no address.
    #[error(transparent)]
    InvalidStream(#[from] InvalidStreamId),
    /// One of its events cannot be read by this program.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// Folding one of its events panicked.
    #[error("folding version {version} of stream {stream} panicked: {message}")]
    #[non_exhaustive]
    Panicked {
        /// The stream.
        stream: StreamId,
        /// The version of the event.
        version: Version,
        /// What the panic said.
        message: String,
    },
    /// The store cannot do it now.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a command was not executed: nothing was recorded, unless the store's error is of kind
/// `Unknown`.
///
/// `E` is the aggregate's own error, as its handler returned it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExecuteError<E: fmt::Debug> {
    /// The aggregate refused it.
    #[error("the aggregate refused the command: {0:?}")]
    Domain(E),
    /// It is not acceptable for what it holds.
    #[error(transparent)]
    Invalid(InvalidCommand),
    /// Its aggregate does not exist, and it does not create it.
    #[error("stream {stream} does not exist, and command `{command}` does not create it")]
    #[non_exhaustive]
    NotFound {
        /// The stream.
        stream: StreamId,
        /// The command's name.
        command: &'static str,
    },
    /// It creates its aggregate, which exists.
    #[error("stream {stream} exists already, command `{command}` creates it")]
    #[non_exhaustive]
    AlreadyExists {
        /// The stream.
        stream: StreamId,
        /// The command's name.
        command: &'static str,
    },
    /// A batch without commands names no aggregate.
    #[error("the batch holds no command")]
    EmptyBatch,
    /// Commands of one batch are addressed to different aggregates.
    #[error("a batch is for one aggregate, but names stream {first} and stream {second}")]
    #[non_exhaustive]
    MixedAggregates {
        /// The stream of the first command.
        first: StreamId,
        /// A stream of a later one.
        second: StreamId,
    },
    /// The aggregate is not at the version the caller has seen.
    #[error("stream {stream} is at version {actual}, the caller has seen version {expected}")]
    #[non_exhaustive]
    UnexpectedVersion {
        /// The stream.
        stream: StreamId,
        /// The version the caller has seen.
        expected: Version,
        /// The version it is at.
        actual: Version,
    },
    /// The command's id was used before, for another aggregate.
    #[error("command id {command_id} was used on stream {first}, and now comes for stream {now}")]
    #[non_exhaustive]
    CommandIdTaken {
        /// The id.
        command_id: CommandId,
        /// The stream it was used on.
        first: StreamId,
        /// The stream it comes for now.
        now: StreamId,
    },
    /// Others appended to the stream each time it was tried.
    #[error("others appended to stream {stream} in each of {attempts} attempts")]
    #[non_exhaustive]
    Conflict {
        /// The stream.
        stream: StreamId,
        /// How often it was tried.
        attempts: u32,
    },
    /// Its aggregate's id makes no address.
    #[error(transparent)]
    InvalidStream(InvalidStreamId),
    /// Its aggregate could not be loaded.
    #[error(transparent)]
    Load(LoadError),
    /// A later program wrote to the store, and what it wrote of this kind of aggregate is not known
    /// to this program: it decides nothing on it. Trying again does not help, deploying does.
    #[error(transparent)]
    SchemaAhead(SchemaAhead),
    /// An event it caused could not be encoded.
    #[error(transparent)]
    Encode(EncodeError),
    /// An event it caused has a field that makes no tag.
    #[error(transparent)]
    Tag(InvalidTag),
    /// A handler or applier panicked.
    #[error("command `{command}` on stream {stream} panicked: {message}")]
    #[non_exhaustive]
    Panicked {
        /// The stream.
        stream: StreamId,
        /// The command's name.
        command: &'static str,
        /// What the panic said.
        message: String,
    },
    /// A view that is kept with the appends does not take what it caused. See
    /// [`AppBuilder::inline`](crate::app::AppBuilder::inline).
    #[error(transparent)]
    View(StepError),
    /// The store could not do it.
    #[error(transparent)]
    Store(StoreError),
    /// A middleware layer refused it or gave up waiting for it.
    #[error("a middleware layer stopped the command")]
    Middleware(#[source] BoxError),
}

impl<E: fmt::Debug> ExecuteError<E> {
    /// The aggregate's own error, if that is what it is.
    pub fn domain(&self) -> Option<&E> {
        match self {
            Self::Domain(error) => Some(error),
            _ => None,
        }
    }

    /// Whether the same command, with the same id, may succeed later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Conflict { .. } | Self::View(StepError::Behind { .. }) => true,
            Self::Store(error)
            | Self::Load(LoadError::Store(error))
            | Self::View(StepError::Store(error)) => error.is_retryable(),
            _ => false,
        }
    }

    /// Turns the aggregate's own error into another type.
    pub fn map_domain<F: fmt::Debug>(self, map: impl FnOnce(E) -> F) -> ExecuteError<F> {
        match self {
            Self::Domain(error) => ExecuteError::Domain(map(error)),
            Self::Invalid(error) => ExecuteError::Invalid(error),
            Self::NotFound { stream, command } => ExecuteError::NotFound { stream, command },
            Self::AlreadyExists { stream, command } => {
                ExecuteError::AlreadyExists { stream, command }
            }
            Self::EmptyBatch => ExecuteError::EmptyBatch,
            Self::MixedAggregates { first, second } => {
                ExecuteError::MixedAggregates { first, second }
            }
            Self::UnexpectedVersion {
                stream,
                expected,
                actual,
            } => ExecuteError::UnexpectedVersion {
                stream,
                expected,
                actual,
            },
            Self::CommandIdTaken {
                command_id,
                first,
                now,
            } => ExecuteError::CommandIdTaken {
                command_id,
                first,
                now,
            },
            Self::Conflict { stream, attempts } => ExecuteError::Conflict { stream, attempts },
            Self::InvalidStream(error) => ExecuteError::InvalidStream(error),
            Self::Load(error) => ExecuteError::Load(error),
            Self::SchemaAhead(ahead) => ExecuteError::SchemaAhead(ahead),
            Self::Encode(error) => ExecuteError::Encode(error),
            Self::Tag(error) => ExecuteError::Tag(error),
            Self::Panicked {
                stream,
                command,
                message,
            } => ExecuteError::Panicked {
                stream,
                command,
                message,
            },
            Self::View(error) => ExecuteError::View(error),
            Self::Store(error) => ExecuteError::Store(error),
            Self::Middleware(error) => ExecuteError::Middleware(error),
        }
    }
}
