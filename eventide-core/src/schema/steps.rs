//! What generated code calls to walk an event's versions.

use std::any::{Any, TypeId};

use serde::de::{Error as _, Unexpected};
use serde_json::Value;

use super::field_path::field_path;
use super::lookups::{Answer, Lookups};
use super::upcast::{Split, TryUpcast, UpcastRaw, UpcastWith};
use super::{DecodeError, decode_payload, up_to};
use crate::aggregate::{Aggregate, BoxError};
use crate::envelope::RecordedEvent;
use crate::event::Event;
use crate::outcome::Outcome;

/// Every upcaster of `Self`, down to its oldest version, finds what it asks for in services `S`.
/// Written by `#[derive(Event)]` and `#[derive(Aggregate)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "not an event",
    note = "put `#[derive(Debug, Clone, Serialize, Deserialize, Event)]` on `{Self}`"
)]
pub trait Asks<S> {
    /// The part of the services that has this type.
    fn find(services: &S, wanted: TypeId) -> Option<&(dyn Any + Send + Sync)>;
}

/// `New` from the version before, by a declared or written step.
///
/// # Errors
/// The version before cannot be decoded, or the step refused it.
#[inline]
pub fn step<Old: Event, New: TryUpcast<Old>>(
    recorded: &RecordedEvent,
    lookups: &mut Lookups,
) -> Result<New, DecodeError> {
    let old = up_to::<Old>(recorded, lookups)?;
    New::try_upcast(old).map_err(|error| refused::<Old, New>(recorded, error))
}

/// `New` from the version before, by a step that looks something up.
///
/// # Errors
/// As for [`step`]; or it was not looked up yet, and then it is noted.
pub fn step_with<Old: Event, New: UpcastWith<Old>>(
    recorded: &RecordedEvent,
    lookups: &mut Lookups,
) -> Result<New, DecodeError> {
    let old = up_to::<Old>(recorded, lookups)?;
    let Answer::Known(found) = lookups.find::<Old, New>(New::key(&old)) else {
        return Err(DecodeError::not_looked_up(recorded, &Old::INFO, &New::INFO));
    };
    New::upcast_with(old, found).map_err(|error| refused::<Old, New>(recorded, error))
}

/// `New` from any version below it, which has no type any more.
///
/// # Errors
/// The payload is no JSON, the step refused it, or what it made is not of this version's shape.
pub fn step_raw<New: UpcastRaw>(recorded: &RecordedEvent) -> Result<New, DecodeError> {
    let refused = |field, error| DecodeError::raw_upcast(recorded, &New::INFO, field, error);
    let payload: Value = serde_json::from_slice(&recorded.payload)
        .map_err(|source| DecodeError::payload(recorded, source))?;
    let payload = New::upcast_raw(recorded.schema_version, payload)
        .map_err(|error| refused(String::new(), error.into()))?;
    // As in a payload, serde would read an array by position.
    if New::INFO.is_object() && payload.is_array() {
        let error = serde_json::Error::invalid_type(Unexpected::Seq, &"an object");
        return Err(refused(String::new(), error.into()));
    }
    New::deserialize(&payload).map_err(|error| refused(unfit::<New>(&payload), error.into()))
}

/// The path to the field that `New` has no place for. Only in text does an error have a place, so
/// the JSON is read once more as such.
#[cold]
fn unfit<New: Event>(payload: &Value) -> String {
    let json = payload.to_string();
    let error = serde_json::from_str::<New>(&json).err();
    error.map_or_else(String::new, |error| field_path(json.as_bytes(), &error))
}

#[cold]
fn refused<Old: Event, New: Event>(
    recorded: &RecordedEvent,
    error: impl Into<BoxError>,
) -> DecodeError {
    let (old, new) = (&Old::INFO, &New::INFO);
    DecodeError::upcast(recorded, old, new, error.into())
}

/// Whether `recorded` is one that the aggregate reads as others.
pub fn is_split<E: Event>(recorded: &RecordedEvent) -> bool {
    E::INFO.is_stored_as(&recorded.event_type) && recorded.schema_version <= E::INFO.schema_version
}

/// What `recorded`, an `E`, is told as.
///
/// # Errors
/// It cannot be decoded, or what it is told as was refused; nothing is added then.
pub fn split<A: Aggregate, E: Split<A>>(
    recorded: &RecordedEvent,
    lookups: &mut Lookups,
    events: &mut Vec<A::Event>,
) -> Result<(), DecodeError> {
    let old = decode_payload::<E>(recorded, lookups)?;
    let before = events.len();
    old.split().record(events).map_err(|error| {
        events.truncate(before);
        DecodeError::split(recorded, &E::INFO, error.into())
    })
}
