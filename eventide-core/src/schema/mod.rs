//! Between a type and its stored bytes: the one place where events are encoded and decoded.
//!
//! Every reader (aggregates, and later projections, sagas, relays, dead letters) decodes through
//! [`decode`], so that whatever is done to old events is done for all of them.

mod error;
mod field_path;

pub(crate) use field_path::field_path as json_field;

pub use error::{DecodeError, DecodeProblem, EncodeError};

use crate::envelope::RecordedEvent;
use crate::event::{Event, EventInfo};

/// Decodes a recorded event as an `E`.
///
/// # Errors
/// The event is of another type, of a schema version this program does not know, or its payload is
/// not of that shape. The error names stream, version, event and field.
pub fn decode<E: Event>(recorded: &RecordedEvent) -> Result<E, DecodeError> {
    if *recorded.event_type != *E::INFO.name {
        return Err(DecodeError::unknown_event(recorded, &[E::INFO]));
    }
    decode_payload(recorded)
}

/// As [`decode`], for a caller that has matched the event's name already.
#[doc(hidden)]
pub fn decode_payload<E: Event>(recorded: &RecordedEvent) -> Result<E, DecodeError> {
    if recorded.schema_version != E::INFO.schema_version {
        return Err(DecodeError::other_version(recorded, &E::INFO));
    }
    serde_json::from_slice(&recorded.payload)
        .map_err(|source| DecodeError::payload(recorded, source))
}

/// The JSON an event is stored as.
///
/// # Errors
/// The event's `Serialize` failed.
pub fn encode<E: Event>(event: &E) -> Result<Vec<u8>, EncodeError> {
    serde_json::to_vec(event).map_err(|source| EncodeError::new(E::INFO.name, source))
}

/// For generated code: the error for an event that is in none of the `known` types.
#[doc(hidden)]
pub fn unknown_event(recorded: &RecordedEvent, known: &[EventInfo]) -> DecodeError {
    DecodeError::unknown_event(recorded, known)
}
