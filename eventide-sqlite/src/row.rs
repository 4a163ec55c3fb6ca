//! An event as a row: what is written into its columns, and how it is read back.

use std::sync::Arc;

use eventide_core::store::StoreError;
use eventide_core::{
    EventId, Metadata, NewEvent, Position, RecordedEvent, SchemaVersion, StreamId, Tag, Version,
};
use jiff::Timestamp;
use rusqlite::Row;
use rusqlite::types::{FromSqlError, ValueRef};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::error::Place;

/// The columns of [`Decoder::event`], in its order.
macro_rules! event_columns {
    () => {
        "position, version, event_id, event_type, schema_version, payload, recorded_at, \
         correlation_id, causation_id, metadata, tags, aggregate_type, aggregate_id"
    };
}
pub(crate) use event_columns;

/// The parts of an event that are stored as JSON. Written by the caller's task, so that the writer
/// only writes.
#[derive(Debug, Default)]
pub(crate) struct JsonParts {
    pub(crate) metadata: Option<String>,
    pub(crate) tags: Option<String>,
}

impl JsonParts {
    pub(crate) fn of(event: &NewEvent) -> Result<Self, serde_json::Error> {
        Ok(Self {
            metadata: rest_of(&event.metadata)?,
            tags: tag_list(&event.tags)?,
        })
    }
}

/// All of the metadata but the two ids that have columns.
fn rest_of(metadata: &Metadata) -> Result<Option<String>, serde_json::Error> {
    if metadata.is_plain() {
        return Ok(None);
    }
    let mut rest = serde_json::to_value(metadata)?;
    if let Value::Object(fields) = &mut rest {
        fields.remove(CORRELATION);
        fields.remove(CAUSATION);
    }
    serde_json::to_string(&rest).map(Some)
}

const CORRELATION: &str = "correlation_id";
const CAUSATION: &str = "causation_id";

fn tag_list(tags: &[Tag]) -> Result<Option<String>, serde_json::Error> {
    if tags.is_empty() {
        return Ok(None);
    }
    let texts: Vec<_> = tags.iter().map(Tag::as_str).collect();
    serde_json::to_string(&texts).map(Some)
}

/// Reads events from rows. Neighbours share their names, so each is kept once.
pub(crate) struct Decoder<'a> {
    place: &'a Place,
    event_types: Vec<Arc<str>>,
    stream: Option<StreamId>,
}

/// Names kept; a log rarely has more in one page.
const NAMES: usize = 32;

impl<'a> Decoder<'a> {
    pub(crate) fn new(place: &'a Place) -> Self {
        Self {
            place,
            event_types: Vec::new(),
            stream: None,
        }
    }

    /// For rows of one stream.
    pub(crate) fn of_stream(place: &'a Place, stream: &StreamId) -> Self {
        Self {
            stream: Some(stream.clone()),
            ..Self::new(place)
        }
    }

    /// The event in `row`, which has the [`event_columns`].
    pub(crate) fn event(&mut self, row: &Row<'_>) -> Result<RecordedEvent, StoreError> {
        let position: i64 = row
            .get(0)
            .map_err(|source| self.place.failed("read", source))?;
        self.columns(row).map_err(|source| {
            self.place
                .damaged(
                    &format!("the event at position {position}"),
                    "a column has the wrong form",
                )
                .with_source(source)
        })
    }

    fn columns(&mut self, row: &Row<'_>) -> Result<RecordedEvent, Wrong> {
        let correlation = uuid(row.get_ref(7)?)?;
        let causation = uuid(row.get_ref(8)?)?;
        let event = NewEvent {
            id: EventId::from_uuid(uuid(row.get_ref(2)?)?),
            event_type: self.event_type(row.get_ref(3)?.as_str()?),
            schema_version: SchemaVersion::new(row.get(4)?),
            payload: row.get_ref(5)?.as_bytes()?.to_vec(),
            metadata: match row.get_ref(9)?.as_str_or_null()? {
                None => {
                    let mut metadata = Metadata::of_command(correlation.into());
                    metadata.correlation_id = correlation.into();
                    metadata.causation_id = causation.into();
                    metadata
                }
                Some(rest) => {
                    let mut fields: Map<String, Value> = serde_json::from_str(rest)?;
                    fields.insert(CORRELATION.into(), correlation.to_string().into());
                    fields.insert(CAUSATION.into(), causation.to_string().into());
                    serde_json::from_value(Value::Object(fields))?
                }
            },
            tags: match row.get_ref(10)?.as_str_or_null()? {
                None => Vec::new(),
                Some(list) => serde_json::from_str::<Vec<String>>(list)?
                    .into_iter()
                    .map(Tag::parse)
                    .collect::<Result<_, _>>()?,
            },
        };
        Ok(RecordedEvent::new(
            Position::from_raw(unsigned(row.get(0)?)?),
            self.stream(row.get_ref(11)?.as_str()?, row.get_ref(12)?.as_str()?)?,
            Version::new(unsigned(row.get(1)?)?),
            Timestamp::from_microsecond(row.get(6)?)?,
            event,
        ))
    }

    fn event_type(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.event_types.iter().find(|known| ***known == *name) {
            return known.clone();
        }
        let name: Arc<str> = name.into();
        if self.event_types.len() < NAMES {
            self.event_types.push(name.clone());
        }
        name
    }

    fn stream(&mut self, aggregate_type: &str, aggregate_id: &str) -> Result<StreamId, Wrong> {
        match &self.stream {
            Some(last)
                if last.aggregate_id() == aggregate_id
                    && last.aggregate_type() == aggregate_type =>
            {
                Ok(last.clone())
            }
            _ => {
                let stream = StreamId::new(aggregate_type, aggregate_id)?;
                self.stream = Some(stream.clone());
                Ok(stream)
            }
        }
    }
}

/// What is wrong with a column.
pub(crate) type Wrong = Box<dyn std::error::Error + Send + Sync>;

pub(crate) fn uuid(value: ValueRef<'_>) -> Result<Uuid, Wrong> {
    Ok(Uuid::from_slice(value.as_bytes()?)?)
}

pub(crate) fn unsigned(number: i64) -> Result<u64, Wrong> {
    u64::try_from(number).map_err(|_| FromSqlError::OutOfRange(number).into())
}

/// A position or version as SQLite counts, which has no number above.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
