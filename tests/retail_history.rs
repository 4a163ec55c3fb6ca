//! What version 1 of `retail` recorded, years later: taken in as it was, and read as the present
//! program reads events.
#![cfg(feature = "sqlite")]
#![allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "the example's modules, of which a part is used"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use eventide::prelude::*;
use eventide::schema::Reader;
use eventide::store::{
    AppendRequest, CommandMark, EventStore, ExpectedVersion, LogFilter, LogQuery, PageSize,
    StreamAppend,
};
use eventide::{NewEvent, RecordedEvent, SchemaVersion, StreamId, Tag};
use serde_json::{Value, json};
use uuid::Uuid;

#[path = "../examples/retail/domain/mod.rs"]
mod domain;
#[path = "support/retail.rs"]
mod program;

use domain::credit_note::CreditNoteEvent;
use domain::{CreditNote, PriceList};
use program::{figures, folder, refused, retail, run, said};

const VERSION_1: &str = include_str!("../examples/retail/history/version-1.jsonl");

/// A history with these lines.
fn file(folder: &Path, lines: &[&str]) -> PathBuf {
    let path = folder.join("history.jsonl");
    fs::write(&path, lines.join("\n")).expect("the file can be written");
    path
}

async fn log(store: &Path) -> Vec<RecordedEvent> {
    let store = SqliteStore::open_read_only(store).await.expect("it opens");
    let query = LogQuery::default().page(PageSize::MAX);
    store.read_log(query).await.expect("it can be read").events
}

#[test]
fn what_version_1_recorded_gives_the_figures_of_the_sample() {
    let folder = folder();
    let (old, new) = (folder.path().join("old.db"), folder.path().join("new.db"));
    let of_history = figures(&run(&old, &["history", "--json"]));
    let of_sample = figures(&run(&new, &["--json"]));
    assert_eq!(of_history["events_in_file"], 322);
    // An event that is told as two counts as two.
    assert_eq!(of_history["events"], 328);
    for figure in [
        "orders",
        "orders_confirmed",
        "order_lines",
        "credit_notes",
        "credit_lines",
        "revenue",
        "credits",
        "by_country",
        "events",
    ] {
        assert!(!of_history[figure].is_null(), "{figure}");
        assert_eq!(of_history[figure], of_sample[figure], "{figure}");
    }
    assert_eq!(of_history["price_list_asked"], 1);
    let verified = said(&run(&old, &["verify"]));
    assert!(verified.starts_with("322 events read"), "{verified}");
}

#[tokio::test]
async fn events_are_taken_in_as_they_were_recorded() {
    let folder = folder();
    let store = folder.path().join("s.db");
    said(&run(&store, &["history"]));
    let log = log(&store).await;
    assert_eq!(log.len(), VERSION_1.lines().count());
    for (recorded, line) in log.iter().zip(VERSION_1.lines()) {
        let payload = std::str::from_utf8(&recorded.payload).expect("it is text");
        assert!(
            line.ends_with(&format!("\"payload\":{payload}}}")),
            "{line}"
        );
        let line: Value = serde_json::from_str(line).expect("it is JSON");
        let tags: Vec<_> = recorded.tags.iter().map(Tag::as_str).collect();
        let stored = json!({
            "aggregate_type": recorded.stream.aggregate_type(),
            "aggregate_id": recorded.stream.aggregate_id(),
            "version": recorded.version.get(),
            "event_id": recorded.id.to_string(),
            "event_type": &*recorded.event_type,
            "schema_version": recorded.schema_version.get(),
            "occurred_at": recorded.occurred_at().to_string(),
            "correlation_id": recorded.metadata.correlation_id.to_string(),
            "tags": tags,
            "payload": line["payload"],
        });
        assert_eq!(stored, line);
    }
}

#[test]
fn a_document_shows_what_was_stored_and_what_it_is_read_as() {
    let folder = folder();
    let store = folder.path().join("s.db");
    said(&run(&store, &["history"]));
    let order = said(&run(&store, &["show", "100001"]));
    for words in [
        "OrderPlaced@1 -> 2",
        "in France (europe)",
        "LineAdded@1 -> 4",
        "OrderConfirmed@1 ",
        "At version 16: confirmed, 14 lines, £726.39, to France",
    ] {
        assert!(order.contains(words), "{words}: {order}");
    }
    let note = said(&run(&store, &["show", "C100041"]));
    for words in [
        "CreditNoteIssued@1 ",
        "CreditLineAdded@1 -> 2",
        "CreditNoteSettled@1 -> 2 3 lines",
        "CreditNoteSettled@1 -> RefundDue@1 £103.35",
        "At version 5: settled, 3 lines, £103.35, to France",
    ] {
        assert!(note.contains(words), "{words}: {note}");
    }
}

