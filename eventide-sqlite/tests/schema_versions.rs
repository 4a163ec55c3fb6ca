//! The shapes of events a file holds are known, whoever made it and whatever failed.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod support;

use eventide_core::store::{EventStore, SeenVersion, StoreErrorKind, VersionCount};
use eventide_core::{NewEvent, SchemaVersion};
use eventide_sqlite::SqliteStore;
use rusqlite::Connection;
use support::{Folder, append_of, event, stream};

/// The schema of version 1, as it was released.
const VERSION_1: &str = include_str!("../src/schema/0001_init.sql");

fn shaped(event_type: &str, version: u32) -> NewEvent {
    NewEvent {
        schema_version: SchemaVersion::new(version),
        ..event(event_type)
    }
}

fn seen(event_type: &str, version: u32) -> SeenVersion {
    SeenVersion {
        event_type: event_type.into(),
        schema_version: SchemaVersion::new(version),
    }
}

/// A file of version 1 with `events` events of several shapes in it.
fn file_of_version_1(folder: &Folder, events: i64) {
    let conn = Connection::open(folder.file()).unwrap();
    conn.execute_batch(VERSION_1).unwrap();
    conn.execute_batch("PRAGMA application_id = 0x45564E54; PRAGMA user_version = 1")
        .unwrap();
    conn.execute(
        "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?1) \
         INSERT INTO events (position, aggregate_type, aggregate_id, version, event_id, \
         event_type, schema_version, payload, recorded_at, correlation_id, causation_id) \
         SELECT n, iif(n % 10 = 0, 'Invoice', 'Order'), 'i' || n, 1, \
         CAST(printf('%016d', n) AS BLOB), 'LineAdded', 1 + n % 2, '{}', n, \
         CAST(printf('%016d', n) AS BLOB), CAST(printf('%016d', n) AS BLOB) FROM n",
        [events],
    )
    .unwrap();
}

#[tokio::test]
async fn a_file_of_version_1_is_brought_up_to_date_by_opening_it() {
    let folder = Folder::new();
    file_of_version_1(&folder, 40);
    let error = SqliteStore::open_read_only(folder.file())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::ReadOnly, "{error}");

    let store = SqliteStore::open(folder.file()).await.unwrap();
    let of_orders = [seen("LineAdded", 1), seen("LineAdded", 2)];
    assert_eq!(store.seen_versions("Order").await.unwrap(), of_orders);
    let of_invoices = [seen("LineAdded", 1)];
    assert_eq!(store.seen_versions("Invoice").await.unwrap(), of_invoices);
    // What is new is noted beside what was there.
    let batch = vec![shaped("LineAdded", 2), shaped("LineAdded", 3)];
    store.append(append_of(&stream("a"), batch)).await.unwrap();
    store.close().await.unwrap();
    let reader = SqliteStore::open_read_only(folder.file()).await.unwrap();
    let of_orders = [&of_orders[..], &[seen("LineAdded", 3)]].concat();
    assert_eq!(reader.seen_versions("Order").await.unwrap(), of_orders);
}

#[tokio::test]
async fn a_version_whose_first_append_found_no_room_is_noted_by_the_next() {
    let folder = Folder::new();
    let options = SqliteStore::options().max_pages(100);
    let store = options.open(folder.file()).await.unwrap();
    let large = NewEvent {
        payload: vec![b'1'; 1 << 20],
        ..shaped("Imported", 1)
    };
    let batch = vec![shaped("Imported", 2), large];
    let refused = store.append(append_of(&stream("a"), batch)).await;
    assert!(refused.is_err());
    assert_eq!(store.seen_versions("Order").await.unwrap(), []);
    let small = vec![shaped("Imported", 2)];
    store.append(append_of(&stream("a"), small)).await.unwrap();
    let expected = [seen("Imported", 2)];
    assert_eq!(store.seen_versions("Order").await.unwrap(), expected);
}

#[tokio::test]
async fn a_log_longer_than_one_read_is_counted_in_full() {
    let folder = Folder::new();
    file_of_version_1(&folder, 230_000);
    let store = SqliteStore::open(folder.file()).await.unwrap();
    let count = |aggregate_type: &str, version, events| VersionCount {
        aggregate_type: aggregate_type.into(),
        event_type: "LineAdded".into(),
        schema_version: SchemaVersion::new(version),
        events,
    };
    let expected = [
        count("Invoice", 1, 23_000),
        count("Order", 1, 92_000),
        count("Order", 2, 115_000),
    ];
    assert_eq!(store.count_versions().await.unwrap(), expected);
}
