//! Snapshots: one row per stream, changed and deleted at will.

use eventide_core::snapshot::{Fingerprint, Snapshot};
use eventide_core::{StreamId, Version};
use tokio_postgres::types::Type;
use tokio_postgres::{Error, Row};

use crate::error::Place;
use crate::link::{Rows, Session};
use crate::row::ReadError;
use crate::sql::{Schema, Sql};
use crate::value::{Micros, Raw, Wrong, signed, unsigned};

#[derive(Debug)]
pub(crate) struct Statements {
    load: Sql,
    save: Sql,
    delete: Sql,
}

impl Statements {
    pub(crate) fn new(schema: &Schema) -> Self {
        Self {
            load: schema.sql(
                "SELECT version, recorded_at, fingerprint, payload, checksum \
                 FROM @schema@.snapshots WHERE aggregate_type = $1 AND aggregate_id = $2",
                [Type::TEXT, Type::TEXT],
            ),
            save: schema.sql(
                "INSERT INTO @schema@.snapshots AS kept (aggregate_type, aggregate_id, version, \
                 recorded_at, fingerprint, payload, checksum) VALUES ($1, $2, $3, $4, $5, $6, $7) \
                 ON CONFLICT (aggregate_type, aggregate_id) DO UPDATE SET \
                 version = excluded.version, recorded_at = excluded.recorded_at, \
                 fingerprint = excluded.fingerprint, payload = excluded.payload, \
                 checksum = excluded.checksum \
                 WHERE kept.fingerprint <> excluded.fingerprint OR kept.version <= excluded.version",
                [
                    Type::TEXT,
                    Type::TEXT,
                    Type::INT8,
                    Type::TIMESTAMPTZ,
                    Type::INT8,
                    Type::BYTEA,
                    Type::INT8,
                ],
            ),
            delete: schema.sql(
                "DELETE FROM @schema@.snapshots WHERE aggregate_type = $1 AND aggregate_id = $2",
                [Type::TEXT, Type::TEXT],
            ),
        }
    }

    /// All of them, each with the index it goes along.
    #[cfg(test)]
    pub(crate) fn all(&self) -> Vec<(Sql, &'static str)> {
        vec![
            (self.load.clone(), "snapshots_stream"),
            (self.save.clone(), "snapshots_stream"),
            (self.delete.clone(), "snapshots_stream"),
        ]
    }

    /// Keeps `snapshot`, unless one of the same shape and a later version is there.
    pub(crate) async fn save(&self, session: &Session, snapshot: &Snapshot) -> Result<(), Error> {
        let stream = &snapshot.stream;
        let saved = session
            .rows(
                &self.save,
                &[
                    &stream.aggregate_type(),
                    &stream.aggregate_id(),
                    &signed(snapshot.version.get()),
                    &Micros::of(snapshot.recorded_at),
                    &snapshot.fingerprint.as_u64().cast_signed(),
                    &Raw(&snapshot.payload),
                    &i64::from(snapshot.checksum),
                ],
            )
            .await;
        saved.map(|_| ())
    }

    pub(crate) async fn delete(&self, session: &Session, stream: &StreamId) -> Result<(), Error> {
        let deleted = session
            .rows(
                &self.delete,
                &[&stream.aggregate_type(), &stream.aggregate_id()],
            )
            .await;
        deleted.map(|_| ())
    }

    pub(crate) async fn load(
        &self,
        session: &Session,
        place: &Place,
        stream: &StreamId,
    ) -> Result<Option<Snapshot>, ReadError> {
        let rows = session
            .rows(
                &self.load,
                &[&stream.aggregate_type(), &stream.aggregate_id()],
            )
            .await?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let snapshot = of_row(stream, row).map_err(|source| {
            let what = format!("the snapshot of {stream}");
            place
                .damaged(&what, "a column has the wrong form")
                .with_source(source)
        })?;
        Ok(Some(snapshot))
    }
}

fn of_row(stream: &StreamId, row: &Row) -> Result<Snapshot, Wrong> {
    Ok(Snapshot {
        stream: stream.clone(),
        version: Version::new(unsigned(row.try_get(0)?)?),
        recorded_at: row.try_get::<_, Micros>(1)?.timestamp()?,
        fingerprint: Fingerprint::from_u64(row.try_get::<_, i64>(2)?.cast_unsigned()),
        payload: row.try_get::<_, Raw<'_>>(3)?.0.to_vec(),
        checksum: row.try_get::<_, i64>(4)?.try_into()?,
    })
}
