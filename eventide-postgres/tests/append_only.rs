//! The database refuses to change or delete what was appended, whoever asks.

mod support;

use eventide_core::Tag;
use eventide_core::store::EventStore;
use support::{Database, append, append_of, event, stream};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

/// Each table with a column to change, and its key.
const TABLES: [(&str, &str, &str); 5] = [
    ("events", "payload = '{}'", "position"),
    ("event_tags", "tag = 'other:1'", "tag, position"),
    ("commands", "events = 7", "command_id"),
    (
        "schema_versions",
        "schema_version = 7",
        "aggregate_type, event_type, schema_version",
    ),
    ("log", "log_id = gen_random_uuid()", "single"),
];

async fn filled() -> Database {
    let database = Database::new().await;
    let store = database.open().await;
    store.append(append(&stream("a"), 2)).await.unwrap();
    let mut tagged = event("LineAdded");
    tagged.tags = vec![Tag::parse("sku:85123A").unwrap()];
    let request = append_of(&stream("a"), vec![tagged]);
    store.append(request).await.unwrap();
    store.close().await.unwrap();
    database
}

async fn rows(client: &Client, table: &str) -> Vec<String> {
    let all = format!("SELECT t::text FROM eventide.{table} t ORDER BY 1");
    let rows = client.query(&all, &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// Every way SQL knows to change or delete a row of `table`.
async fn deeds(client: &Client, (table, change, key): (&str, &str, &str)) -> Vec<String> {
    let table = format!("eventide.{table}");
    let mut deeds = vec![
        format!("UPDATE {table} SET {change}"),
        // Of no row at all, either: a condition that is wrong today may be right tomorrow.
        format!("UPDATE {table} SET {change} WHERE false"),
        format!("DELETE FROM {table}"),
        format!("DELETE FROM {table} WHERE false"),
        format!("TRUNCATE {table}"),
        format!("TRUNCATE {table} CASCADE"),
        format!(
            "INSERT INTO {table} SELECT * FROM {table} ON CONFLICT ({key}) DO UPDATE SET {change}"
        ),
        format!("WITH gone AS (DELETE FROM {table} RETURNING *) SELECT count(*) FROM gone"),
    ];
    let version = "SELECT current_setting('server_version_num')::int4";
    let version: i32 = client.query_one(version, &[]).await.unwrap().get(0);
    if version >= 150_000 {
        for then in [format!("UPDATE SET {change}"), "DELETE".to_owned()] {
            deeds.push(format!(
                "MERGE INTO {table} t USING (SELECT 1) one ON true WHEN MATCHED THEN {then}"
            ));
        }
    }
    deeds
}

async fn assert_refused(client: &Client) {
    for table in TABLES {
        let before = rows(client, table.0).await;
        assert!(!before.is_empty(), "{} has nothing to lose", table.0);
        for deed in deeds(client, table).await {
            let refused = client.batch_execute(&deed).await.expect_err(&deed);
            assert_eq!(
                refused.code(),
                Some(&SqlState::RESTRICT_VIOLATION),
                "{deed}: {refused:?}"
            );
            let why = refused.as_db_error().unwrap().message();
            assert!(why.starts_with("the log is append-only: "), "{why}");
        }
        assert_eq!(rows(client, table.0).await, before);
    }
}

#[tokio::test]
async fn no_statement_changes_or_deletes_what_was_appended() {
    let database = filled().await;
    assert_refused(&database.connect().await).await;
}

#[tokio::test]
async fn not_even_as_a_replica_applies() {
    let database = filled().await;
    let client = database.connect().await;
    let replica = "SET session_replication_role = replica";
    client.batch_execute(replica).await.unwrap();
    assert_refused(&client).await;
}

#[tokio::test]
async fn a_refused_deed_takes_its_whole_transaction_with_it() {
    let database = filled().await;
    let client = database.connect().await;
    client
        .batch_execute("CREATE TABLE orders (id int)")
        .await
        .unwrap();
    client
        .batch_execute("BEGIN; INSERT INTO orders VALUES (1)")
        .await
        .unwrap();
    client
        .batch_execute("DELETE FROM eventide.events")
        .await
        .unwrap_err();
    client.batch_execute("COMMIT").await.unwrap();
    let count = client
        .query_one("SELECT count(*) FROM orders", &[])
        .await
        .unwrap();
    assert_eq!(count.get::<_, i64>(0), 0);
}

#[tokio::test]
async fn snapshots_are_a_cache_and_may_go() {
    let database = filled().await;
    let client = database.connect().await;
    client
        .batch_execute("DELETE FROM eventide.snapshots; TRUNCATE eventide.snapshots")
        .await
        .unwrap();
}
