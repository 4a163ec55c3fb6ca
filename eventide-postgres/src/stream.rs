//! Reading one stream.

use eventide_core::store::{Direction, PageBuilder, StreamPage, StreamQuery};
use eventide_core::{StreamId, Version};
use tokio_postgres::types::Type;

use crate::error::Place;
use crate::link::{Rows, Session};
use crate::row::{Decoder, ReadError};
use crate::sql::{Schema, Sql, event_columns};
use crate::value::signed;

/// The statements, once for each direction, and the one for the version.
#[derive(Debug)]
pub(crate) struct Statements {
    forwards: Sql,
    backwards: Sql,
    version: Sql,
}

/// A page and the version of the whole stream: one statement, so one instant.
macro_rules! page {
    ($order:literal) => {
        concat!(
            "SELECT v.version, ",
            event_columns!(),
            " FROM (SELECT (SELECT e.version FROM @schema@.events e \
             WHERE e.aggregate_type = $1 AND e.aggregate_id = $2 \
             ORDER BY e.version DESC LIMIT 1) AS version) v \
             LEFT JOIN LATERAL (SELECT * FROM @schema@.events e \
             WHERE e.aggregate_type = $1 AND e.aggregate_id = $2 \
             AND e.version > $3 AND e.version <= $4 ORDER BY e.version ",
            $order,
            " LIMIT $5) e ON true"
        )
    };
}

impl Statements {
    pub(crate) fn new(schema: &Schema) -> Self {
        let types = || [Type::TEXT, Type::TEXT, Type::INT8, Type::INT8, Type::INT8];
        Self {
            forwards: schema.sql(page!("ASC"), types()),
            backwards: schema.sql(page!("DESC"), types()),
            version: schema.sql(
                "SELECT e.version FROM @schema@.events e \
                 WHERE e.aggregate_type = $1 AND e.aggregate_id = $2 \
                 ORDER BY e.version DESC LIMIT 1",
                [Type::TEXT, Type::TEXT],
            ),
        }
    }

    /// All of them, each with the index it goes along.
    #[cfg(test)]
    pub(crate) fn all(&self) -> Vec<(Sql, &'static str)> {
        vec![
            (self.forwards.clone(), "events_version"),
            (self.backwards.clone(), "events_version"),
            (self.version.clone(), "events_version"),
        ]
    }

    pub(crate) async fn version(
        &self,
        session: &impl Rows,
        stream: &StreamId,
    ) -> Result<Version, ReadError> {
        let rows = session
            .rows(
                &self.version,
                &[&stream.aggregate_type(), &stream.aggregate_id()],
            )
            .await?;
        Ok(match rows.first() {
            Some(row) => version(row.try_get(0)?),
            None => Version::ZERO,
        })
    }

    pub(crate) async fn read(
        &self,
        session: &Session,
        place: &Place,
        stream: &StreamId,
        query: StreamQuery,
    ) -> Result<StreamPage, ReadError> {
        let sql = match query.direction {
            Direction::Forwards => &self.forwards,
            Direction::Backwards => &self.backwards,
        };
        let until = query.until.map_or(i64::MAX, |until| signed(until.get()));
        // One beyond the page tells whether there is more.
        let limit = signed(query.page.get() as u64 + 1);
        let rows = session
            .stream(
                sql,
                &[
                    &stream.aggregate_type(),
                    &stream.aggregate_id(),
                    &signed(query.after.get()),
                    &until,
                    &limit,
                ],
            )
            .await?;
        let mut page = PageBuilder::new(query.page.get());
        let mut last = None;
        let more = Decoder::of_stream(place, 1, stream)
            .fill(&mut page, rows, |row| {
                if last.is_none() {
                    last = row.try_get(0)?;
                }
                Ok(())
            })
            .await?;
        Ok(StreamPage {
            events: page.into_events(),
            version: last.map_or(Version::ZERO, version),
            more,
        })
    }
}

fn version(stored: i64) -> Version {
    Version::new(stored.unsigned_abs())
}
