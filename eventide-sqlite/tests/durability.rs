//! What a file keeps, and how it looks from outside.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod support;

use eventide_core::store::{EventStore, StreamQuery};
use eventide_core::{NewEvent, Tag};
use eventide_sqlite::{Durability, SqliteStore};
use rusqlite::Connection;
use support::{Folder, append, append_of, event, stream};

#[tokio::test]
async fn a_dropped_store_loses_nothing() {
    for durability in [Durability::Full, Durability::MayLoseLastCommitsOnPowerLoss] {
        let folder = Folder::new();
        let order = stream("a");
        for version in 0..3 {
            let options = SqliteStore::options().durability(durability);
            let store = options.open(folder.file()).await.unwrap();
            assert_eq!(store.stream_version(&order).await.unwrap().get(), version);
            store.append(append(&order, 1)).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_payload_is_readable_and_kept_byte_for_byte() {
    let folder = Folder::new();
    let store = SqliteStore::open(folder.file()).await.unwrap();
    let payloads: [&[u8]; 5] = [
        br#"{"sku": "85123A",  "name":"caf\u00e9"}"#,
        "{\"name\":\"café\"}".as_bytes(),
        b"not \xff UTF-8",
        b"with \0 inside",
        b"",
    ];
    let events = payloads.iter().map(|payload| NewEvent {
        payload: payload.to_vec(),
        ..event("Imported")
    });
    let order = stream("a");
    store
        .append(append_of(&order, events.collect()))
        .await
        .unwrap();
    let page = store.read_stream(&order, StreamQuery::default()).await;
    let page = page.unwrap();
    let kept: Vec<_> = page.events.iter().map(|event| &event.payload[..]).collect();
    assert_eq!(kept, payloads);

    let conn = Connection::open(folder.file()).unwrap();
    let types: String = conn
        .query_row(
            "SELECT group_concat(typeof(payload)) FROM events",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(types, "text,text,blob,text,text");
    let sku: String = conn
        .query_row(
            "SELECT payload ->> 'sku' FROM events WHERE position = 1",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(sku, "85123A");
}

#[tokio::test]
async fn only_what_is_there_takes_space() {
    let folder = Folder::new();
    let store = SqliteStore::open(folder.file()).await.unwrap();
    let plain = event("LineAdded");
    let mut rich = event("OrderPlaced");
    rich.metadata.user_id = Some("alice".to_owned());
    rich.tags = ["b:2", "a:1", "b:2"]
        .map(|tag| Tag::parse(tag).unwrap())
        .to_vec();
    let order = stream("a");
    store
        .append(append_of(&order, vec![plain, rich]))
        .await
        .unwrap();
    let conn = Connection::open(folder.file()).unwrap();
    let rows: Vec<(Option<String>, Option<String>)> = conn
        .prepare("SELECT metadata, tags FROM events ORDER BY position")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        rows,
        [
            (None, None),
            (text(r#"{"user_id":"alice"}"#), text(r#"["a:1","b:2"]"#))
        ]
    );
}
