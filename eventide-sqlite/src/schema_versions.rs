//! The shapes of events that the file holds: noted by the writer, told and counted for readers.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use eventide_core::store::{SeenVersion, VersionCount};
use eventide_core::{SchemaVersion, StreamId};
use rusqlite::{Connection, Error, Statement, params};

/// Notes each shape in the transaction that first brings it. What the file is known to have costs a
/// look into memory.
#[derive(Debug)]
pub(crate) struct Notes<'conn> {
    insert: Statement<'conn>,
    /// What is committed, by aggregate type.
    known: HashMap<String, HashSet<SeenVersion>>,
    /// What the transaction under way has noted; if it fails, it is noted again by a later one.
    new: Vec<(String, SeenVersion)>,
}

impl<'conn> Notes<'conn> {
    pub(crate) fn new(conn: &'conn Connection) -> Result<Self, Error> {
        Ok(Self {
            // Another process, or an earlier one, may have noted it.
            insert: conn.prepare(
                "INSERT OR IGNORE INTO schema_versions \
                 (aggregate_type, event_type, schema_version) VALUES (?1, ?2, ?3)",
            )?,
            known: HashMap::new(),
            new: Vec::new(),
        })
    }

    /// A transaction begins: what one before it noted and did not commit is forgotten.
    pub(crate) fn begin(&mut self) {
        self.new.clear();
    }

    /// The transaction is committed.
    pub(crate) fn commit(&mut self) {
        for (aggregate_type, seen) in self.new.drain(..) {
            self.known.entry(aggregate_type).or_default().insert(seen);
        }
    }

    /// Notes the shape of an event that was appended to `stream`.
    pub(crate) fn note(
        &mut self,
        stream: &StreamId,
        event_type: &Arc<str>,
        schema_version: SchemaVersion,
    ) -> Result<(), Error> {
        let aggregate_type = stream.aggregate_type();
        let seen = SeenVersion {
            event_type: Arc::clone(event_type),
            schema_version,
        };
        let is_known = self
            .known
            .get(aggregate_type)
            .is_some_and(|known| known.contains(&seen));
        if is_known
            || self
                .new
                .iter()
                .any(|(of, new)| of == aggregate_type && *new == seen)
        {
            return Ok(());
        }
        self.insert.execute(params![
            aggregate_type,
            &*seen.event_type,
            seen.schema_version.get()
        ])?;
        self.new.push((aggregate_type.to_owned(), seen));
        Ok(())
    }
}

/// Every shape of this aggregate type's events, sorted.
pub(crate) fn seen(conn: &Connection, aggregate_type: &str) -> Result<Vec<SeenVersion>, Error> {
    let mut select = conn.prepare_cached(
        "SELECT event_type, schema_version FROM schema_versions WHERE aggregate_type = ?1 \
         ORDER BY event_type, schema_version",
    )?;
    let rows = select.query_map([aggregate_type], |row| {
        Ok(SeenVersion {
            event_type: row.get(0)?,
            schema_version: SchemaVersion::new(row.get(1)?),
        })
    })?;
    rows.collect()
}

/// How many events there are of each shape, counted piece by piece.
#[derive(Debug, Default)]
pub(crate) struct Counts(BTreeMap<(Arc<str>, Arc<str>, u32), u64>);

impl Counts {
    /// Counts the events after one position and up to another as well.
    pub(crate) fn add(&mut self, conn: &Connection, after: i64, until: i64) -> Result<(), Error> {
        let mut select = conn.prepare_cached(
            "SELECT aggregate_type, event_type, schema_version, count(*) FROM events \
             WHERE position > ?1 AND position <= ?2 GROUP BY 1, 2, 3",
        )?;
        let mut rows = select.query([after, until])?;
        while let Some(row) = rows.next()? {
            let shape = (row.get(0)?, row.get(1)?, row.get(2)?);
            *self.0.entry(shape).or_default() += row.get::<_, i64>(3)?.unsigned_abs();
        }
        Ok(())
    }

    /// The counts, sorted.
    pub(crate) fn into_vec(self) -> Vec<VersionCount> {
        let counts = self.0.into_iter();
        counts
            .map(
                |((aggregate_type, event_type, version), events)| VersionCount {
                    aggregate_type,
                    event_type,
                    schema_version: SchemaVersion::new(version),
                    events,
                },
            )
            .collect()
    }
}
