//! Payloads of each kind: the whole suite, and what is odd.

mod support;

mod bytes {
    use eventide_postgres::Payload;

    use super::support::harness::Databases;

    eventide_core::conformance_tests!(Databases {
        payload: Payload::Bytes,
        ..Databases::default()
    });
}

mod jsonb {
    use eventide_postgres::Payload;

    use super::support::harness::Databases;

    eventide_core::conformance_tests!(Databases {
        payload: Payload::Jsonb,
        ..Databases::default()
    });
}

use eventide_core::NewEvent;
use eventide_core::store::{EventStore, LogQuery};
use eventide_postgres::{Payload, PostgresStore};
use support::{Database, append_of, event, options, stream};

const KINDS: [Payload; 3] = [Payload::Json, Payload::Jsonb, Payload::Bytes];

async fn store(payload: Payload) -> (Database, PostgresStore) {
    let database = Database::empty().await;
    let options = options().payload(payload);
    options.clone().migrate(&database.url()).await.unwrap();
    // How payloads are kept was decided when the tables were made.
    let store = support::options().open(&database.url()).await.unwrap();
    (database, store)
}

fn with(payload: impl Into<Vec<u8>>) -> NewEvent {
    NewEvent {
        payload: payload.into(),
        ..event("LineAdded")
    }
}

/// Appends them all at once, with one that is plain before and after; what is read of them.
async fn round_trip(store: &PostgresStore, payloads: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut events = vec![with("{}")];
    events.extend(payloads.iter().cloned().map(with));
    events.push(with("{}"));
    let request = append_of(&stream("a"), events);
    store.append(request).await.unwrap();
    let read = store.read_log(LogQuery::default()).await.unwrap().events;
    let mut read: Vec<_> = read.into_iter().map(|event| event.payload).collect();
    assert_eq!(read.pop().unwrap(), b"{}");
    assert_eq!(read.remove(0), b"{}");
    read
}

fn nested(depth: usize) -> Vec<u8> {
    ["[".repeat(depth), "]".repeat(depth)].concat().into_bytes()
}

#[tokio::test]
async fn what_is_not_json_is_kept_byte_for_byte_by_every_kind() {
    let odd = [
        b"".to_vec(),
        b"\0".to_vec(),
        b"not JSON".to_vec(),
        b"{\"a\":1".to_vec(),
        b"{\"a\":1} {}".to_vec(),
        b"NaN".to_vec(),
        b"01".to_vec(),
        b"{'a':1}".to_vec(),
        b"\"\xff\"".to_vec(),
        b"\"a\0b\"".to_vec(),
        b"\xef\xbb\xbf{}".to_vec(),
        b"\"\\ud800\"".to_vec(),
        (0..=255).collect(),
        br"\x00ff".to_vec(),
        // Deeper than PostgreSQL's stack allows.
        nested(100_000),
        vec![b'['; 100_000],
    ];
    for kind in KINDS {
        let (_, store) = store(kind).await;
        let read = round_trip(&store, &odd).await;
        for (read, written) in read.iter().zip(&odd) {
            let (read, written) = (read.escape_ascii(), written.escape_ascii());
            assert!(
                read.to_string() == written.to_string(),
                "{kind:?}: {written:.99}"
            );
        }
    }
}

#[tokio::test]
async fn json_that_is_odd_is_kept_by_every_kind() {
    // Each as `jsonb` writes it, so that all kinds give it back alike.
    let odd = [
        "null".to_owned(),
        r#""""#.to_owned(),
        r#"{"": {"": []}}"#.to_owned(),
        // `jsonb` knows no such character: kept as bytes beside it.
        r#"{"nul": "\u0000"}"#.to_owned(),
        r#"{"not nul": "\\u0000"}"#.to_owned(),
        "9".repeat(1000),
        format!("-0.{}1", "0".repeat(1000)),
        "123456789012345678901234567890.000000000000000001".to_owned(),
        String::from_utf8(nested(400)).unwrap(),
        String::from_utf8(nested(600)).unwrap(),
        format!("\"{}\"", "[{".repeat(10_000)),
        format!("\"{}\"", "x".repeat(1 << 20)),
    ];
    let odd: Vec<Vec<u8>> = odd.into_iter().map(String::into_bytes).collect();
    for kind in KINDS {
        let (_, store) = store(kind).await;
        let read = round_trip(&store, &odd).await;
        for (read, written) in read.iter().zip(&odd) {
            let text = String::from_utf8_lossy(written);
            assert!(read == written, "{kind:?}: {text:.99}");
        }
    }
}

#[tokio::test]
async fn a_number_that_jsonb_has_no_room_for_fails_its_own_append_alone() {
    for kind in KINDS {
        let (_, store) = store(kind).await;
        let (huge, plain) = (with("1e200000"), with("{}"));
        let huge_append = store.append(append_of(&stream("huge"), vec![huge]));
        let plain_append = store.append(append_of(&stream("plain"), vec![plain]));
        let (huge, plain) = tokio::join!(huge_append, plain_append);
        plain.unwrap();
        if kind == Payload::Jsonb {
            let refused = huge.unwrap_err();
            assert!(refused.to_string().contains("numeric"), "{refused}");
            assert_eq!(store.head().await.unwrap().as_raw(), 1);
        } else {
            huge.unwrap();
            assert_eq!(store.head().await.unwrap().as_raw(), 2);
        }
    }
}

#[tokio::test]
async fn json_is_open_to_sql() {
    for kind in [Payload::Json, Payload::Jsonb] {
        let (database, store) = store(kind).await;
        let payloads = [br#"{"sku":"85123A"}"#.to_vec(), b"not JSON".to_vec()];
        round_trip(&store, &payloads).await;
        let rows = database
            .connect()
            .await
            .query(
                "SELECT payload ->> 'sku' FROM eventide.events ORDER BY position",
                &[],
            )
            .await
            .unwrap();
        let skus: Vec<Option<&str>> = rows.iter().map(|row| row.get(0)).collect();
        assert_eq!(skus, [None, Some("85123A"), None, None]);
    }
}
