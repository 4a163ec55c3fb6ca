//! What a history consists of.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use eventide_core::store::{
    AppendError, AppendRequest, Appended, ExpectedVersion, HandledCommand, StoreErrorKind,
};
use eventide_core::{
    CommandId, EventId, Metadata, NewEvent, Position, RecordedEvent, SchemaVersion, StreamId, Tag,
    Version,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Names one attempt to append: the client and its how manieth append this is, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Op {
    /// The client's number.
    pub client: u32,
    /// The append's number.
    pub number: u32,
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "append {} of client {}", self.number, self.client)
    }
}

/// One line of a history. The order of entries is the order in real time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// An append is about to be handed to the store.
    Invoked {
        /// Which.
        op: Op,
        /// What it asks.
        request: Requested,
    },
    /// An append has been answered, or its caller has stopped waiting.
    Answered {
        /// Which.
        op: Op,
        /// How.
        answer: Answer,
    },
    /// A reader is about to read.
    Asked {
        /// Which.
        reader: u32,
        /// The log after this position; `None`: only where its head is.
        after: Option<Position>,
    },
    /// A reader was given an event of the log.
    Saw {
        /// Which reader.
        reader: u32,
        /// Where the event was.
        position: Position,
        /// The event.
        event: EventId,
    },
    /// A reader's page is over.
    Read {
        /// Which reader.
        reader: u32,
        /// Everything up to here has been considered.
        until: Position,
        /// Whether the store said there was more.
        more: bool,
    },
    /// A reader was told the head of the log.
    Head {
        /// Which reader.
        reader: u32,
        /// The position.
        position: Position,
    },
}

/// What an append asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Requested {
    /// The streams, in order.
    pub streams: Vec<RequestedStream>,
}

/// What an append asks of one stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestedStream {
    /// The stream.
    #[serde(with = "stream_id")]
    pub stream: StreamId,
    /// The expected version; `None` if any will do.
    pub expected: Option<Version>,
    /// The events, each with the [`digest`] of what it carries.
    pub events: Vec<(EventId, u64)>,
    /// The commands, each with the number of events it caused.
    pub commands: Vec<(CommandId, u64)>,
}

impl Requested {
    /// What `request` asks.
    pub fn of(request: &AppendRequest) -> Self {
        let streams = request.streams.iter().map(|part| RequestedStream {
            stream: part.stream.clone(),
            expected: match part.expected {
                ExpectedVersion::Exact(version) => Some(version),
                ExpectedVersion::Any => None,
            },
            events: part.events.iter().map(|e| (e.id, digest(e))).collect(),
            commands: part
                .commands
                .iter()
                .map(|mark| (mark.id, mark.events as u64))
                .collect(),
        });
        Self {
            streams: streams.collect(),
        }
    }

    /// The ids of all its events.
    pub fn events(&self) -> impl Iterator<Item = EventId> {
        let events = self.streams.iter().flat_map(|part| &part.events);
        events.map(|(id, _)| *id)
    }

    /// The ids of all its commands.
    pub fn commands(&self) -> impl Iterator<Item = CommandId> {
        let commands = self.streams.iter().flat_map(|part| &part.commands);
        commands.map(|(id, _)| *id)
    }
}

/// What became of an append.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It is acknowledged.
    Ok {
        /// What became of each stream.
        streams: Vec<AnsweredStream>,
        /// When it was recorded.
        recorded_at: Timestamp,
    },
    /// Refused: a stream is at another version.
    Conflict {
        /// The stream.
        #[serde(with = "stream_id")]
        stream: StreamId,
        /// Its version.
        actual: Version,
    },
    /// Refused: these commands of it were handled before.
    AlreadyHandled(Vec<Handled>),
    /// Refused for another reason, with the promise that nothing was stored.
    Refused {
        /// The error's words.
        why: String,
    },
    /// It may have been stored: the store does not know, or nobody waited for its answer.
    Unknown {
        /// The error's words.
        why: String,
    },
}

/// What an acknowledged append made of one stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnsweredStream {
    /// The stream.
    #[serde(with = "stream_id")]
    pub stream: StreamId,
    /// Its version after the append.
    pub version: Version,
    /// The positions of its new events.
    pub positions: Vec<Position>,
}

/// A command's first result, as a store told it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handled {
    /// The command.
    pub id: CommandId,
    /// The stream it was decided on.
    #[serde(with = "stream_id")]
    pub stream: StreamId,
    /// The version of that stream before its events.
    pub after: Version,
    /// How many events it caused.
    pub events: u64,
    /// The position of the last of them.
    pub position: Option<Position>,
}

impl From<&HandledCommand> for Handled {
    fn from(told: &HandledCommand) -> Self {
        Self {
            id: told.id,
            stream: told.stream.clone(),
            after: told.after,
            events: told.events,
            position: told.position,
        }
    }
}

impl Answer {
    /// What `result` says.
    pub fn of(result: &Result<Appended, AppendError>) -> Self {
        match result {
            Ok(appended) => Self::Ok {
                streams: appended
                    .streams
                    .iter()
                    .map(|part| AnsweredStream {
                        stream: part.stream.clone(),
                        version: part.version,
                        positions: part.positions.clone(),
                    })
                    .collect(),
                recorded_at: appended.recorded_at,
            },
            Err(AppendError::Conflict { stream, actual, .. }) => Self::Conflict {
                stream: stream.clone(),
                actual: *actual,
            },
            Err(AppendError::AlreadyHandled(told)) => {
                Self::AlreadyHandled(told.iter().map(Handled::from).collect())
            }
            Err(AppendError::Store(error)) if error.kind() == StoreErrorKind::Unknown => {
                Self::Unknown {
                    why: error.to_string(),
                }
            }
            Err(other) => Self::Refused {
                why: other.to_string(),
            },
        }
    }
}

/// A short stand-in for all that an event carries besides its place and time.
pub fn digest(event: &NewEvent) -> u64 {
    let mut tags: Vec<_> = event.tags.iter().collect();
    tags.sort_unstable();
    tags.dedup();
    let NewEvent {
        event_type,
        schema_version,
        payload,
        metadata,
        ..
    } = event;
    digest_of(event_type, *schema_version, payload, metadata, &tags)
}

/// The same of an event that comes from a store.
pub fn recorded_digest(event: &RecordedEvent) -> u64 {
    let tags: Vec<_> = event.tags.iter().collect();
    let RecordedEvent {
        event_type,
        schema_version,
        payload,
        metadata,
        ..
    } = event;
    digest_of(event_type, *schema_version, payload, metadata, &tags)
}

fn digest_of(
    event_type: &str,
    schema_version: SchemaVersion,
    payload: &[u8],
    metadata: &Metadata,
    tags: &[&Tag],
) -> u64 {
    // With fixed keys, so that another process of the same build comes to the same.
    let mut hasher = DefaultHasher::new();
    (event_type, schema_version, payload, tags).hash(&mut hasher);
    format!("{metadata:?}").hash(&mut hasher);
    hasher.finish()
}

mod stream_id {
    use eventide_core::StreamId;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(id: &StreamId, to: S) -> Result<S::Ok, S::Error> {
        (id.aggregate_type(), id.aggregate_id()).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<StreamId, D::Error> {
        let (aggregate_type, aggregate_id) = <(String, String)>::deserialize(from)?;
        StreamId::new(aggregate_type, aggregate_id).map_err(D::Error::custom)
    }
}
