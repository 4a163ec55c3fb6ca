//! Between a type and its stored bytes: the one place where events are encoded and decoded.
//!
//! Every reader (aggregates, and later projections, sagas, relays, dead letters) decodes through
//! [`decode`] or, for a set of events, [`EventSet::decode`](crate::event::EventSet::decode), so that whatever is done to old events is done for all of them.

mod error;
mod field_path;
pub mod lock;
mod lookups;
mod reader;
pub mod shape;
pub(crate) mod steps;
mod upcast;

pub(crate) use field_path::field_path as json_field;

pub use error::{DecodeError, DecodeProblem, EncodeError, Undecoded};
pub use lookups::Lookups;
pub use reader::Reader;
pub(crate) use reader::look_up;
pub use shape::Shape;
pub use upcast::{FieldError, Split, TryUpcast, Upcast, UpcastRaw, UpcastWith};

use crate::envelope::RecordedEvent;
use crate::event::{Event, EventInfo};

/// Decodes a recorded event as an `E`, through every step from the version it was stored in.
///
/// # Errors
/// The event is of another type, of a schema version this program does not know, or its payload is
/// not of that shape; or a step refused it, or has to look something up first. The error names
/// stream, version, event and field.
#[inline]
pub fn decode<E: Event>(recorded: &RecordedEvent) -> Result<E, DecodeError> {
    if !E::INFO.is_stored_as(&recorded.event_type) {
        return Err(DecodeError::unknown_event(recorded, &[E::INFO]));
    }
    decode_payload(recorded, &mut Lookups::new())
}

/// As [`decode`], for a caller that has matched the event's name already.
#[doc(hidden)]
#[inline]
pub fn decode_payload<E: Event>(
    recorded: &RecordedEvent,
    lookups: &mut Lookups,
) -> Result<E, DecodeError> {
    if recorded.schema_version > E::INFO.schema_version {
        return Err(DecodeError::newer_version(recorded, &E::INFO));
    }
    up_to(recorded, lookups)
}

/// As [`decode_payload`], for a version that is not above this one.
#[inline]
pub(crate) fn up_to<E: Event>(
    recorded: &RecordedEvent,
    lookups: &mut Lookups,
) -> Result<E, DecodeError> {
    if recorded.schema_version != E::INFO.schema_version {
        return E::decode_older(recorded, lookups);
    }
    // Serde would read an array by position, and the order of fields is no part of a shape.
    if E::INFO.is_object() && recorded.payload.first() != Some(&b'{') {
        not_an_array(recorded)?;
    }
    serde_json::from_slice(&recorded.payload)
        .map_err(|source| DecodeError::payload(recorded, source))
}

#[cold]
fn not_an_array(recorded: &RecordedEvent) -> Result<(), DecodeError> {
    if recorded.payload.trim_ascii_start().first() == Some(&b'[') {
        return Err(DecodeError::an_array(recorded));
    }
    Ok(())
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
