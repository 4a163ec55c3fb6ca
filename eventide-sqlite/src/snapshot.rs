//! Snapshots: one row per stream, changed and deleted at will.

use eventide_core::snapshot::{Fingerprint, Snapshot};
use eventide_core::store::StoreError;
use eventide_core::{StreamId, Version};
use jiff::Timestamp;
use rusqlite::{Connection, Error, OptionalExtension, Row, params};

use crate::error::Place;
use crate::row::{Wrong, signed, unsigned};

/// Keeps `snapshot`, unless one of the same shape and a later version is there.
pub(crate) fn save(conn: &Connection, snapshot: &Snapshot) -> Result<(), Error> {
    conn.prepare_cached(
        "INSERT INTO snapshots (aggregate_type, aggregate_id, version, recorded_at, fingerprint, \
         payload, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
         ON CONFLICT (aggregate_type, aggregate_id) DO UPDATE SET version = excluded.version, \
         recorded_at = excluded.recorded_at, fingerprint = excluded.fingerprint, \
         payload = excluded.payload, checksum = excluded.checksum \
         WHERE fingerprint <> excluded.fingerprint OR version <= excluded.version",
    )?
    .execute(params![
        snapshot.stream.aggregate_type(),
        snapshot.stream.aggregate_id(),
        signed(snapshot.version.get()),
        snapshot.recorded_at.as_microsecond(),
        snapshot.fingerprint.as_u64().cast_signed(),
        snapshot.payload,
        snapshot.checksum,
    ])
    .map(|_| ())
}

pub(crate) fn delete(conn: &Connection, stream: &StreamId) -> Result<(), Error> {
    conn.prepare_cached("DELETE FROM snapshots WHERE aggregate_type = ?1 AND aggregate_id = ?2")?
        .execute([stream.aggregate_type(), stream.aggregate_id()])
        .map(|_| ())
}

pub(crate) fn load(
    conn: &Connection,
    place: &Place,
    stream: &StreamId,
) -> Result<Option<Snapshot>, StoreError> {
    let found = conn
        .prepare_cached(
            "SELECT version, recorded_at, fingerprint, payload, checksum FROM snapshots \
             WHERE aggregate_type = ?1 AND aggregate_id = ?2",
        )
        .and_then(|mut select| {
            select
                .query_row([stream.aggregate_type(), stream.aggregate_id()], |row| {
                    Ok(snapshot(stream, row))
                })
                .optional()
        })
        .map_err(|source| place.failed("read", source))?;
    found.transpose().map_err(|source| {
        place
            .damaged(
                &format!("the snapshot of {stream}"),
                "a column has the wrong form",
            )
            .with_source(source)
    })
}

fn snapshot(stream: &StreamId, row: &Row<'_>) -> Result<Snapshot, Wrong> {
    Ok(Snapshot {
        stream: stream.clone(),
        version: Version::new(unsigned(row.get(0)?)?),
        recorded_at: Timestamp::from_microsecond(row.get(1)?)?,
        fingerprint: Fingerprint::from_u64(row.get::<_, i64>(2)?.cast_unsigned()),
        payload: row.get(3)?,
        checksum: row.get(4)?,
    })
}
