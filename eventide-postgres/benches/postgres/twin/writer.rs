//! Transactions of one round trip: nothing is waited for until everything is sent.
//!
//! Positions are one above the last, taken under a lock that is held until the commit, so they have
//! no gaps and are visible in their order, whatever other processes write.

use std::time::SystemTime;

use tokio::try_join;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Statement};

use super::row::{Json, Row};
use crate::server::connect;

const BEGIN: &str = "BEGIN";
const LOCK: &str = "SELECT pg_advisory_xact_lock(1702261860)";
const COMMIT: &str = "COMMIT";

const INSERT_EVENT: &str = "\
INSERT INTO eventide.events (
    position, version, recorded_at, schema_version, event_id, correlation_id, causation_id,
    aggregate_type, aggregate_id, event_type, payload
) VALUES (
    (SELECT coalesce(max(position), 0) + 1 FROM eventide.events),
    $1, $2, 1, $3, $4, $4, $5, $6, $7, $8
)";

const INSERT_COMMAND: &str = "\
INSERT INTO eventide.commands (command_id, after_version, events, position, aggregate_type, aggregate_id)
VALUES ($1, $2, 1, (SELECT max(position) FROM eventide.events), $3, $4)";

const INSERT_EVENTS: &str = "\
INSERT INTO eventide.events (
    position, version, recorded_at, schema_version, event_id, correlation_id, causation_id,
    aggregate_type, aggregate_id, event_type, payload
)
SELECT
    (SELECT coalesce(max(position), 0) FROM eventide.events) + e.n, e.version, $1, 1, e.id, e.command,
    e.command, e.aggregate_type, e.aggregate_id, e.event_type, e.payload
FROM unnest($2::text[], $3::text[], $4::int8[], $5::uuid[], $6::uuid[], $7::text[], $8::json[])
    WITH ORDINALITY AS e (aggregate_type, aggregate_id, version, id, command, event_type, payload, n)";

const INSERT_COMMANDS: &str = "\
INSERT INTO eventide.commands (command_id, after_version, events, position, aggregate_type, aggregate_id)
SELECT
    c.id, c.version - 1, 1, (SELECT max(position) FROM eventide.events) - cardinality($1::uuid[]) + c.n,
    c.aggregate_type, c.aggregate_id
FROM unnest($1::uuid[], $2::int8[], $3::text[], $4::text[])
    WITH ORDINALITY AS c (id, version, aggregate_type, aggregate_id, n)";

/// One connection and its statements.
pub(super) struct Writer {
    client: Client,
    begin: Statement,
    lock: Statement,
    event: Statement,
    command: Statement,
    events: Statement,
    commands: Statement,
    commit: Statement,
}

impl Writer {
    pub(super) async fn connect(address: &str) -> Self {
        let client = connect(address).await;
        let prepare = async |sql| client.prepare(sql).await.unwrap();
        Self {
            begin: prepare(BEGIN).await,
            lock: prepare(LOCK).await,
            event: prepare(INSERT_EVENT).await,
            command: prepare(INSERT_COMMAND).await,
            events: prepare(INSERT_EVENTS).await,
            commands: prepare(INSERT_COMMANDS).await,
            commit: prepare(COMMIT).await,
            client,
        }
    }

    pub(super) async fn commit_one(&self, row: &Row) {
        let now = SystemTime::now();
        let before = row.version - 1;
        let event: [&(dyn ToSql + Sync); 8] = [
            &row.version,
            &now,
            &row.event_id,
            &row.command_id,
            &row.aggregate_type,
            &row.aggregate_id,
            &row.event_type,
            &row.payload,
        ];
        let command: [&(dyn ToSql + Sync); 4] = [
            &row.command_id,
            &before,
            &row.aggregate_type,
            &row.aggregate_id,
        ];
        let inserts = [(&self.event, &event[..]), (&self.command, &command[..])];
        self.transaction(inserts).await;
    }

    pub(super) async fn commit(&self, rows: &[Row]) {
        let now = SystemTime::now();
        let types: Vec<_> = rows.iter().map(|row| row.aggregate_type).collect();
        let ids: Vec<_> = rows.iter().map(|row| &*row.aggregate_id).collect();
        let versions: Vec<_> = rows.iter().map(|row| row.version).collect();
        let event_ids: Vec<_> = rows.iter().map(|row| row.event_id).collect();
        let command_ids: Vec<_> = rows.iter().map(|row| row.command_id).collect();
        let event_types: Vec<_> = rows.iter().map(|row| row.event_type).collect();
        let payloads: Vec<&Json> = rows.iter().map(|row| &row.payload).collect();
        let events: [&(dyn ToSql + Sync); 8] = [
            &now,
            &types,
            &ids,
            &versions,
            &event_ids,
            &command_ids,
            &event_types,
            &payloads,
        ];
        let commands: [&(dyn ToSql + Sync); 4] = [&command_ids, &versions, &types, &ids];
        let inserts = [(&self.events, &events[..]), (&self.commands, &commands[..])];
        self.transaction(inserts).await;
    }

    async fn transaction(&self, [events, commands]: [Insert<'_>; 2]) {
        let client = &self.client;
        // Polled in this order, so sent in this order.
        try_join!(
            biased;
            client.execute(&self.begin, &[]),
            client.execute(&self.lock, &[]),
            client.execute(events.0, events.1),
            client.execute(commands.0, commands.1),
            client.execute(&self.commit, &[]),
        )
        .unwrap();
    }
}

/// A statement and its parameters.
type Insert<'a> = (&'a Statement, &'a [&'a (dyn ToSql + Sync)]);
