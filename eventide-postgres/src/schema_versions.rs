//! The shapes of events that the store holds.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use eventide_core::store::{SeenVersion, VersionCount};
use eventide_core::{NewEvent, SchemaVersion, StreamId};
use tokio_postgres::Error;
use tokio_postgres::types::Type;

use crate::link::{Rows, Session};
use crate::sql::{Schema, Sql};

/// The shapes this process knows to be noted, by aggregate type: a look into memory instead of one
/// into a table for each event.
#[derive(Debug, Default)]
pub(crate) struct Known(HashMap<String, HashSet<SeenVersion>>);

impl Known {
    pub(crate) fn contains(&self, stream: &StreamId, event: &NewEvent) -> bool {
        let Some(known) = self.0.get(stream.aggregate_type()) else {
            return false;
        };
        known.contains(&shape(event))
    }

    pub(crate) fn add(&mut self, stream: &StreamId, event: &NewEvent) {
        if !self.contains(stream, event) {
            let known = self.0.entry(stream.aggregate_type().to_owned());
            known.or_default().insert(shape(event));
        }
    }

    /// The server may have been replaced by one that has not noted them.
    pub(crate) fn forget(&mut self) {
        self.0.clear();
    }
}

fn shape(event: &NewEvent) -> SeenVersion {
    SeenVersion {
        event_type: Arc::clone(&event.event_type),
        schema_version: event.schema_version,
    }
}

#[derive(Debug)]
pub(crate) struct Statements {
    seen: Sql,
    count: Sql,
}

impl Statements {
    pub(crate) fn new(schema: &Schema) -> Self {
        Self {
            seen: schema.sql(
                "SELECT event_type, schema_version FROM @schema@.schema_versions \
                 WHERE aggregate_type = $1 ORDER BY event_type, schema_version",
                [Type::TEXT],
            ),
            count: schema.sql(
                "SELECT aggregate_type, event_type, schema_version, count(*) \
                 FROM @schema@.events WHERE position > $1 AND position <= $2 GROUP BY 1, 2, 3",
                [Type::INT8, Type::INT8],
            ),
        }
    }

    /// All of them, each with the index it goes along.
    #[cfg(test)]
    pub(crate) fn all(&self) -> Vec<(Sql, &'static str)> {
        vec![(self.seen.clone(), "schema_versions_shape")]
    }

    /// Every shape of this aggregate type's events, sorted.
    pub(crate) async fn seen(
        &self,
        session: &Session,
        aggregate_type: &str,
    ) -> Result<Vec<SeenVersion>, Error> {
        let rows = session.rows(&self.seen, &[&aggregate_type]).await?;
        let shape = |row: &tokio_postgres::Row| {
            Ok(SeenVersion {
                event_type: row.try_get::<_, &str>(0)?.into(),
                schema_version: version(row.try_get(1)?),
            })
        };
        rows.iter().map(shape).collect()
    }

    /// Counts the events after one position and up to another.
    pub(crate) async fn count(
        &self,
        session: &Session,
        after: i64,
        until: i64,
    ) -> Result<Counts, Error> {
        let mut counts = BTreeMap::new();
        for row in session.rows(&self.count, &[&after, &until]).await? {
            let shape = (
                row.try_get::<_, &str>(0)?.into(),
                row.try_get::<_, &str>(1)?.into(),
                version(row.try_get(2)?),
            );
            counts.insert(shape, row.try_get::<_, i64>(3)?.unsigned_abs());
        }
        Ok(Counts(counts))
    }
}

/// What is stored was a [`SchemaVersion`] once.
fn version(stored: i64) -> SchemaVersion {
    SchemaVersion::new(u32::try_from(stored).unwrap_or(u32::MAX))
}

/// How many events there are of each shape.
#[derive(Debug, Default)]
pub(crate) struct Counts(BTreeMap<(Arc<str>, Arc<str>, SchemaVersion), u64>);

impl Counts {
    pub(crate) fn add(&mut self, other: Self) {
        for (shape, events) in other.0 {
            *self.0.entry(shape).or_default() += events;
        }
    }

    /// The counts, sorted.
    pub(crate) fn into_vec(self) -> Vec<VersionCount> {
        let counts = self.0.into_iter();
        counts
            .map(
                |((aggregate_type, event_type, schema_version), events)| VersionCount {
                    aggregate_type,
                    event_type,
                    schema_version,
                    events,
                },
            )
            .collect()
    }
}
