//! An event as a store would give it back.

use std::sync::Arc;

use crate::aggregate::BoxError;
use crate::envelope::{NewEvent, RecordedEvent};
use crate::event::EventSet;
use crate::id_source::{CountingIds, IdSource};
use crate::ids::{CommandId, EventId, Position, Version};
use crate::metadata::Metadata;
use crate::stream::StreamId;
use crate::testing::decide::standing_clock;
use crate::time::Clock;

pub(super) fn record<E: EventSet>(
    event: &E,
    version: Version,
    stream: &StreamId,
) -> Result<RecordedEvent, BoxError> {
    let info = event.info();
    let new = NewEvent {
        id: EventId::from_uuid(CountingIds::default().next_uuid()),
        event_type: Arc::from(info.name),
        schema_version: info.schema_version,
        payload: event.encode()?,
        metadata: Metadata::of_command(CommandId::derived("laws", "record")),
        tags: event.tags()?,
    };
    Ok(RecordedEvent::new(
        Position::from_raw(version.get()),
        stream.clone(),
        version,
        standing_clock().now(),
        new,
    ))
}
