//! Moving a log between a file and a database, in both directions.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod support;

use std::path::Path;

use eventide_core::store::transfer::{
    Copied, CopyError, CopyOptions, TransferStore, copy, verify_copy,
};
use eventide_core::store::{
    AppendError, AppendRequest, EventStore, LogMark, LogQuery, MarkError, StoreErrorKind,
};
use eventide_core::{NewEvent, RecordedEvent, Tag};
use eventide_postgres::{Payload, PostgresStore};
use eventide_sqlite::SqliteStore;
use support::{Database, append, append_after, append_of, event, options, stream};
use tempfile::TempDir;

/// Appends of every kind: several streams, tags, metadata, payloads that are not JSON, commands
/// with and without events.
async fn fill(store: &dyn TransferStore) -> Vec<AppendRequest> {
    let mut requests = Vec::new();
    for n in 0..300_u32 {
        let order = stream(&(n % 37).to_string());
        let mut request = append(&order, (n % 4) as usize);
        for event in request.streams.iter_mut().flat_map(|part| &mut part.events) {
            dress(event, n);
        }
        store.append(request.clone()).await.unwrap();
        requests.push(request);
    }
    requests
}

fn dress(event: &mut NewEvent, n: u32) {
    if n.is_multiple_of(3) {
        event.tags = ["country:EIRE", "customer:\"O'Neil\" \\ {,}"]
            .map(|tag| Tag::parse(tag).unwrap())
            .to_vec();
    }
    if n.is_multiple_of(5) {
        event.metadata.user_id = Some("Zoë".to_owned());
    }
    if n.is_multiple_of(7) {
        event.payload = vec![0xff, 0, b'{'];
    }
    if n.is_multiple_of(2) {
        event.event_type = "LineRemoved".into();
    }
}

async fn events(store: &dyn TransferStore) -> Vec<RecordedEvent> {
    let mut query = LogQuery::default();
    let mut events = Vec::new();
    loop {
        let page = store.read_log(query.clone()).await.unwrap();
        events.extend(page.events);
        if !page.more {
            return events;
        }
        query.from = Some(page.next);
    }
}

async fn copied(from: &dyn TransferStore, to: &dyn TransferStore) -> Copied {
    let mut last = None;
    let mut report = |progress| last = Some(progress);
    let copied = copy(from, to, CopyOptions::default(), &mut report).await;
    let copied = copied.unwrap();
    assert!(last.is_some(), "it reports progress");
    copied
}

async fn file(folder: &Path) -> SqliteStore {
    SqliteStore::open(folder.join("log.db")).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_moves_from_a_file_to_a_database_and_back_as_it_was() {
    let folder = TempDir::new().unwrap();
    let source = file(folder.path()).await;
    let requests = fill(&source).await;
    let database = Database::new().await;
    let moved = database.open().await;
    let copied_there = copied(&source, &moved).await;
    assert_eq!(copied_there.events, events(&source).await.len() as u64);
    assert_eq!(events(&moved).await, events(&source).await);

    let other = TempDir::new().unwrap();
    let back = file(other.path()).await;
    copied(&moved, &back).await;
    assert_eq!(events(&back).await, events(&source).await);
    let verified = verify_copy(&source, &back, &mut |_| ()).await.unwrap();
    assert!(verified.difference.is_none(), "{verified:?}");

    // What was handled there is handled here, and appending goes on where it was.
    for request in requests.into_iter().rev().take(40) {
        let repeated = moved.append(request).await.unwrap_err();
        assert!(
            matches!(repeated, AppendError::AlreadyHandled(_)),
            "{repeated:?}"
        );
    }
    let order = stream("0");
    let version = source.stream_version(&order).await.unwrap();
    let appended = moved
        .append(append_after(&order, version.get(), 1))
        .await
        .unwrap();
    assert!(appended.streams[0].positions[0] > source.head().await.unwrap());
    assert_eq!(appended.streams[0].version, version.next());
    assert_eq!(
        moved.seen_versions("Order").await.unwrap(),
        source.seen_versions("Order").await.unwrap()
    );
    // A copy is another log: a checkpoint kept there says nothing here.
    let mark = LogMark::of(&source).await.unwrap();
    assert!(matches!(
        mark.check(&moved).await,
        Err(MarkError::AnotherLog { .. })
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_copy_is_taken_up_again() {
    let database = Database::new().await;
    let source = database.open().await;
    fill(&source).await;
    let folder = TempDir::new().unwrap();
    let target = Database::new().await.open().await;
    let before = file(folder.path()).await;
    copied(&source, &before).await;
    // Half of it, as if the program had ended there.
    let all = events(&source).await;
    let (half, _) = all.split_at(all.len() / 2);
    target
        .import_events(eventide_core::Position::START, half.to_vec())
        .await
        .unwrap();
    copied(&source, &target).await;
    assert_eq!(events(&target).await, all);

    // And one that goes on in the meantime is copied further.
    source.append(append(&stream("0"), 3)).await.unwrap();
    let more = copied(&source, &target).await;
    assert_eq!(more.until, source.head().await.unwrap());
    assert_eq!(events(&target).await, events(&source).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_with_events_of_its_own_is_no_target() {
    let source = Database::new().await.open().await;
    fill(&source).await;
    let target = Database::new().await.open().await;
    target.append(append(&stream("0"), 1)).await.unwrap();
    let refused = copy(&source, &target, CopyOptions::default(), &mut |_| ()).await;
    assert!(
        matches!(refused, Err(CopyError::NotABeginning(_))),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn jsonb_forgets_notation_and_the_copy_says_so() {
    let source = Database::new().await.open().await;
    let mut spaced = event("LineAdded");
    spaced.payload = br#"{ "b": 1, "a": 2 }"#.to_vec();
    source
        .append(append_of(&stream("0"), vec![spaced]))
        .await
        .unwrap();
    let database = Database::empty().await;
    let jsonb = options().payload(Payload::Jsonb);
    jsonb.migrate(&database.url()).await.unwrap();
    let target = database.open().await;
    let refused = copy(&source, &target, CopyOptions::default(), &mut |_| ()).await;
    let Err(CopyError::Different(difference)) = refused else {
        panic!("{refused:?}");
    };
    assert!(difference.to_string().contains("payload"), "{difference}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_opened_for_reading_takes_nothing() {
    let database = Database::new().await;
    let source = database.open().await;
    source.append(append(&stream("0"), 1)).await.unwrap();
    let url = format!("{}?durability=what-the-server-gives", database.url());
    let store = PostgresStore::open_read_only(&url).await.unwrap();
    assert_eq!(events(&store).await.len(), 1);
    let refused = store.append(append(&stream("0"), 1)).await.unwrap_err();
    assert!(
        matches!(&refused, AppendError::Store(error) if error.kind() == StoreErrorKind::ReadOnly),
        "{refused:?}"
    );
    let refused = store.import_commands(Vec::new()).await.unwrap_err();
    assert!(
        refused.to_string().contains("for reading only"),
        "{refused}"
    );
}
