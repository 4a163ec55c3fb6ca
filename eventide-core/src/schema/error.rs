//! Why an event could not be decoded or encoded.

use std::sync::Arc;

use thiserror::Error;

use super::field_path::field_path;
use crate::envelope::RecordedEvent;
use crate::event::EventInfo;
use crate::ids::{EventId, Position, SchemaVersion, Version};
use crate::stream::StreamId;

/// A recorded event that this program cannot read. Nothing is skipped because of it: the reader
/// stops there.
#[derive(Debug, Clone, Error)]
#[error(
    "event `{event_type}` (schema version {schema_version}), version {version} of stream {stream}, cannot be decoded: {problem}"
)]
#[non_exhaustive]
pub struct DecodeError {
    /// The stream it is in.
    pub stream: StreamId,
    /// Its version in that stream.
    pub version: Version,
    /// Its place in the log.
    pub position: Position,
    /// Its id.
    pub event_id: EventId,
    /// The stored name of its type.
    pub event_type: Arc<str>,
    /// The shape it was stored in.
    pub schema_version: SchemaVersion,
    /// What is wrong.
    #[source]
    pub problem: Arc<DecodeProblem>,
}

/// What is wrong with an event that cannot be decoded.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DecodeProblem {
    /// The reader knows no event of that name.
    #[error("its type is not one of {}", known.join(", "))]
    UnknownEvent {
        /// The names the reader knows.
        known: Vec<String>,
    },
    /// A later program wrote it in a shape this one does not know.
    #[error("it is newer than this program, which knows schema version {known}")]
    NewerVersion {
        /// The newest shape this program knows.
        known: SchemaVersion,
    },
    /// It has an older shape and there is no upcaster from it.
    #[error("there is no upcaster to schema version {known}")]
    NoUpcaster {
        /// The shape this program works with.
        known: SchemaVersion,
    },
    /// The payload is not JSON of that shape.
    #[error("its payload is not of that shape at {}", place(field))]
    Payload {
        /// The path to the field, such as `lines[2].quantity`; empty for the whole payload.
        field: String,
        /// What the decoder said.
        #[source]
        source: serde_json::Error,
    },
}

fn place(field: &str) -> String {
    if field.is_empty() {
        "its top level".to_owned()
    } else {
        format!("field `{field}`")
    }
}

impl DecodeError {
    #[cold]
    fn new(recorded: &RecordedEvent, problem: DecodeProblem) -> Self {
        Self {
            stream: recorded.stream.clone(),
            version: recorded.version,
            position: recorded.position,
            event_id: recorded.id,
            event_type: Arc::clone(&recorded.event_type),
            schema_version: recorded.schema_version,
            problem: Arc::new(problem),
        }
    }

    #[cold]
    pub(super) fn unknown_event(recorded: &RecordedEvent, known: &[EventInfo]) -> Self {
        let known = known
            .iter()
            .map(|info| format!("`{}`", info.name))
            .collect();
        Self::new(recorded, DecodeProblem::UnknownEvent { known })
    }

    #[cold]
    pub(super) fn other_version(recorded: &RecordedEvent, info: &EventInfo) -> Self {
        let known = info.schema_version;
        let problem = if recorded.schema_version > known {
            DecodeProblem::NewerVersion { known }
        } else {
            DecodeProblem::NoUpcaster { known }
        };
        Self::new(recorded, problem)
    }

    #[cold]
    pub(super) fn payload(recorded: &RecordedEvent, source: serde_json::Error) -> Self {
        let field = field_path(&recorded.payload, &source);
        Self::new(recorded, DecodeProblem::Payload { field, source })
    }

    /// The path to the field that does not fit; `None` if the problem is not in one field.
    pub fn field(&self) -> Option<&str> {
        match &*self.problem {
            DecodeProblem::Payload { field, .. } if !field.is_empty() => Some(field),
            _ => None,
        }
    }
}

/// An event whose own `Serialize` failed: it was not stored.
#[derive(Debug, Error)]
#[error("event `{event_type}` cannot be encoded as JSON")]
#[non_exhaustive]
pub struct EncodeError {
    /// The stored name of its type.
    pub event_type: &'static str,
    /// What the encoder said.
    #[source]
    pub source: serde_json::Error,
}

impl EncodeError {
    pub(crate) fn new(event_type: &'static str, source: serde_json::Error) -> Self {
        Self { event_type, source }
    }
}
