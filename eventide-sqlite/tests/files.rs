//! What becomes of files that are not what the store wants.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may fail by panicking"
)]

mod support;

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Duration;

use eventide_core::store::{
    AppendError, EventStore, SnapshotStore, StoreError, StoreErrorKind, StreamQuery,
};
use eventide_sqlite::SqliteStore;
use rusqlite::Connection;
use support::{Folder, append, stream};

/// Opening `path` fails with `kind`, in words that name the file and repeat no cause.
async fn assert_refused(path: &Path, kind: StoreErrorKind) -> StoreError {
    let error = SqliteStore::open(path).await.unwrap_err();
    assert_explains(&error, path, kind);
    error
}

fn assert_explains(error: &StoreError, path: &Path, kind: StoreErrorKind) {
    assert_eq!(error.kind(), kind, "{error}");
    let message = error.to_string();
    assert!(message.contains(&path.display().to_string()), "{message}");
    if let Some(source) = error.source() {
        assert!(!message.contains(&source.to_string()), "{message}");
    }
}

fn store_error<T>(result: Result<T, AppendError>) -> StoreError {
    match result {
        Err(AppendError::Store(error)) => error,
        Err(other) => panic!("not the store's error: {other}"),
        Ok(_) => panic!("it was done"),
    }
}

#[tokio::test]
async fn a_path_that_is_no_file_is_refused() {
    let folder = Folder::new();
    for path in ["", ":memory:"] {
        let error = assert_refused(Path::new(path), StoreErrorKind::NotOurs).await;
        assert!(error.to_string().contains("MemoryStore"), "{error}");
    }
    assert_refused(folder.path(), StoreErrorKind::NotOurs).await;
    let nowhere = folder.path().join("missing").join("log.db");
    assert_refused(&nowhere, StoreErrorKind::Unavailable).await;
    assert!(!nowhere.exists());
}

#[tokio::test]
async fn a_missing_file_is_made_only_if_it_may_be() {
    let folder = Folder::new();
    let file = folder.file();
    let error = SqliteStore::open_read_only(&file).await.unwrap_err();
    assert_explains(&error, &file, StoreErrorKind::Unavailable);
    let options = SqliteStore::options().create(false);
    let error = options.open(&file).await.unwrap_err();
    assert_explains(&error, &file, StoreErrorKind::Unavailable);
    assert!(!file.exists());
    SqliteStore::open(&file)
        .await
        .unwrap()
        .close()
        .await
        .unwrap();
    let options = SqliteStore::options().create(false);
    options.open(&file).await.unwrap();
}

#[tokio::test]
async fn a_file_that_is_no_database_is_left_alone() {
    let folder = Folder::new();
    for garbage in ["no database", &"no database at all ".repeat(1000)] {
        fs::write(folder.file(), garbage).unwrap();
        assert_refused(&folder.file(), StoreErrorKind::NotOurs).await;
        assert_eq!(fs::read_to_string(folder.file()).unwrap(), garbage);
    }
}

#[tokio::test]
async fn a_database_of_another_application_is_left_alone() {
    for foreign in [
        "CREATE TABLE events (position INTEGER PRIMARY KEY)",
        "PRAGMA application_id = 7",
        "PRAGMA user_version = 1",
        "PRAGMA application_id = 0x45564E54",
    ] {
        let folder = Folder::new();
        Connection::open(folder.file())
            .unwrap()
            .execute_batch(foreign)
            .unwrap();
        let before = fs::read(folder.file()).unwrap();
        assert_refused(&folder.file(), StoreErrorKind::NotOurs).await;
        assert_eq!(fs::read(folder.file()).unwrap(), before, "{foreign}");
    }
}

#[tokio::test]
async fn an_empty_database_becomes_ours() {
    let folder = Folder::new();
    fs::write(folder.file(), "").unwrap();
    let error = SqliteStore::open_read_only(folder.file())
        .await
        .unwrap_err();
    assert_explains(&error, &folder.file(), StoreErrorKind::NotOurs);
    let store = SqliteStore::open(folder.file()).await.unwrap();
    store.append(append(&stream("a"), 1)).await.unwrap();
}

