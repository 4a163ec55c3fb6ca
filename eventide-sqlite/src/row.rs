//! An event as a row: what is written into its columns, and how it is read back.

use eventide_core::store::{Names, StoreError};
use eventide_core::{
    EventId, Metadata, NewEvent, Position, RecordedEvent, SchemaVersion, StreamId, Tag, Version,
};
use jiff::Timestamp;
use rusqlite::types::{FromSqlError, ValueRef};
use rusqlite::{Error, Row};
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
        Self::of_parts(&event.metadata, &event.tags)
    }

    pub(crate) fn of_parts(metadata: &Metadata, tags: &[Tag]) -> Result<Self, serde_json::Error> {
        Ok(Self {
            metadata: metadata.rest_as_json()?,
            tags: tag_list(tags)?,
        })
    }
}

fn tag_list(tags: &[Tag]) -> Result<Option<String>, serde_json::Error> {
    if tags.is_empty() {
        return Ok(None);
    }
    let texts: Vec<_> = tags.iter().map(Tag::as_str).collect();
    serde_json::to_string(&texts).map(Some)
}

/// Reads events from rows.
pub(crate) struct Decoder<'a> {
    place: &'a Place,
    names: Names,
}

impl<'a> Decoder<'a> {
    pub(crate) fn new(place: &'a Place) -> Self {
        let names = Names::default();
        Self { place, names }
    }

    /// For rows of one stream.
    pub(crate) fn of_stream(place: &'a Place, stream: &StreamId) -> Self {
        let names = Names::of_stream(stream);
        Self { place, names }
    }

    /// Where the event in `row` is.
    pub(crate) fn position(&self, row: &Row<'_>) -> Result<Position, StoreError> {
        let position = number_at(row, 0).map_err(|source| self.place.failed("read", source))?;
        Ok(Position::from_raw(position))
    }

    /// The type of the event in `row`.
    pub(crate) fn event_type<'r>(&self, row: &'r Row<'_>) -> Result<&'r str, StoreError> {
        let failed = |source| self.place.failed("read", source);
        let event_type = row.get_ref(3).map_err(failed)?;
        event_type.as_str().map_err(|source| failed(source.into()))
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
            event_type: self.names.event_type(row.get_ref(3)?.as_str()?),
            schema_version: SchemaVersion::new(row.get(4)?),
            payload: row.get_ref(5)?.as_bytes()?.to_vec(),
            metadata: Metadata::of_parts(
                correlation.into(),
                causation.into(),
                row.get_ref(9)?.as_bytes_or_null()?,
            )?,
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
            self.names
                .stream(row.get_ref(11)?.as_str()?, row.get_ref(12)?.as_str()?)?,
            Version::new(unsigned(row.get(1)?)?),
            Timestamp::from_microsecond(row.get(6)?)?,
            event,
        ))
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

/// The number in that column, which cannot be below zero.
pub(crate) fn number_at(row: &Row<'_>, column: usize) -> Result<u64, Error> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|_| Error::IntegralValueOutOfRange(column, number))
}

/// The time in that column, kept in microseconds.
pub(crate) fn time_at(row: &Row<'_>, column: usize) -> Result<Timestamp, Error> {
    let microsecond: i64 = row.get(column)?;
    Timestamp::from_microsecond(microsecond)
        .map_err(|_| Error::IntegralValueOutOfRange(column, microsecond))
}