#[tokio::test]
async fn the_price_list_is_asked_once_for_a_page_of_old_lines() {
    let folder = folder();
    let path = folder.path().join("s.db");
    said(&run(&path, &["history"]));
    let store = SqliteStore::open_read_only(&path).await.expect("it opens");
    let filter = LogFilter {
        aggregate_type: Some(CreditNote::INFO.name.to_owned()),
        ..LogFilter::default()
    };
    let page = store.read_log(LogQuery::default().filter(filter)).await;
    let page = page.expect("it can be read").events;
    let prices = PriceList::bundled().expect("the list is whole");
    let mut reader = Reader::<CreditNoteEvent, _>::with_services(prices.clone());
    let read = reader.read(&page).await.expect("all of it is read");
    let by_list: Vec<_> = read
        .iter()
        .filter_map(|(_, event)| match event {
            CreditNoteEvent::CreditLineAdded(line) => Some((&*line.article, line.list_price)),
            _ => None,
        })
        .collect();
    assert_eq!(by_list.len(), 12);
    for (article, price) in by_list {
        // It was sold off, and is in the list no more.
        assert_eq!(price.is_none(), article == "84021A", "{article}");
    }
    assert_eq!(prices.asked(), 1);
    reader.read(&page).await.expect("it is read again");
    assert_eq!(prices.asked(), 1);
}

#[test]
fn a_history_is_taken_in_once_and_into_a_store_of_its_own() {
    let folder = folder();
    let store = folder.path().join("s.db");
    let first = figures(&run(&store, &["history", "--json"]));
    assert_eq!(figures(&run(&store, &["history", "--json"])), first);
    let again = said(&run(&store, &["history"]));
    assert!(again.contains("0 events recorded"), "{again}");
    assert!(again.contains("322 were there already"), "{again}");

    let other = folder.path().join("other.db");
    figures(&run(&other, &["--json"]));
    let error = refused(&run(&other, &["history"]));
    assert!(
        error.contains("the store holds 328 events that are not of this file"),
        "{error}"
    );
    let verified = said(&run(&other, &["verify"]));
    assert!(verified.starts_with("328 events read"), "{verified}");
}

#[test]
fn what_was_begun_is_finished() {
    let folder = folder();
    let whole = figures(&run(
        &folder.path().join("whole.db"),
        &["history", "--json"],
    ));
    let store = folder.path().join("s.db");
    let lines: Vec<_> = VERSION_1.lines().collect();
    let begun = lines.iter().position(|line| line.contains("\"100007\""));
    let begun = begun.expect("the history has that order");
    let path = file(folder.path(), &lines[..begun]);
    said(&run(&store, &["history", path.to_str().expect("a path")]));
    let path = file(folder.path(), &lines);
    let rest = said(&run(&store, &["history", path.to_str().expect("a path")]));
    let recorded = format!("{} events recorded", 322 - begun);
    assert!(rest.contains(&recorded), "{rest}");
    assert_eq!(figures(&run(&store, &["history", "--json"])), whole);

    let killed = folder.path().join("killed.db");
    for milliseconds in [5, 10, 20, 40, 80] {
        let mut child = retail()
            .args(["history", "--store"])
            .arg(&killed)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("retail runs");
        std::thread::sleep(Duration::from_millis(milliseconds));
        child.kill().expect("it can be killed");
        child.wait().expect("it ends");
    }
    assert_eq!(figures(&run(&killed, &["history", "--json"])), whole);
}

