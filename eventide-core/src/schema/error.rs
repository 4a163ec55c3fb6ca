//! Why an event could not be decoded or encoded.

use std::error::Error;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use serde::de::{Error as _, Unexpected};
use thiserror::Error;

use super::field_path::field_path;
use super::upcast::FieldError;
use crate::aggregate::BoxError;
use crate::envelope::RecordedEvent;
use crate::event::EventInfo;
use crate::ids::{EventId, Position, SchemaVersion, Version};
use crate::stream::StreamId;

/// A recorded event that this program cannot read. Nothing is skipped because of it: the reader
/// stops there.
///
/// Its parts are those of [`Undecoded`]. One pointer wide, so that each step of a chain hands over
/// an event for the price of its fields alone.
#[derive(Debug, Clone)]
pub struct DecodeError(Box<Undecoded>);

/// The event that could not be decoded, and why.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Undecoded {
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
    pub problem: Arc<DecodeProblem>,
}

impl Deref for DecodeError {
    type Target = Undecoded;

    fn deref(&self) -> &Undecoded {
        &self.0
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Undecoded {
            event_type,
            schema_version,
            version,
            stream,
            problem,
            ..
        } = &*self.0;
        write!(
            f,
            "event `{event_type}` (schema version {schema_version}), version {version} of stream {stream}, cannot be decoded: {problem}"
        )
    }
}

impl Error for DecodeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        // Its own words are in ours already.
        self.problem.source()
    }
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
    /// It has an older shape than any this program has a step from.
    #[error(
        "there is no upcaster from it: the oldest this program reads is schema version {known}"
    )]
    NoUpcaster {
        /// The oldest shape this program reads.
        known: SchemaVersion,
    },
    /// A step refused it.
    #[error(
        "its upcaster from version {from} to version {to} refused it{}",
        of(field)
    )]
    Upcast {
        /// The version the step starts from.
        from: SchemaVersion,
        /// The version it leads to.
        to: SchemaVersion,
        /// The field that could not be converted, if the step says so.
        field: String,
        /// What the step said.
        #[source]
        source: BoxError,
    },
    /// It is told as other events, and these were refused.
    #[error("what version {from} is read as was refused")]
    Split {
        /// The version that is read as others.
        from: SchemaVersion,
        /// Why.
        #[source]
        source: BoxError,
    },
    /// What its upcaster needs could not be looked up. That may pass.
    #[error("what its upcaster needs could not be looked up")]
    LookUp {
        /// What the services said.
        #[source]
        source: BoxError,
    },
    /// Its upcaster has to look something up, and it was read by something that does not: read it
    /// through a repository or a [`Reader`](super::Reader).
    #[error(
        "its upcaster from version {from} to version {to} has to look something up, and this reader has no services"
    )]
    NotLookedUp {
        /// The version the step starts from.
        from: SchemaVersion,
        /// The version it leads to.
        to: SchemaVersion,
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

fn of(field: &str) -> String {
    if field.is_empty() {
        String::new()
    } else {
        format!(" at field `{field}`")
    }
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
        Self(Box::new(Undecoded {
            stream: recorded.stream.clone(),
            version: recorded.version,
            position: recorded.position,
            event_id: recorded.id,
            event_type: Arc::clone(&recorded.event_type),
            schema_version: recorded.schema_version,
            problem: Arc::new(problem),
        }))
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
    pub(super) fn newer_version(recorded: &RecordedEvent, info: &EventInfo) -> Self {
        let known = info.schema_version;
        Self::new(recorded, DecodeProblem::NewerVersion { known })
    }

    #[cold]
    pub(super) fn an_array(recorded: &RecordedEvent) -> Self {
        let source = serde_json::Error::invalid_type(Unexpected::Seq, &"an object");
        Self::payload(recorded, source)
    }

    /// For generated code: nothing leads to `info` from below.
    #[cold]
    pub(crate) fn no_upcaster(recorded: &RecordedEvent, info: &EventInfo) -> Self {
        let known = info.schema_version;
        Self::new(recorded, DecodeProblem::NoUpcaster { known })
    }

    #[cold]
    pub(super) fn upcast(
        recorded: &RecordedEvent,
        old: &EventInfo,
        new: &EventInfo,
        source: BoxError,
    ) -> Self {
        let field = source
            .downcast_ref::<FieldError>()
            .map_or_else(String::new, |error| error.field().to_owned());
        let (from, to) = (old.schema_version, new.schema_version);
        Self::new(
            recorded,
            DecodeProblem::Upcast {
                from,
                to,
                field,
                source,
            },
        )
    }

    #[cold]
    pub(super) fn raw_upcast(
        recorded: &RecordedEvent,
        new: &EventInfo,
        field: String,
        source: BoxError,
    ) -> Self {
        let (from, to) = (recorded.schema_version, new.schema_version);
        Self::new(
            recorded,
            DecodeProblem::Upcast {
                from,
                to,
                field,
                source,
            },
        )
    }

    #[cold]
    pub(super) fn split(recorded: &RecordedEvent, old: &EventInfo, source: BoxError) -> Self {
        let from = old.schema_version;
        Self::new(recorded, DecodeProblem::Split { from, source })
    }

    #[cold]
    pub(super) fn not_looked_up(
        recorded: &RecordedEvent,
        old: &EventInfo,
        new: &EventInfo,
    ) -> Self {
        let (from, to) = (old.schema_version, new.schema_version);
        Self::new(recorded, DecodeProblem::NotLookedUp { from, to })
    }

    #[cold]
    pub(crate) fn look_up(recorded: &RecordedEvent, source: BoxError) -> Self {
        Self::new(recorded, DecodeProblem::LookUp { source })
    }

    #[cold]
    pub(super) fn payload(recorded: &RecordedEvent, source: serde_json::Error) -> Self {
        let field = field_path(&recorded.payload, &source);
        Self::new(recorded, DecodeProblem::Payload { field, source })
    }

    pub(crate) fn is_not_looked_up(&self) -> bool {
        matches!(&*self.problem, DecodeProblem::NotLookedUp { .. })
    }

    /// Whether it may be read if it is tried again: the services of an upcaster gave no answer.
    pub fn is_retryable(&self) -> bool {
        matches!(&*self.problem, DecodeProblem::LookUp { .. })
    }

    /// The path to the field that does not fit; `None` if the problem is not in one field.
    pub fn field(&self) -> Option<&str> {
        match &*self.problem {
            DecodeProblem::Payload { field, .. } | DecodeProblem::Upcast { field, .. }
                if !field.is_empty() =>
            {
                Some(field)
            }
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
