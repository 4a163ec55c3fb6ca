//! What clients and followers record, and histories in files.

use std::fs::{self, OpenOptions};
use std::future::poll_fn;
use std::io::Write;
use std::pin::pin;
use std::task::Poll;

use eventide_core::store::{AppendRequest, EventStore, ExpectedVersion, MemoryStore, StreamAppend};
use eventide_core::{CommandId, EventId, Metadata, NewEvent, Position, SchemaVersion, StreamId};
use eventide_history::record::{HistoryError, parse, read, write};
use eventide_history::{Answer, Client, End, Entry, Follower, History, Op, check};
use uuid::Uuid;

use crate::habitual::{Habit, Habitual};

fn request(expected: ExpectedVersion) -> AppendRequest {
    let event = NewEvent {
        id: EventId::from_uuid(Uuid::now_v7()),
        event_type: "Noted".into(),
        schema_version: SchemaVersion::FIRST,
        payload: b"{}".to_vec(),
        metadata: Metadata::of_command(CommandId::from_uuid(Uuid::now_v7())),
        tags: Vec::new(),
    };
    AppendRequest::to(StreamAppend {
        stream: StreamId::new("Note", "with \"quotes\" / and slash").unwrap(),
        expected,
        events: vec![event],
        commands: Vec::new(),
    })
}

const OP: Op = Op {
    client: 3,
    number: 1,
};

#[tokio::test]
async fn a_dropped_append_is_unknown() {
    let history = History::new();
    let client = Client::new(Habitual::new(Habit::Right, 1), &history, 3);
    {
        let mut append = pin!(client.append(request(ExpectedVersion::Any)));
        poll_fn(|context| {
            assert!(append.as_mut().poll(context).is_pending());
            Poll::Ready(())
        })
        .await;
    }
    let entries = history.entries().unwrap();
    assert!(matches!(
        &entries[..],
        [
            Entry::Invoked { op: OP, .. },
            Entry::Answered {
                op: OP,
                answer: Answer::Unknown { .. }
            }
        ]
    ));
}

#[tokio::test]
async fn an_append_that_was_never_polled_is_no_append() {
    let history = History::new();
    let client = Client::new(MemoryStore::new(), &history, 3);
    drop(client.append(request(ExpectedVersion::Any)));
    assert!(history.is_empty());
}

#[tokio::test]
async fn what_a_killed_process_wrote_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.jsonl");
    let store = MemoryStore::new();
    let dead = History::to_file(&path).unwrap();
    let client = Client::new(store.clone(), &dead, 1);
    client.append(request(ExpectedVersion::Any)).await.unwrap();
    client
        .append(request(ExpectedVersion::NO_STREAM))
        .await
        .unwrap_err();
    // It is killed amid a line; then another process goes on with the same file.
    let mut file = OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(b"\n{\"answered\":{\"op\":{\"cli").unwrap();
    let survivor = History::to_file(&path).unwrap();
    Client::new(store.clone(), &survivor, 2)
        .append(request(ExpectedVersion::Any))
        .await
        .unwrap();
    let mut follower = Follower::new(store.clone(), &survivor, 1);
    assert!(!follower.poll().await.unwrap());
    follower.observed_head().await.unwrap();

    let entries = read(&path).unwrap();
    let expected = [dead.entries().unwrap(), survivor.entries().unwrap()].concat();
    assert_eq!(entries, expected);
    assert_eq!(entries.len(), 6 + 4 + 2);
    let end = End::read(&store, &entries).await.unwrap();
    let report = check(&entries, &end);
    assert!(report.is_clean(), "{report}");
    assert_eq!(report.tally.acknowledged, 2);

    let mut text = Vec::new();
    write(&entries, &mut text).unwrap();
    assert_eq!(parse(&text).unwrap(), entries);
    assert_eq!(String::from_utf8(text).unwrap().lines().count(), 12);
}

#[test]
fn a_line_that_is_no_entry_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.jsonl");
    fs::write(&path, "\n{\"forgotten\":{}}\n").unwrap();
    let error = read(&path).unwrap_err();
    assert!(
        matches!(error, HistoryError::Line { line: 2, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn a_follower_goes_on_with_a_store_opened_anew() {
    let (store, history) = (MemoryStore::new(), History::new());
    store.append(request(ExpectedVersion::Any)).await.unwrap();
    let mut follower = Follower::new(store.clone(), &history, 1);
    follower.poll().await.unwrap();
    let position = follower.position();
    assert!(position > Position::START);
    store.append(request(ExpectedVersion::Any)).await.unwrap();
    follower.reopen(store.clone());
    follower.poll().await.unwrap();
    assert!(follower.position() > position);
    let entries = history.entries().unwrap();
    let seen = entries
        .iter()
        .filter(|entry| matches!(entry, Entry::Saw { .. }));
    assert_eq!(seen.count(), 2);
}
