//! What is not alike in two logs.

use thiserror::Error;

use crate::envelope::RecordedEvent;
use crate::ids::{CommandId, Position, Version};
use crate::store::HandledCommand;
use crate::stream::StreamId;

/// What is not alike in a log and its copy. Names the place, and not what stands there.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Difference {
    /// An event differs.
    #[error(
        "the event at position {position}, version {version} of stream {stream}, differs in its {field}"
    )]
    #[non_exhaustive]
    Event {
        /// Its position.
        position: Position,
        /// Its stream in the source.
        stream: StreamId,
        /// Its version in the source.
        version: Version,
        /// The first field of [`RecordedEvent`] that differs.
        field: &'static str,
    },
    /// The copy lacks an event of the source.
    #[error(
        "the copy lacks the event at position {position}, version {version} of stream {stream}"
    )]
    #[non_exhaustive]
    MissingEvent {
        /// Its position.
        position: Position,
        /// Its stream.
        stream: StreamId,
        /// Its version.
        version: Version,
    },
    /// The copy has an event that the source has not.
    #[error(
        "only the copy has an event at position {position}, version {version} of stream {stream}"
    )]
    #[non_exhaustive]
    ExtraEvent {
        /// Its position.
        position: Position,
        /// Its stream.
        stream: StreamId,
        /// Its version.
        version: Version,
    },
    /// A handled command differs.
    #[error("command {id}, handled on stream {stream}, differs in its {field}")]
    #[non_exhaustive]
    Command {
        /// Its id.
        id: CommandId,
        /// Its stream in the source.
        stream: StreamId,
        /// The first field of [`HandledCommand`] that differs.
        field: &'static str,
    },
    /// The copy lacks a command that the source has handled.
    #[error("the copy lacks command {id}, handled on stream {stream}")]
    #[non_exhaustive]
    MissingCommand {
        /// Its id.
        id: CommandId,
        /// Its stream.
        stream: StreamId,
    },
    /// The copy knows a command that the source has not handled.
    #[error("only the copy knows command {id}, handled on stream {stream}")]
    #[non_exhaustive]
    ExtraCommand {
        /// Its id.
        id: CommandId,
        /// Its stream.
        stream: StreamId,
    },
}

impl Difference {
    pub(super) fn missing(event: &RecordedEvent) -> Self {
        Self::MissingEvent {
            position: event.position,
            stream: event.stream.clone(),
            version: event.version,
        }
    }

    pub(super) fn extra(event: &RecordedEvent) -> Self {
        Self::ExtraEvent {
            position: event.position,
            stream: event.stream.clone(),
            version: event.version,
        }
    }

    /// Of the next event of each log, if they differ.
    pub(super) fn of_events(
        source: Option<&RecordedEvent>,
        copy: Option<&RecordedEvent>,
    ) -> Option<Self> {
        match (source, copy) {
            (None, None) => None,
            (Some(source), None) => Some(Self::missing(source)),
            (None, Some(copy)) => Some(Self::extra(copy)),
            (Some(source), Some(copy)) if source.position < copy.position => {
                Some(Self::missing(source))
            }
            (Some(source), Some(copy)) if source.position > copy.position => {
                Some(Self::extra(copy))
            }
            (Some(source), Some(copy)) => differing_field(source, copy).map(|field| Self::Event {
                position: source.position,
                stream: source.stream.clone(),
                version: source.version,
                field,
            }),
        }
    }

    /// Of the next command of each store by their ids, if they differ.
    pub(super) fn of_commands(
        source: Option<&HandledCommand>,
        copy: Option<&HandledCommand>,
    ) -> Option<Self> {
        let missing = |command: &HandledCommand| Self::MissingCommand {
            id: command.id,
            stream: command.stream.clone(),
        };
        let extra = |command: &HandledCommand| Self::ExtraCommand {
            id: command.id,
            stream: command.stream.clone(),
        };
        match (source, copy) {
            (None, None) => None,
            (Some(source), None) => Some(missing(source)),
            (None, Some(copy)) => Some(extra(copy)),
            (Some(source), Some(copy)) if source.id < copy.id => Some(missing(source)),
            (Some(source), Some(copy)) if source.id > copy.id => Some(extra(copy)),
            (Some(source), Some(copy)) => {
                differing_result(source, copy).map(|field| Self::Command {
                    id: source.id,
                    stream: source.stream.clone(),
                    field,
                })
            }
        }
    }
}

fn differing_field(source: &RecordedEvent, copy: &RecordedEvent) -> Option<&'static str> {
    // All fields are named, so that a new one is not forgotten here.
    let RecordedEvent {
        position,
        stream,
        version,
        id,
        event_type,
        schema_version,
        payload,
        recorded_at,
        metadata,
        tags,
    } = source;
    first_false(&[
        (*position == copy.position, "position"),
        (*id == copy.id, "id"),
        (*stream == copy.stream, "stream"),
        (*version == copy.version, "version"),
        (*event_type == copy.event_type, "event_type"),
        (*schema_version == copy.schema_version, "schema_version"),
        (*payload == copy.payload, "payload"),
        (*recorded_at == copy.recorded_at, "recorded_at"),
        (*metadata == copy.metadata, "metadata"),
        (*tags == copy.tags, "tags"),
    ])
}

fn differing_result(source: &HandledCommand, copy: &HandledCommand) -> Option<&'static str> {
    let HandledCommand {
        id,
        stream,
        after,
        events,
        position,
    } = source;
    first_false(&[
        (*id == copy.id, "id"),
        (*stream == copy.stream, "stream"),
        (*after == copy.after, "after"),
        (*events == copy.events, "events"),
        (*position == copy.position, "position"),
    ])
}

fn first_false(alike: &[(bool, &'static str)]) -> Option<&'static str> {
    alike
        .iter()
        .find(|(alike, _)| !alike)
        .map(|(_, field)| *field)
}
