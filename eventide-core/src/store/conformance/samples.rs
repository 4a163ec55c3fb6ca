//! Events and requests to try a store with.

use std::sync::Arc;

use uuid::Uuid;

use super::unmet::Unmet;
use crate::envelope::{NewEvent, Tag};
use crate::ids::{CommandId, EventId, SchemaVersion, Version};
use crate::metadata::Metadata;
use crate::store::{
    AppendError, AppendRequest, Appended, CommandMark, ExpectedVersion, Store, StreamAppend,
};
use crate::stream::{InvalidStreamId, StreamId};

pub(super) fn stream(id: &str) -> Result<StreamId, InvalidStreamId> {
    StreamId::new("Order", id)
}

pub(super) fn tags(texts: &[&str]) -> Result<Vec<Tag>, Unmet> {
    let tags = texts.iter().map(|text| Tag::parse(*text));
    Ok(tags.collect::<Result<_, _>>()?)
}

pub(super) fn command() -> CommandId {
    CommandId::from_uuid(Uuid::now_v7())
}

/// An event that is like no other.
pub(super) fn event(event_type: &str) -> NewEvent {
    let id = Uuid::now_v7();
    NewEvent {
        id: EventId::from_uuid(id),
        event_type: event_type.into(),
        schema_version: SchemaVersion::FIRST,
        // Of one notation only, for stores that keep no other.
        payload: format!(r#"["{id}"]"#).into_bytes(),
        metadata: Metadata::of_command(command()),
        tags: Vec::new(),
    }
}

pub(super) fn events(count: usize) -> Vec<NewEvent> {
    (0..count).map(|_| event("LineAdded")).collect()
}

/// What no command caused.
pub(super) fn part(
    stream: &StreamId,
    expected: ExpectedVersion,
    events: Vec<NewEvent>,
) -> StreamAppend {
    StreamAppend {
        stream: stream.clone(),
        expected,
        events,
        commands: Vec::new(),
    }
}

/// What `commands` caused: each so many events.
pub(super) fn caused(
    stream: &StreamId,
    expected: ExpectedVersion,
    commands: &[(CommandId, usize)],
) -> StreamAppend {
    let count = commands.iter().map(|(_, events)| events).sum();
    let mark = |&(id, events)| CommandMark { id, events };
    StreamAppend {
        commands: commands.iter().map(mark).collect(),
        ..part(stream, expected, events(count))
    }
}

pub(super) fn exactly(version: u64) -> ExpectedVersion {
    ExpectedVersion::Exact(Version::new(version))
}

pub(super) async fn append(
    store: &Arc<dyn Store>,
    streams: impl IntoIterator<Item = StreamAppend>,
) -> Result<Appended, AppendError> {
    let streams = streams.into_iter().collect();
    store.append(AppendRequest { streams }).await
}

/// Appends these events, whatever version `stream` is at.
pub(super) async fn put(
    store: &Arc<dyn Store>,
    stream: &StreamId,
    events: Vec<NewEvent>,
) -> Result<Appended, AppendError> {
    append(store, [part(stream, ExpectedVersion::Any, events)]).await
}
