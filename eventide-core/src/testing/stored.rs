//! An event as it was stored by whichever program wrote it.

use super::block_on::block_on;
use crate::aggregate::Aggregate;
use crate::event::Event;
use crate::schema::{encode, lock};

/// What `A` reads a stored `event` as; or why it does not, in words.
pub(super) fn read<A: Aggregate, E: Event>(
    event: &E,
    services: &A::Services,
) -> Result<Vec<A::Event>, String> {
    let (name, version) = (E::INFO.name, E::INFO.schema_version);
    let what = format!("the given event `{name}` of version {version}");
    let payload = encode(event).map_err(|error| format!("{what} cannot be stored: {error}"))?;
    let payload = String::from_utf8_lossy(&payload);
    let recorded = lock::recorded(A::INFO.name, name, version.get(), &payload)
        .map_err(|error| format!("{what} has no stream: {error}"))?;
    let events = block_on(lock::events_of::<A>(&recorded, services));
    events.map_err(|error| {
        let error = lock::ReadError::Decode(error);
        format!("{what} is not read: {}", error.words())
    })
}
