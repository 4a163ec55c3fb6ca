//! Logs are copied from files and to files.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may fail by panicking"
)]

mod support;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use eventide_core::store::transfer::{
    CopyError, CopyOptions, Difference, ImportError, Stage, TransferStore, copy, verify_copy,
};
use eventide_core::store::{
    EventStore, HandledCommand, LogQuery, MemoryStore, PageSize, StoreErrorKind,
};
use eventide_core::time::FixedClock;
use eventide_core::{NewEvent, Position, RecordedEvent, SchemaVersion, Tag};
use eventide_sqlite::SqliteStore;
use rusqlite::Connection;
use support::{Folder, append, append_of, event, stream};
use tokio::sync::Notify;

fn pages_of(size: usize) -> CopyOptions {
    CopyOptions::default().page(PageSize::new(size))
}

/// An event with something in every part.
fn rich(n: u32) -> NewEvent {
    let mut rich = event("OrderPlaced");
    rich.schema_version = SchemaVersion::new(1 + n % 3);
    rich.payload = format!(r#"{{ "n":{n}, "é" : 1.0 }}"#).into_bytes();
    rich.tags = vec![
        Tag::new("customer", n % 7).unwrap(),
        Tag::new("country", "UK").unwrap(),
    ];
    rich.metadata.user_id = Some(format!("user {n}"));
    rich.metadata.ip_address = Some(IpAddr::V4(Ipv4Addr::LOCALHOST));
    rich.metadata.occurred_at = Some("2010-12-01T08:26:00Z".parse().unwrap());
    rich.metadata
        .extra
        .insert("own".to_owned(), serde_json::json!({"n": [n, null]}));
    rich
}

/// 300 events of several shapes, a third without commands, and 110 commands.
async fn fill(store: &dyn EventStore) {
    for n in 0..100 {
        let order = stream(&format!("{}", n % 9));
        store.append(append(&order, 2)).await.unwrap();
        store
            .append(append_of(&order, vec![rich(n)]))
            .await
            .unwrap();
        if n % 10 == 0 {
            store.append(append(&order, 0)).await.unwrap();
        }
    }
}

async fn log(store: &dyn EventStore) -> Vec<RecordedEvent> {
    let query = LogQuery::default().page(PageSize::MAX);
    store.read_log(query).await.unwrap().events
}

async fn commands(store: &dyn TransferStore) -> Vec<HandledCommand> {
    store.commands_after(None, PageSize::MAX).await.unwrap()
}

/// Copies, and looks at the copy by other means than the copy's own.
async fn copies(from: &dyn TransferStore, to: &dyn TransferStore) {
    let copied = copy(from, to, pages_of(64), &mut |_| ()).await.unwrap();
    assert_eq!((copied.events, copied.commands), (300, 110));
    assert!(copied.verified.unwrap().is_alike());
    assert_eq!(log(to).await, log(from).await);
    assert_eq!(commands(to).await, commands(from).await);
    let seen = from.seen_versions("Order").await.unwrap();
    assert_eq!(seen.len(), 4);
    assert_eq!(to.seen_versions("Order").await.unwrap(), seen);
    let counts = from.count_versions().await.unwrap();
    assert_eq!(to.count_versions().await.unwrap(), counts);
    assert_ne!(to.log_id().await.unwrap(), from.log_id().await.unwrap());
}

async fn open(folder: &Folder) -> SqliteStore {
    SqliteStore::open(folder.file()).await.unwrap()
}

#[tokio::test]
async fn from_memory_to_a_file_and_back() {
    let folder = Folder::new();
    let from = MemoryStore::new();
    fill(&from).await;
    let store = open(&folder).await;
    copies(&from, &store).await;
    store.close().await.unwrap();
    let reader = SqliteStore::open_read_only(folder.file()).await.unwrap();
    copies(&reader, &MemoryStore::new()).await;
}

#[tokio::test]
async fn from_file_to_file() {
    let (a, b) = (Folder::new(), Folder::new());
    let (from, to) = (open(&a).await, open(&b).await);
    fill(&from).await;
    copies(&from, &to).await;
    // Both go on alike.
    for store in [&from, &to] {
        store.append(append(&stream("1"), 1)).await.unwrap();
    }
    assert_eq!(from.head().await.unwrap(), to.head().await.unwrap());
    let next = to.stream_version(&stream("1")).await.unwrap();
    assert_eq!(from.stream_version(&stream("1")).await.unwrap(), next);
}

#[tokio::test]
async fn a_copy_dropped_midway_is_taken_up_after_reopening() {
    let (a, b) = (Folder::new(), Folder::new());
    let from = open(&a).await;
    fill(&from).await;
    for (stage, pages) in [
        (Stage::CopyingEvents, 3),
        (Stage::CopyingEvents, 7),
        (Stage::CopyingCommands, 2),
        (Stage::ComparingEvents, 1),
    ] {
        let to = open(&b).await;
        let reached = Notify::new();
        let mut left = pages;
        let mut tell = |progress: eventide_core::store::transfer::Progress| {
            if progress.stage == stage {
                left -= 1;
                if left == 0 {
                    reached.notify_one();
                }
            }
        };
        tokio::select! {
            biased;
            () = reached.notified() => {}
            done = copy(&from, &to, pages_of(10), &mut tell) => panic!("{done:?}"),
        }
        // Waits for the page that was under way.
        to.close().await.unwrap();
        let there = SqliteStore::open_read_only(b.file()).await.unwrap();
        let (copy, source) = (log(&there).await, log(&from).await);
        assert!(source.starts_with(&copy), "{} events", copy.len());
        assert_eq!(copy.len() % 10, 0);
    }
    let to = open(&b).await;
    let rest = copy(&from, &to, pages_of(10), &mut |_| ()).await.unwrap();
    assert!(rest.verified.unwrap().is_alike());
    assert_eq!(log(&to).await, log(&from).await);
    assert_eq!(commands(&to).await, commands(&from).await);
}

#[tokio::test]
async fn a_file_with_other_events_is_refused() {
    let folder = Folder::new();
    let from = MemoryStore::new();
    fill(&from).await;
    let to = open(&folder).await;
    to.append(append(&stream("1"), 2)).await.unwrap();
    let before = log(&to).await;
    let error = copy(&from, &to, pages_of(10), &mut |_| ())
        .await
        .unwrap_err();
    assert!(matches!(error, CopyError::NotABeginning(_)), "{error}");
    assert_eq!(log(&to).await, before);
}

#[tokio::test]
async fn a_planted_difference_is_found() {
    let (a, b) = (Folder::new(), Folder::new());
    let (from, to) = (open(&a).await, open(&b).await);
    fill(&from).await;
    copy(&from, &to, pages_of(100), &mut |_| ()).await.unwrap();
    let conn = Connection::open(b.file()).unwrap();
    conn.execute_batch(
        "DROP TRIGGER events_update; \
         UPDATE events SET payload = '{}' WHERE position = 150; \
         DROP TRIGGER commands_delete;",
    )
    .unwrap();
    let verified = verify_copy(&from, &to, &mut |_| ()).await.unwrap();
    let found = verified.difference;
    assert!(
        matches!(&found, Some(Difference::Event { position, field: "payload", .. })
            if position.as_raw() == 150),
        "{found:?}"
    );
    conn.execute_batch("DELETE FROM commands WHERE events = 0")
        .unwrap();
    let verified = verify_copy(&from, &to, &mut |_| ()).await.unwrap();
    let found = verified.difference;
    assert!(
        matches!(&found, Some(Difference::MissingCommand { .. })),
        "{found:?}"
    );
}

#[tokio::test]
async fn imports_and_appends_share_a_file() {
    let (a, b) = (Folder::new(), Folder::new());
    let from = open(&a).await;
    fill(&from).await;
    let clock = Arc::new(FixedClock::at("2010-12-01T08:26:00Z".parse().unwrap()));
    let options = SqliteStore::options().clock(clock);
    let to = options.open(b.file()).await.unwrap();
    copy(&from, &to, pages_of(100), &mut |_| ()).await.unwrap();
    // The store's own clock is behind; its writer has not seen the imports by itself.
    let last = log(&from).await.last().unwrap().recorded_at;
    let appended = to.append(append(&stream("1"), 1)).await.unwrap();
    assert_eq!(appended.recorded_at, last);
    let next = foreign(&to, 10).await;
    to.import_events(to.head().await.unwrap(), vec![next.clone()])
        .await
        .unwrap();
    let appended = to.append(append(&stream("1"), 1)).await.unwrap();
    assert_eq!(appended.recorded_at, next.recorded_at);
    let positions = &appended.streams.first().unwrap().positions;
    assert_eq!(positions, &[Position::from_raw(next.position.as_raw() + 1)]);
}

/// An event that could come next, recorded a second later and so many positions on.
async fn foreign(store: &SqliteStore, on: u64) -> RecordedEvent {
    let mut next = log(store).await.pop().unwrap();
    next.position = Position::from_raw(next.position.as_raw() + on);
    next.version = next.version.next();
    next.id = event("LineAdded").id;
    next.recorded_at += Duration::from_secs(1);
    next
}

#[tokio::test]
async fn a_store_that_may_not_write_imports_nothing() {
    let folder = Folder::new();
    let store = open(&folder).await;
    store.append(append(&stream("1"), 1)).await.unwrap();
    let head = store.head().await.unwrap();
    let next = foreign(&store, 1).await;
    let kind = |result: Result<(), ImportError>| match result {
        Err(ImportError::Store(error)) => error.kind(),
        other => panic!("{other:?}"),
    };
    let reader = SqliteStore::open_read_only(folder.file()).await.unwrap();
    let refused = reader.import_events(head, vec![next.clone()]).await;
    assert_eq!(kind(refused), StoreErrorKind::ReadOnly);
    let refused = reader.import_commands(Vec::new()).await;
    assert_eq!(kind(refused), StoreErrorKind::ReadOnly);

    let mut beyond = next.clone();
    beyond.position = Position::from_raw(1 << 63);
    let refused = store.import_events(head, vec![beyond]).await;
    assert!(
        matches!(refused, Err(ImportError::Invalid { .. })),
        "{refused:?}"
    );

    store.close().await.unwrap();
    let refused = store.import_events(head, vec![next]).await;
    assert_eq!(kind(refused), StoreErrorKind::Closed);
    assert_eq!(log(&reader).await.len(), 1);
}

#[tokio::test]
async fn a_lock_in_the_way_of_an_import_is_told() {
    let folder = Folder::new();
    let options = SqliteStore::options().busy_timeout(Duration::from_millis(30));
    let store = options.open(folder.file()).await.unwrap();
    store.append(append(&stream("1"), 1)).await.unwrap();
    let next = foreign(&store, 1).await;
    let head = store.head().await.unwrap();
    let other = Connection::open(folder.file()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = store.import_events(head, vec![next.clone()]).await;
    let Err(ImportError::Store(error)) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(error.kind(), StoreErrorKind::Locked, "{error}");
    other.execute_batch("ROLLBACK").unwrap();
    store.import_events(head, vec![next]).await.unwrap();
}