#[tokio::test]
async fn a_file_of_a_later_eventide_is_refused() {
    let folder = Folder::new();
    let store = SqliteStore::open(folder.file()).await.unwrap();
    store.close().await.unwrap();
    let conn = Connection::open(folder.file()).unwrap();
    conn.execute_batch("PRAGMA user_version = 417").unwrap();
    let error = assert_refused(&folder.file(), StoreErrorKind::Newer).await;
    for number in ["417", "up to 4"] {
        assert!(error.to_string().contains(number), "{error}");
    }
    let error = SqliteStore::open_read_only(folder.file())
        .await
        .unwrap_err();
    assert_explains(&error, &folder.file(), StoreErrorKind::Newer);
}

#[tokio::test]
async fn a_lock_is_waited_for_and_then_told() {
    let folder = Folder::new();
    let wait = Duration::from_millis(30);
    let options = SqliteStore::options().busy_timeout(wait);
    let store = options.open(folder.file()).await.unwrap();
    let other = Connection::open(folder.file()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();

    let error = store_error(store.append(append(&stream("a"), 1)).await);
    assert_explains(&error, &folder.file(), StoreErrorKind::Locked);
    assert!(error.to_string().contains("30ms"), "{error}");
    assert!(error.is_retryable());
    let page = store
        .read_stream(&stream("a"), StreamQuery::default())
        .await;
    assert_eq!(page.unwrap().events, []);

    other.execute_batch("ROLLBACK").unwrap();
    store.append(append(&stream("a"), 1)).await.unwrap();
}

#[tokio::test]
async fn a_locked_new_file_is_told() {
    let folder = Folder::new();
    let other = Connection::open(folder.file()).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let options = SqliteStore::options().busy_timeout(Duration::from_millis(30));
    let error = options.open(folder.file()).await.unwrap_err();
    assert_explains(&error, &folder.file(), StoreErrorKind::Locked);
}

#[tokio::test]
async fn a_store_for_reading_reads() {
    let folder = Folder::new();
    let store = SqliteStore::open(folder.file()).await.unwrap();
    store.append(append(&stream("a"), 3)).await.unwrap();
    let reader = SqliteStore::open_read_only(folder.file()).await.unwrap();
    let error = store_error(reader.append(append(&stream("a"), 1)).await);
    assert_explains(&error, &folder.file(), StoreErrorKind::ReadOnly);
    let error = reader.delete_snapshot(&stream("a")).await.unwrap_err();
    assert_explains(&error, &folder.file(), StoreErrorKind::ReadOnly);

    store.append(append(&stream("a"), 1)).await.unwrap();
    assert_eq!(reader.stream_version(&stream("a")).await.unwrap().get(), 4);
    store.close().await.unwrap();
    assert_eq!(reader.stream_version(&stream("a")).await.unwrap().get(), 4);
    reader.close().await.unwrap();
}

#[tokio::test]
async fn a_closed_store_says_so() {
    let folder = Folder::new();
    let store = SqliteStore::open(folder.file()).await.unwrap();
    store.append(append(&stream("a"), 1)).await.unwrap();
    let clone = store.clone();
    store.close().await.unwrap();
    store.close().await.unwrap();
    let error = store_error(clone.append(append(&stream("a"), 1)).await);
    assert_explains(&error, &folder.file(), StoreErrorKind::Closed);
    let error = clone.head().await.unwrap_err();
    assert_explains(&error, &folder.file(), StoreErrorKind::Closed);
    let log = folder.path().join("log.db-wal");
    assert!(!log.exists(), "the write-ahead log was not taken in");
}

#[tokio::test]
async fn a_damaged_event_is_named() {
    let folder = Folder::new();
    let store = SqliteStore::open(folder.file()).await.unwrap();
    store.append(append(&stream("a"), 2)).await.unwrap();
    let conn = Connection::open(folder.file()).unwrap();
    conn.execute_batch(
        "DROP TRIGGER events_update; UPDATE events SET event_id = x'00' WHERE position = 2",
    )
    .unwrap();
    let read = store
        .read_stream(&stream("a"), StreamQuery::default())
        .await;
    let error = read.unwrap_err();
    assert_explains(&error, &folder.file(), StoreErrorKind::Corrupt);
    assert!(error.to_string().contains("position 2"), "{error}");
}
