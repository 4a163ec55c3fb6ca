//! One line of a history: one event.

use anyhow::{Context, ensure};
use eventide::prelude::*;
use eventide::{CorrelationId, EventId, NewEvent, SchemaVersion, StreamId, Tag};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::domain::Retail;

/// A line as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written<'a> {
    aggregate_type: String,
    aggregate_id: String,
    version: u64,
    event_id: EventId,
    event_type: String,
    schema_version: u32,
    occurred_at: Timestamp,
    correlation_id: CorrelationId,
    tags: Vec<String>,
    #[serde(borrow)]
    payload: &'a RawValue,
}

/// A line as it is read: an event, and its place.
pub struct Line {
    pub stream: StreamId,
    pub version: Version,
    pub event: NewEvent,
}

impl Line {
    pub fn read(text: &str) -> anyhow::Result<Self> {
        let written: Written<'_> = serde_json::from_str(text).context("it is no recorded event")?;
        let aggregate = written.aggregate_type;
        ensure!(
            Retail::AGGREGATES.iter().any(|info| info.name == aggregate),
            "the shop has no aggregate `{aggregate}`"
        );
        ensure!(written.version > 0, "a stream begins with version 1");
        ensure!(written.schema_version > 0, "schema versions begin with 1");
        // Version 1 gave every event the id of its command as correlation, and as cause.
        let command = CommandId::from(Uuid::from(written.correlation_id));
        let mut metadata = Metadata::of_command(command);
        metadata.occurred_at = Some(written.occurred_at);
        let tags: Result<_, _> = written.tags.into_iter().map(Tag::parse).collect();
        Ok(Self {
            stream: StreamId::new(aggregate, written.aggregate_id)?,
            version: Version::new(written.version),
            event: NewEvent {
                id: written.event_id,
                event_type: written.event_type.into(),
                schema_version: SchemaVersion::new(written.schema_version),
                payload: written.payload.get().as_bytes().to_vec(),
                metadata,
                tags: tags?,
            },
        })
    }
}
