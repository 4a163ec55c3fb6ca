//! A mark tells whether a log is the one that was read before.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may fail by panicking"
)]

use std::sync::Arc;

use eventide_core::store::{
    AppendRequest, EventStore, ExpectedVersion, LogMark, LogQuery, MarkError, MemoryStore, Store,
    StreamAppend,
};
use eventide_core::{
    CommandId, EventId, LogId, Metadata, NewEvent, Position, SchemaVersion, StreamId,
};
use uuid::Uuid;

async fn put(store: &dyn EventStore, events: usize) {
    let event = |_| NewEvent {
        id: Uuid::now_v7().into(),
        event_type: "LineAdded".into(),
        schema_version: SchemaVersion::FIRST,
        payload: b"{}".to_vec(),
        metadata: Metadata::of_command(CommandId::from_uuid(Uuid::now_v7())),
        tags: Vec::new(),
    };
    let request = AppendRequest::to(StreamAppend {
        stream: StreamId::new("Order", "536365").unwrap(),
        expected: ExpectedVersion::Any,
        events: (0..events).map(event).collect(),
        commands: Vec::new(),
    });
    store.append(request).await.unwrap();
}

async fn ids(store: &dyn EventStore) -> Vec<EventId> {
    let page = store.read_log(LogQuery::default()).await.unwrap();
    page.events.iter().map(|event| event.id).collect()
}

#[tokio::test]
async fn a_mark_holds_while_the_log_grows() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let mut marks = vec![LogMark::of(&store).await.unwrap()];
    assert_eq!(marks[0].position(), Position::START);
    assert_eq!(marks[0].event(), None);
    for round in 1..=3 {
        put(&store, 2).await;
        let mark = LogMark::of(&store).await.unwrap();
        assert_eq!(mark.log(), store.log_id().await.unwrap());
        assert_eq!(mark.position(), store.head().await.unwrap());
        assert_eq!(mark.event(), ids(&store).await.last().copied());
        marks.push(mark);
        let between = Position::from_raw(2 * round - 1);
        let mark = LogMark::at(&store, between).await.unwrap();
        assert_eq!(mark.position(), between);
        marks.push(mark);
        for mark in &marks {
            mark.check(&store).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_mark_at_a_position_is_the_one_taken_there() {
    let store = MemoryStore::new();
    for _ in 0..4 {
        let then = LogMark::of(&store).await.unwrap();
        put(&store, 1).await;
        assert_eq!(LogMark::at(&store, then.position()).await.unwrap(), then);
    }
    let last = LogMark::at(&store, Position::from_raw(u64::MAX)).await;
    assert_eq!(last.unwrap().event(), ids(&store).await.last().copied());
}

#[tokio::test]
async fn another_log_is_told() {
    let (a, b) = (MemoryStore::new(), MemoryStore::new());
    put(&a, 1).await;
    put(&b, 1).await;
    let error = LogMark::of(&a).await.unwrap().check(&b).await.unwrap_err();
    let MarkError::AnotherLog { marked, found, .. } = error else {
        panic!("{error}")
    };
    let actual = [marked, found];
    assert_eq!(
        actual,
        [a.log_id().await.unwrap(), b.log_id().await.unwrap()]
    );
}

#[tokio::test]
async fn a_shorter_log_is_told() {
    let store = MemoryStore::new();
    put(&store, 3).await;
    let later = Uuid::now_v7().into();
    let id = store.log_id().await.unwrap();
    let mark = LogMark::new(id, Position::from_raw(7), Some(later));
    let error = mark.check(&store).await.unwrap_err();
    for words in ["ends at position 3", "up to position 7", "backup"] {
        assert!(error.to_string().contains(words), "{error}");
    }
    assert!(
        matches!(&error, MarkError::WentBack { log, marked, head, .. }
            if (*log, marked.as_raw(), head.as_raw()) == (id, 7, 3)),
        "{error}"
    );
    // Also where nothing is left.
    let empty = MemoryStore::new();
    let id = empty.log_id().await.unwrap();
    let mark = LogMark::new(id, Position::from_raw(1), Some(later));
    let error = mark.check(&empty).await.unwrap_err();
    assert!(matches!(error, MarkError::WentBack { .. }), "{error}");
}

#[tokio::test]
async fn another_event_at_the_position_is_told() {
    let store = MemoryStore::new();
    put(&store, 3).await;
    let gone: EventId = Uuid::now_v7().into();
    let (id, at) = (store.log_id().await.unwrap(), Position::from_raw(2));
    let second = ids(&store).await[1];
    let error = LogMark::new(id, at, Some(gone))
        .check(&store)
        .await
        .unwrap_err();
    for words in [
        gone.to_string(),
        second.to_string(),
        "position 2".to_owned(),
    ] {
        assert!(error.to_string().contains(&words), "{error}");
    }
    assert!(
        matches!(&error, MarkError::Rewritten { position, marked, found, .. }
            if (*position, *marked, *found) == (at, Some(gone), Some(second))),
        "{error}"
    );
}

#[test]
fn a_mark_is_kept_as_json() {
    let text = r#"{"log":"01890a5d-ac96-774b-bcce-b302099a8057","position":17,"event":null}"#;
    let log: LogId = "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap();
    let mark = LogMark::new(log, Position::from_raw(17), None);
    assert_eq!(serde_json::to_string(&mark).unwrap(), text);
    assert_eq!(serde_json::from_str::<LogMark>(text).unwrap(), mark);
}