/// Version 1 was killed in the middle of an order, and this program is started on its store.
#[tokio::test]
async fn an_import_that_version_1_began_is_finished() {
    let folder = folder();
    let path = folder.path().join("s.db");
    let store = SqliteStore::open(&path).await.expect("it opens");
    let lines: Vec<_> = VERSION_1.lines().collect();
    let (begun, rest) = lines.split_at(198);
    let goes_on = |line: &&str| line.contains("\"100030\"");
    assert!(begun.last().is_some_and(goes_on) && rest.first().is_some_and(goes_on));
    for line in begun {
        let line: Value = serde_json::from_str(line).expect("it is JSON");
        let text = |key: &str| line[key].as_str().expect("it is text");
        let command = CommandId::from(text("correlation_id").parse::<Uuid>().expect("a UUID"));
        let mut metadata = Metadata::of_command(command);
        metadata.occurred_at = Some(text("occurred_at").parse().expect("a time"));
        let event = NewEvent {
            id: text("event_id").parse().expect("a UUID"),
            event_type: text("event_type").into(),
            schema_version: SchemaVersion::FIRST,
            payload: line["payload"].to_string().into_bytes(),
            metadata,
            tags: Vec::new(),
        };
        let append = StreamAppend {
            stream: StreamId::new(text("aggregate_type"), text("aggregate_id")).expect("a stream"),
            expected: ExpectedVersion::Any,
            events: vec![event],
            commands: vec![CommandMark {
                id: command,
                events: 1,
            }],
        };
        let append = AppendRequest::to(append);
        store.append(append).await.expect("it is stored");
    }
    store.close().await.expect("it closes");

    let finished = figures(&run(&path, &["--json"]));
    let whole = figures(&run(&folder.path().join("whole.db"), &["--json"]));
    assert_eq!(finished, whole);
    said(&run(&path, &["verify"]));
    let log = log(&path).await;
    let (old, new) = log.split_at(begun.len());
    let lines = |part: &[RecordedEvent], version| {
        let of_version = |event: &&RecordedEvent| {
            &*event.event_type == "LineAdded" && event.schema_version.get() == version
        };
        part.iter().filter(of_version).count()
    };
    assert!(lines(old, 1) > 0 && lines(new, 4) > 0);
    assert_eq!(lines(old, 1) + lines(new, 4), 217);
}

#[test]
fn a_line_that_cannot_be_read_is_named_and_nothing_is_recorded() {
    let lines: Vec<_> = VERSION_1.lines().collect();
    let with = |from: &str, to: &str| {
        let changed = lines[4].replacen(from, to, 1);
        assert_ne!(changed, lines[4], "{from}");
        changed
    };
    for (line, words) in [
        (
            "{\"aggregate_type\":".to_owned(),
            "line 5: it is no recorded event",
        ),
        (with("\"tags\":[],", ""), "line 5: it is no recorded event"),
        (
            with("\"tags\"", "\"labels\""),
            "line 5: it is no recorded event",
        ),
        (
            with("\"Order\"", "\"Parcel\""),
            "line 5: the shop has no aggregate `Parcel`",
        ),
        (
            with("\"version\":5", "\"version\":7"),
            "line 5: version 7 of Order/100001 follows on version 4",
        ),
        (
            with("\"version\":5", "\"version\":4"),
            "line 5: version 4 of Order/100001 follows on version 4",
        ),
        (
            with("\"schema_version\":1", "\"schema_version\":5"),
            "line 5: event `LineAdded` (schema version 5)",
        ),
        (
            with("\"schema_version\":1", "\"schema_version\":0"),
            "line 5: schema versions begin with 1",
        ),
        (
            with("\"LineAdded\"", "\"LineLost\""),
            "line 5: event `LineLost`",
        ),
        (
            with("\"quantity\":3", "\"quantity\":-3"),
            "line 5: event `LineAdded`",
        ),
    ] {
        let folder = folder();
        let store = folder.path().join("s.db");
        let mut lines = lines.clone();
        lines[4] = &line;
        let path = file(folder.path(), &lines);
        let error = refused(&run(&store, &["history", path.to_str().expect("a path")]));
        assert!(error.contains(words), "{words}: {error}");
        let verified = said(&run(&store, &["verify"]));
        assert!(verified.starts_with("0 events"), "{verified}");
    }
}

#[tokio::test]
async fn a_store_that_a_later_program_wrote_to_is_not_written_to() {
    let folder = folder();
    let path = folder.path().join("s.db");
    said(&run(&path, &["history"]));
    let store = SqliteStore::open(&path).await.expect("it opens");
    let event = NewEvent {
        id: Uuid::from_u128(1).into(),
        event_type: "LineAdded".into(),
        schema_version: SchemaVersion::new(5),
        payload: b"{}".to_vec(),
        metadata: Metadata::of_command(CommandId::derived("test", "later")),
        tags: Vec::new(),
    };
    let append = StreamAppend {
        stream: StreamId::new("Order", "later").expect("a stream"),
        expected: ExpectedVersion::NO_STREAM,
        events: vec![event],
        commands: Vec::new(),
    };
    store
        .append(AppendRequest::to(append))
        .await
        .expect("it is stored");
    store.close().await.expect("it closes");

    let words = "a later program wrote to this store: event `LineAdded` of aggregate `Order` is \
                 there in schema version 5, this program knows 4";
    for task in [["--json"].as_slice(), &["history"]] {
        let error = refused(&run(&path, task));
        assert!(error.contains(words), "{error}");
    }
    let verified = run(&path, &["verify"]);
    assert!(!verified.status.success());
    let verified = String::from_utf8_lossy(&verified.stdout);
    assert!(verified.contains("newer than this program"), "{verified}");
    assert_eq!(log(&path).await.len(), 323);
}
