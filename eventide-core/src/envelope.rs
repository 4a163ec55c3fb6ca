//! The envelope: an event as it is handed to a store, and as a store gives it back.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use thiserror::Error;

use crate::ids::{EventId, Position, SchemaVersion, Version};
use crate::metadata::Metadata;
use crate::stream::StreamId;

/// A word an event can be found by across streams, such as `customer:17850`.
///
/// ```
/// use eventide_core::Tag;
///
/// assert_eq!(Tag::new("customer", 17850)?.as_str(), "customer:17850");
/// # Ok::<(), eventide_core::InvalidTag>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(Arc<str>);

impl Tag {
    /// The longest tag, in bytes.
    pub const MAX_BYTES: usize = 1024;

    /// The tag `key:value`.
    ///
    /// # Errors
    /// The key is empty or holds a colon, the tag is longer than [`MAX_BYTES`](Self::MAX_BYTES),
    /// or it holds a control character.
    pub fn new(key: &str, value: impl fmt::Display) -> Result<Self, InvalidTag> {
        Self::parse(format!("{key}:{value}"))
    }

    /// Reads a whole tag, `key:value`.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    pub fn parse(text: impl Into<Arc<str>>) -> Result<Self, InvalidTag> {
        let text = text.into();
        let wrong = text.len() > Self::MAX_BYTES
            || text.contains(char::is_control)
            || text.find(':').is_none_or(|at| at == 0);
        if wrong {
            Err(InvalidTag {
                tag: text.to_string(),
            })
        } else {
            Ok(Self(text))
        }
    }

    /// The tag as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tag({})", self.0)
    }
}

/// A tag that no store can keep.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "tag `{tag}` is not of the form `key:value`, at most {} bytes without control characters",
    Tag::MAX_BYTES
)]
#[non_exhaustive]
pub struct InvalidTag {
    /// The text that was given.
    pub tag: String,
}

/// An event on its way into a store. The store adds stream, version, position and recorded time.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    /// The event's id, made by the writer.
    pub id: EventId,
    /// The stored name of the event's type.
    pub event_type: Arc<str>,
    /// Which shape of that type the payload has.
    pub schema_version: SchemaVersion,
    /// The event as JSON.
    pub payload: Vec<u8>,
    /// Who, why, from where.
    pub metadata: Metadata,
    /// What the event can be found by across streams.
    pub tags: Vec<Tag>,
}

/// An event as the log holds it: raw, not yet decoded.
///
/// Decoding goes through [`schema`](crate::schema), and only there.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RecordedEvent {
    /// Its place in the log.
    pub position: Position,
    /// The stream it belongs to.
    pub stream: StreamId,
    /// Its place in that stream, from 1, without holes.
    pub version: Version,
    /// The event's id.
    pub id: EventId,
    /// The stored name of the event's type.
    pub event_type: Arc<str>,
    /// Which shape of that type the payload has.
    pub schema_version: SchemaVersion,
    /// The event as JSON, byte for byte as it was appended.
    pub payload: Vec<u8>,
    /// When the store recorded it; never earlier than the event before it in the log.
    /// Microseconds are kept.
    pub recorded_at: Timestamp,
    /// Who, why, from where.
    pub metadata: Metadata,
    /// What the event can be found by across streams, sorted, without repeats.
    pub tags: Vec<Tag>,
}

impl RecordedEvent {
    /// For stores: puts `event` at its place.
    pub fn new(
        position: Position,
        stream: StreamId,
        version: Version,
        recorded_at: Timestamp,
        event: NewEvent,
    ) -> Self {
        let mut tags = event.tags;
        tags.sort_unstable();
        tags.dedup();
        Self {
            position,
            stream,
            version,
            id: event.id,
            event_type: event.event_type,
            schema_version: event.schema_version,
            payload: event.payload,
            recorded_at,
            metadata: event.metadata,
            tags,
        }
    }

    /// When it happened in the world: the command's business time, or else the recorded time.
    pub fn occurred_at(&self) -> Timestamp {
        self.metadata.occurred_at.unwrap_or(self.recorded_at)
    }
}
