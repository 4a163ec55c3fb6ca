//! Events: facts, in the past tense, one struct each.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::RecordedEvent;
use crate::envelope::{InvalidTag, Tag};
use crate::ids::SchemaVersion;
use crate::private::fnv1a;
use crate::schema::{self, DecodeError, EncodeError};

/// A fact that happened, and what is stored of it. Derive it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "not an event",
    note = "put `#[derive(Debug, Clone, Serialize, Deserialize, Event)]` on `{Self}`"
)]
pub trait Event: fmt::Debug + Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// What is known of the event without an instance.
    const INFO: EventInfo;

    /// What this event can be found by across streams: its `#[event(tag)]` fields.
    ///
    /// # Errors
    /// A value makes no valid tag.
    fn tags(&self) -> Result<Vec<Tag>, InvalidTag> {
        Ok(Vec::new())
    }

    /// For generated code: [`schema::encode`], as a method. What a derive calls by the trait's name
    /// fails with the trait's message and no other if the type is no event.
    #[doc(hidden)]
    fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        schema::encode(self)
    }

    /// For generated code: [`schema::decode_payload`], as a method.
    #[doc(hidden)]
    fn decode_payload(recorded: &RecordedEvent) -> Result<Self, DecodeError> {
        schema::decode_payload(recorded)
    }
}

/// What is known of an event's type: name, version, and where it is declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventInfo {
    /// The stored name: the type's name unless `#[event(name = "..")]` says otherwise.
    pub name: &'static str,
    /// The current shape's number.
    pub schema_version: SchemaVersion,
    /// `file:line` of the declaration.
    pub location: &'static str,
    /// The first paragraph of the type's doc comment; empty if it has none.
    pub doc: &'static str,
    /// Hash of the name: comparing two of them costs the compiler less than comparing names.
    pub(crate) name_hash: u64,
}

impl EventInfo {
    /// Describes an event type.
    pub const fn new(
        name: &'static str,
        schema_version: SchemaVersion,
        location: &'static str,
        doc: &'static str,
    ) -> Self {
        Self {
            name,
            schema_version,
            location,
            doc,
            name_hash: fnv1a(name.as_bytes()),
        }
    }
}

/// The closed set of an aggregate's events: the enum that `#[derive(Aggregate)]` writes.
///
/// Not for implementing by hand: one event is one struct.
pub trait EventSet: fmt::Debug + Clone + Send + Sync + 'static {
    /// Every event of the set, in the order they are listed.
    const INFOS: &'static [EventInfo];

    /// Which event this is.
    fn info(&self) -> &'static EventInfo;

    /// The event's JSON, as it is stored.
    ///
    /// # Errors
    /// The event's `Serialize` failed.
    fn encode(&self) -> Result<Vec<u8>, EncodeError>;

    /// What the event can be found by across streams.
    ///
    /// # Errors
    /// A value makes no valid tag.
    fn tags(&self) -> Result<Vec<Tag>, InvalidTag>;

    /// Decodes a recorded event of this set.
    ///
    /// # Errors
    /// See [`DecodeError`]: the type is not in the set, the schema version is not known, or the
    /// payload is not of that shape.
    fn decode(recorded: &RecordedEvent) -> Result<Self, DecodeError>;
}
