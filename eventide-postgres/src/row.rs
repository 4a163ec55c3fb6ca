//! Reading events from rows.

use eventide_core::store::{Names, PageBuilder, StoreError};
use eventide_core::{
    EventId, Metadata, NewEvent, Position, RecordedEvent, SchemaVersion, StreamId, Tag, Version,
};
use futures_util::TryStreamExt;
use tokio_postgres::{Error, Row, RowStream};
use uuid::Uuid;

use crate::error::Place;
use crate::value::{Micros, Raw, Wrong, unsigned};

/// Why nothing was read.
#[derive(Debug)]
pub(crate) enum ReadError {
    /// The server or the connection failed; trying again may help.
    Failed(Error),
    /// What is stored is damaged.
    Store(StoreError),
}

impl From<Error> for ReadError {
    fn from(source: Error) -> Self {
        Self::Failed(source)
    }
}

impl From<StoreError> for ReadError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Reads events from rows whose column `first` begins the
/// [`event_columns`](crate::sql::event_columns).
pub(crate) struct Decoder<'a> {
    place: &'a Place,
    names: Names,
    first: usize,
}

impl<'a> Decoder<'a> {
    pub(crate) fn new(place: &'a Place, first: usize) -> Self {
        let names = Names::default();
        Self {
            place,
            names,
            first,
        }
    }

    /// For rows of one stream.
    pub(crate) fn of_stream(place: &'a Place, first: usize, stream: &StreamId) -> Self {
        let names = Names::of_stream(stream);
        Self {
            place,
            names,
            first,
        }
    }

    /// Fills `page` from `rows`, each of which has an event or, if there is none, nulls. Whether
    /// there is more; `other` is shown each row first.
    pub(crate) async fn fill(
        &mut self,
        page: &mut PageBuilder,
        rows: RowStream,
        mut other: impl FnMut(&Row) -> Result<(), Error>,
    ) -> Result<bool, ReadError> {
        let mut rows = std::pin::pin!(rows);
        while let Some(row) = rows.try_next().await? {
            other(&row)?;
            let Some(position) = row.try_get::<_, Option<i64>>(self.first)? else {
                continue;
            };
            if page.is_full() {
                return Ok(true);
            }
            page.push(self.event(&row, position)?);
        }
        Ok(false)
    }

    fn event(&mut self, row: &Row, position: i64) -> Result<RecordedEvent, StoreError> {
        self.columns(row, position).map_err(|source| {
            self.place
                .damaged(
                    &format!("the event at position {position}"),
                    "a column has the wrong form",
                )
                .with_source(source)
        })
    }

    fn columns(&mut self, row: &Row, position: i64) -> Result<RecordedEvent, Wrong> {
        let at = |column| self.first + column;
        let payload = row.try_get::<_, Option<Raw<'_>>>(at(5))?;
        let payload = match payload {
            Some(payload) => payload,
            None => row.try_get(at(6))?,
        };
        let correlation: Uuid = row.try_get(at(8))?;
        let causation: Uuid = row.try_get(at(9))?;
        let rest = row.try_get::<_, Option<Raw<'_>>>(at(10))?;
        let tags = row.try_get::<_, Option<Vec<&str>>>(at(11))?;
        let event = NewEvent {
            id: EventId::from_uuid(row.try_get(at(2))?),
            event_type: self.names.event_type(row.try_get(at(3))?),
            schema_version: SchemaVersion::new(row.try_get::<_, i64>(at(4))?.try_into()?),
            payload: payload.0.to_vec(),
            metadata: Metadata::of_parts(
                correlation.into(),
                causation.into(),
                rest.map(|rest| rest.0),
            )?,
            tags: tags
                .unwrap_or_default()
                .into_iter()
                .map(Tag::parse)
                .collect::<Result<_, _>>()?,
        };
        Ok(RecordedEvent::new(
            Position::from_raw(unsigned(position)?),
            self.names
                .stream(row.try_get(at(12))?, row.try_get(at(13))?)?,
            Version::new(unsigned(row.try_get(at(1))?)?),
            row.try_get::<_, Micros>(at(7))?.timestamp()?,
            event,
        ))
    }
}
