//! What another log holds, to be taken in.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::samples::{command, event, tags};
use super::trial::start;
use super::unmet::{Met, Unmet};
use crate::envelope::{NewEvent, RecordedEvent};
use crate::ids::{CommandId, EventId, Position, SchemaVersion, Version};
use crate::store::transfer::TransferStore;
use crate::store::{HandledCommand, Store};
use crate::stream::StreamId;

/// An event of another log, `seconds` after its first.
pub(super) fn foreign(
    position: u64,
    stream: &StreamId,
    version: u64,
    seconds: u64,
) -> Result<RecordedEvent, Unmet> {
    recorded(position, stream, version, seconds, event("LineAdded"))
}

pub(super) fn recorded(
    position: u64,
    stream: &StreamId,
    version: u64,
    seconds: u64,
    event: NewEvent,
) -> Result<RecordedEvent, Unmet> {
    let at = start() - Duration::from_hours(24 * 365) + Duration::from_secs(seconds);
    Ok(RecordedEvent::new(
        Position::from_raw(position),
        stream.clone(),
        Version::new(version),
        Timestamp::from_microsecond(at.as_microsecond())?,
        event,
    ))
}

pub(super) fn handled(
    id: CommandId,
    stream: &StreamId,
    after: u64,
    events: u64,
    position: Option<u64>,
) -> HandledCommand {
    HandledCommand {
        id,
        stream: stream.clone(),
        after: Version::new(after),
        events,
        position: position.map(Position::from_raw),
    }
}

/// A small log with holes between its positions, over two streams.
pub(super) fn sample(a: &StreamId, b: &StreamId) -> Result<Vec<RecordedEvent>, Unmet> {
    let mut rich = event("OrderPlaced");
    rich.schema_version = SchemaVersion::new(7);
    rich.payload = br#"{ "b" : 1.0, "a":"\u00e9" }"#.to_vec();
    rich.tags = tags(&["customer:17850", "country:UK"])?;
    rich.metadata.user_id = Some("amélie".to_owned());
    rich.metadata.reaction_to = Some(EventId::from_uuid(*command().as_uuid()));
    rich.metadata.occurred_at = Some(start());
    let nested = serde_json::json!({"deep": [1, null, {"x": "y"}]});
    rich.metadata.extra.insert("own".to_owned(), nested);
    Ok(vec![
        recorded(3, a, 1, 0, rich)?,
        foreign(4, b, 1, 0)?,
        foreign(9, a, 2, 5)?,
        foreign(70_000, a, 3, 5)?,
        foreign(70_001, b, 2, 6)?,
    ])
}

pub(super) fn plain(store: &Arc<dyn TransferStore>) -> Arc<dyn Store> {
    store.clone()
}

/// Imports `events` at the head.
pub(super) async fn import(store: &Arc<dyn TransferStore>, events: &[RecordedEvent]) -> Met {
    let head = store.head().await?;
    Ok(store.import_events(head, events.to_vec()).await?)
}
