//! The address of a stream: an aggregate's type and its id.

use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

use thiserror::Error;

/// The identity of an aggregate: a small value that turns into text and back.
///
/// Derive it on a newtype; it then also gets `Display`, `FromStr` and `From`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an aggregate id",
    label = "not an aggregate id",
    note = "write a newtype, `#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)] struct OrderId(String);`, and use that"
)]
pub trait AggregateId:
    Clone + Eq + Hash + fmt::Display + fmt::Debug + Send + Sync + 'static
{
    /// Reads the id back from the text its `Display` wrote.
    ///
    /// # Errors
    /// Says why the text is not such an id.
    fn parse(text: &str) -> Result<Self, InvalidAggregateId>;
}

/// Text that is not an id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{text}` is not a valid `{wanted}`: {reason}")]
#[non_exhaustive]
pub struct InvalidAggregateId {
    /// The text that was given.
    pub text: String,
    /// The name of the id type that was asked for.
    pub wanted: &'static str,
    /// What the inner type said.
    pub reason: String,
}

impl InvalidAggregateId {
    /// For implementations of [`AggregateId`].
    pub fn new(text: &str, wanted: &'static str, reason: impl fmt::Display) -> Self {
        Self {
            text: text.to_owned(),
            wanted,
            reason: reason.to_string(),
        }
    }
}

/// The address of one stream of events: aggregate type and aggregate id.
///
/// The two parts are kept apart, so no separator can make two addresses equal.
///
/// ```
/// use eventide_core::StreamId;
///
/// let stream = StreamId::new("Order", "536365")?;
/// assert_eq!(stream.to_string(), "Order/536365");
/// assert!(StreamId::new("Order", "").is_err());
/// # Ok::<(), eventide_core::InvalidStreamId>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId {
    aggregate_type: Arc<str>,
    aggregate_id: Arc<str>,
}

impl StreamId {
    /// The longest part an address may have, in bytes. Databases index both parts together, and
    /// PostgreSQL refuses index rows above 2,704 bytes.
    pub const MAX_PART_BYTES: usize = 1024;

    /// The address of aggregate `aggregate_id` of type `aggregate_type`.
    ///
    /// # Errors
    /// Either part is empty, longer than [`MAX_PART_BYTES`](Self::MAX_PART_BYTES), or holds a
    /// control character (a NUL byte, which PostgreSQL cannot store, or a line break, which would
    /// forge log lines).
    pub fn new(
        aggregate_type: impl Into<Arc<str>>,
        aggregate_id: impl Into<Arc<str>>,
    ) -> Result<Self, InvalidStreamId> {
        let (aggregate_type, aggregate_id) = (aggregate_type.into(), aggregate_id.into());
        check_part("aggregate type", &aggregate_type)?;
        check_part("aggregate id", &aggregate_id)?;
        Ok(Self {
            aggregate_type,
            aggregate_id,
        })
    }

    /// The stored name of the aggregate's type.
    pub fn aggregate_type(&self) -> &str {
        &self.aggregate_type
    }

    /// The aggregate's id as text.
    pub fn aggregate_id(&self) -> &str {
        &self.aggregate_id
    }
}

fn check_part(part: &'static str, text: &str) -> Result<(), InvalidStreamId> {
    let reason = if text.is_empty() {
        InvalidPart::Empty
    } else if text.len() > StreamId::MAX_PART_BYTES {
        InvalidPart::TooLong { bytes: text.len() }
    } else if let Some(at) = text.find(char::is_control) {
        InvalidPart::ControlCharacter { at }
    } else {
        return Ok(());
    };
    Err(InvalidStreamId { part, reason })
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.aggregate_type, self.aggregate_id)
    }
}

impl fmt::Debug for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StreamId({self})")
    }
}

/// A stream's address that no store can keep.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the {part} of a stream {reason}")]
#[non_exhaustive]
pub struct InvalidStreamId {
    /// Which part: the aggregate's type or its id.
    pub part: &'static str,
    /// What is wrong with it.
    pub reason: InvalidPart,
}

/// What is wrong with a part of a stream's address.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidPart {
    /// It has no characters.
    #[error("is empty")]
    Empty,
    /// It is longer than [`StreamId::MAX_PART_BYTES`].
    #[error(
        "has {bytes} bytes, more than the {} allowed",
        StreamId::MAX_PART_BYTES
    )]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// It holds a control character.
    #[error("holds a control character at byte {at}")]
    ControlCharacter {
        /// Where, counted in bytes from 0.
        at: usize,
    },
}
