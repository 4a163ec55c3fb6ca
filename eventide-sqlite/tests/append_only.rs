//! The file itself refuses what an append-only log does not suffer, from whatever program.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod support;

use eventide_core::Tag;
use eventide_core::store::EventStore;
use eventide_sqlite::SqliteStore;
use rusqlite::{Connection, ErrorCode};
use support::{Folder, append_after, append_of, event, stream};

const COLUMNS: &str = "aggregate_type, aggregate_id, version, event_id, event_type, \
                       schema_version, payload, recorded_at, correlation_id, causation_id";

/// A file with two events of `Order/a`, the second one tagged, and a connection that is not ours.
async fn two_events() -> (Folder, Connection) {
    let folder = Folder::new();
    let store = SqliteStore::open(folder.file()).await.unwrap();
    let order = stream("a");
    store.append(append_after(&order, 0, 1)).await.unwrap();
    let mut tagged = event("OrderPlaced");
    tagged.tags = vec![Tag::parse("customer:17850").unwrap()];
    store.append(append_of(&order, vec![tagged])).await.unwrap();
    store.close().await.unwrap();
    let conn = Connection::open(folder.file()).unwrap();
    (folder, conn)
}

/// All that the append-only tables hold.
fn contents(conn: &Connection) -> Vec<String> {
    ["events", "event_tags", "commands", "schema_versions", "log"]
        .iter()
        .map(|table| {
            let sql = format!("SELECT * FROM {table}");
            let mut statement = conn.prepare(&sql).unwrap();
            let columns = statement.column_count();
            let rows = statement
                .query_map([], |row| {
                    (0..columns)
                        .map(|column| row.get_ref(column).map(|value| format!("{value:?}")))
                        .collect::<Result<Vec<_>, _>>()
                })
                .unwrap();
            format!("{:?}", rows.collect::<Result<Vec<_>, _>>().unwrap())
        })
        .collect()
}

fn assert_refused(conn: &Connection, sql: &str) {
    let before = contents(conn);
    let done = conn.execute(sql, []);
    assert!(done.is_err(), "{sql}: {done:?}");
    let refused = done.unwrap_err();
    assert_eq!(
        refused.sqlite_error_code(),
        Some(ErrorCode::ConstraintViolation),
        "{sql}: {refused}"
    );
    assert!(
        refused.to_string().contains("the log is append-only"),
        "{sql}: {refused}"
    );
    assert_eq!(contents(conn), before, "{sql}");
}

#[tokio::test]
async fn nothing_is_changed_or_deleted() {
    let (_folder, conn) = two_events().await;
    for sql in [
        "UPDATE events SET payload = '{}'",
        "UPDATE OR REPLACE events SET version = 1 WHERE position = 2",
        "UPDATE event_tags SET tag = 'customer:1'",
        "UPDATE commands SET events = 7",
        "UPDATE schema_versions SET schema_version = 7",
        "UPDATE log SET log_id = randomblob(16)",
        "DELETE FROM log",
        "DELETE FROM events",
        "DELETE FROM events WHERE position = 2",
        "DELETE FROM event_tags",
        "DELETE FROM commands",
        "DELETE FROM schema_versions",
    ] {
        assert_refused(&conn, sql);
    }
}

#[tokio::test]
async fn nothing_is_replaced() {
    let (_folder, conn) = two_events().await;
    for verb in ["INSERT OR REPLACE", "REPLACE", "INSERT OR IGNORE"] {
        for sql in [
            // In the way by its position, its place in its stream, its id.
            format!("{verb} INTO events SELECT * FROM events WHERE position = 2"),
            format!(
                "{verb} INTO events (position, {COLUMNS}) SELECT 3, aggregate_type, aggregate_id, \
                 version, randomblob(16), event_type, schema_version, '{{}}', recorded_at, \
                 correlation_id, causation_id FROM events WHERE position = 2"
            ),
            format!(
                "{verb} INTO events (position, {COLUMNS}) SELECT 3, 'Order', 'b', \
                 1, event_id, event_type, schema_version, '{{}}', recorded_at, \
                 correlation_id, causation_id FROM events WHERE position = 1"
            ),
            format!(
                "{verb} INTO commands SELECT command_id, aggregate_type, aggregate_id, 7, 7, 7 \
                 FROM commands"
            ),
            format!("{verb} INTO log VALUES (1, randomblob(16))"),
        ] {
            assert_refused(&conn, &sql);
        }
    }
}

#[tokio::test]
async fn no_hole_is_made() {
    let (_folder, conn) = two_events().await;
    let insert = |position: &str, id: &str, version: i64| {
        format!(
            "INSERT INTO events (position, {COLUMNS}) VALUES ({position}, 'Order', '{id}', \
             {version}, randomblob(16), 'LineAdded', 1, '{{}}', 0, randomblob(16), randomblob(16))"
        )
    };
    for sql in [
        insert("3", "a", 4),
        insert("3", "a", 0),
        insert("3", "b", 2),
        insert("0", "b", 1),
        insert("-1", "b", 1),
        insert("NULL", "b", 1),
    ] {
        assert_refused(&conn, &sql);
    }
    conn.execute(&insert("3", "a", 3), []).unwrap();
}
