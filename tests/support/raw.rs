//! Appends made without a command, as another program would make them.

use eventide::store::{AppendRequest, ExpectedVersion, StreamAppend};
use eventide::{CommandId, EventId, Metadata, NewEvent, SchemaVersion, StreamId};
use uuid::Uuid;

pub fn event(event_type: &str, schema_version: u32, payload: &str) -> NewEvent {
    NewEvent {
        id: EventId::from_uuid(Uuid::now_v7()),
        event_type: event_type.into(),
        schema_version: SchemaVersion::new(schema_version),
        payload: payload.as_bytes().to_vec(),
        metadata: Metadata::of_command(CommandId::from_uuid(Uuid::now_v7())),
        tags: Vec::new(),
    }
}

pub fn append_of(stream: StreamId, expected: ExpectedVersion, event: NewEvent) -> AppendRequest {
    let (events, commands) = (vec![event], Vec::new());
    AppendRequest::to(StreamAppend {
        stream,
        expected,
        events,
        commands,
    })
}
