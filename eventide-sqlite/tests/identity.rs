//! A file has the identity of its log, and so have its copies: a backup that was restored is noticed.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may fail by panicking"
)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use eventide_core::Position;
use eventide_core::store::{EventStore, LogMark, MarkError, StoreErrorKind};
use eventide_sqlite::SqliteStore;
use rusqlite::Connection;
use support::{Folder, append, stream};

const VERSION_1: &str = include_str!("../src/schema/0001_init.sql");
const VERSION_2: &str = include_str!("../src/schema/0002_schema_versions.sql");

/// A file with `events` events, closed, and a copy of it.
async fn backed_up(folder: &Folder, events: usize) -> PathBuf {
    let store = SqliteStore::open(folder.file()).await.unwrap();
    store.append(append(&stream("a"), events)).await.unwrap();
    store.close().await.unwrap();
    let copy = folder.path().join("backup.db");
    fs::copy(folder.file(), &copy).unwrap();
    copy
}

/// Appends to the file once more, and where its log stands then.
async fn grow(file: &Path, events: usize) -> LogMark {
    let store = SqliteStore::open(file).await.unwrap();
    store.append(append(&stream("a"), events)).await.unwrap();
    let mark = LogMark::of(&store).await.unwrap();
    store.close().await.unwrap();
    mark
}

async fn check(file: &Path, mark: LogMark) -> Result<(), MarkError> {
    let store = SqliteStore::open(file).await.unwrap();
    let checked = mark.check(&store).await;
    store.close().await.unwrap();
    checked
}

#[tokio::test]
async fn a_restored_backup_is_noticed() {
    let folder = Folder::new();
    let backup = backed_up(&folder, 3).await;
    let mark = grow(&folder.file(), 2).await;
    check(&folder.file(), mark).await.unwrap();

    fs::copy(&backup, folder.file()).unwrap();
    let error = check(&folder.file(), mark).await.unwrap_err();
    let MarkError::WentBack { marked, head, .. } = error else {
        panic!("{error}")
    };
    assert_eq!((marked.as_raw(), head.as_raw()), (5, 3));

    // As long as it was, and longer: by other events.
    for _ in 0..2 {
        let other = grow(&folder.file(), 2).await;
        let error = check(&folder.file(), mark).await.unwrap_err();
        let MarkError::Rewritten {
            position,
            marked,
            found,
            ..
        } = error
        else {
            panic!("{error}")
        };
        assert_eq!(position, Position::from_raw(5));
        assert_eq!(marked, mark.event());
        assert_ne!(found, marked);
        check(&folder.file(), other).await.unwrap();
    }
}

#[tokio::test]
async fn what_a_restored_backup_still_holds_is_as_it_was() {
    let folder = Folder::new();
    let backup = backed_up(&folder, 3).await;
    let store = SqliteStore::open(&backup).await.unwrap();
    let mark = LogMark::of(&store).await.unwrap();
    store.close().await.unwrap();
    grow(&folder.file(), 2).await;
    fs::copy(&backup, folder.file()).unwrap();
    check(&folder.file(), mark).await.unwrap();
}

#[tokio::test]
async fn another_file_in_its_place_is_noticed() {
    let (folder, other) = (Folder::new(), Folder::new());
    let mark = grow(&folder.file(), 2).await;
    backed_up(&other, 2).await;
    fs::copy(other.file(), folder.file()).unwrap();
    let error = check(&folder.file(), mark).await.unwrap_err();
    assert!(matches!(error, MarkError::AnotherLog { .. }), "{error}");
}

#[tokio::test]
async fn an_older_file_gets_an_identity_that_stays() {
    let mut seen = Vec::new();
    for schema in [vec![VERSION_1], vec![VERSION_1, VERSION_2]] {
        let folder = Folder::new();
        let conn = Connection::open(folder.file()).unwrap();
        conn.execute_batch(&schema.concat()).unwrap();
        let version = schema.len();
        conn.execute_batch(&format!(
            "PRAGMA application_id = 0x45564E54; PRAGMA user_version = {version}"
        ))
        .unwrap();
        conn.close().unwrap();
        let store = SqliteStore::open(folder.file()).await.unwrap();
        let id = store.log_id().await.unwrap();
        store.close().await.unwrap();
        let reader = SqliteStore::open_read_only(folder.file()).await.unwrap();
        assert_eq!(reader.log_id().await.unwrap(), id);
        assert_eq!(id.as_uuid().get_version_num(), 4, "{id}");
        assert_eq!(id.as_uuid().get_variant(), uuid::Variant::RFC4122, "{id}");
        assert!(!seen.contains(&id), "{id}");
        seen.push(id);
    }
}

#[tokio::test]
async fn a_file_without_its_identity_is_damaged() {
    let folder = Folder::new();
    let store = SqliteStore::open(folder.file()).await.unwrap();
    let conn = Connection::open(folder.file()).unwrap();
    conn.execute_batch("DROP TRIGGER log_delete; DELETE FROM log")
        .unwrap();
    let error = store.log_id().await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{error}");
    assert!(error.to_string().contains("identity"), "{error}");
}
