//! The rows of a command, and the statements that insert them.

use jiff::Timestamp;
use rusqlite::{Connection, Statement, params};
use serde::Serialize;
use uuid::Uuid;

/// An event on its way into the table.
pub(crate) struct Row {
    aggregate_id: String,
    version: i64,
    event_id: Uuid,
    command_id: Uuid,
    event_type: &'static str,
    payload: Vec<u8>,
}

impl Row {
    pub(crate) fn new<E: Serialize>(
        order: u64,
        version: i64,
        event_type: &'static str,
        event: &E,
    ) -> Self {
        Self {
            aggregate_id: order.to_string(),
            version,
            event_id: Uuid::now_v7(),
            command_id: Uuid::now_v7(),
            event_type,
            payload: serde_json::to_vec(event).unwrap(),
        }
    }
}

/// Inserts rows, each call in a transaction of its own.
pub(crate) struct Inserts<'conn> {
    position: i64,
    begin: Statement<'conn>,
    event: Statement<'conn>,
    command: Statement<'conn>,
    commit: Statement<'conn>,
}

impl<'conn> Inserts<'conn> {
    pub(crate) fn new(conn: &'conn Connection) -> Self {
        // As eventide sets them for its writer.
        conn.execute_batch(
            "PRAGMA synchronous = FULL;
             PRAGMA wal_autocheckpoint = 4000;
             PRAGMA journal_size_limit = 67108864;
             PRAGMA cache_size = -32768;",
        )
        .unwrap();
        let last = "SELECT coalesce(max(position), 0) FROM events";
        Self {
            position: conn.query_row(last, [], |row| row.get(0)).unwrap(),
            begin: conn.prepare("BEGIN IMMEDIATE").unwrap(),
            event: conn
                .prepare(
                    "INSERT INTO events (position, aggregate_type, aggregate_id, version, \
                     event_id, event_type, schema_version, payload, recorded_at, correlation_id, \
                     causation_id) VALUES (?1, 'Order', ?2, ?3, ?4, ?5, 1, ?6, ?7, ?8, ?8)",
                )
                .unwrap(),
            command: conn
                .prepare(
                    "INSERT INTO commands (command_id, aggregate_type, aggregate_id, \
                     after_version, events, position) VALUES (?1, 'Order', ?2, ?3, 1, ?4)",
                )
                .unwrap(),
            commit: conn.prepare("COMMIT").unwrap(),
        }
    }

    pub(crate) fn commit(&mut self, rows: &[Row]) {
        self.begin.execute([]).unwrap();
        let recorded_at = Timestamp::now().as_microsecond();
        for row in rows {
            self.position += 1;
            let command_id = row.command_id.as_bytes().as_slice();
            self.event
                .execute(params![
                    self.position,
                    row.aggregate_id,
                    row.version,
                    row.event_id.as_bytes().as_slice(),
                    row.event_type,
                    str::from_utf8(&row.payload).unwrap(),
                    recorded_at,
                    command_id,
                ])
                .unwrap();
            self.command
                .execute(params![
                    command_id,
                    row.aggregate_id,
                    row.version - 1,
                    self.position
                ])
                .unwrap();
        }
        self.commit.execute([]).unwrap();
    }
}
