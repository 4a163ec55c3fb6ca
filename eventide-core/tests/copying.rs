//! A log is copied as it is, taken up where it was interrupted, and compared.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may fail by panicking"
)]

use std::panic::AssertUnwindSafe;

use eventide_core::store::transfer::{
    Copied, CopyError, CopyOptions, Difference, Progress, Stage, TransferStore, copy, verify_copy,
};
use eventide_core::store::{
    AppendRequest, CommandMark, EventStore, ExpectedVersion, HandledCommand, LogMark, LogQuery,
    MemoryStore, PageSize, StreamAppend,
};
use eventide_core::{
    CommandId, Metadata, NewEvent, Position, RecordedEvent, SchemaVersion, StreamId, Tag, Version,
};
use futures_util::FutureExt;
use uuid::Uuid;

fn command() -> CommandId {
    CommandId::from_uuid(Uuid::now_v7())
}

fn stream(id: &str) -> StreamId {
    StreamId::new("Order", id).unwrap()
}

/// A command on `id` that causes so many events; ready at once in a memory store.
fn act(store: &MemoryStore, id: &str, events: usize) -> CommandId {
    let cause = command();
    let event = |n| NewEvent {
        id: Uuid::now_v7().into(),
        event_type: "LineAdded".into(),
        schema_version: SchemaVersion::FIRST,
        payload: format!("{{ \"n\": {n} }}").into_bytes(),
        metadata: Metadata::of_command(cause),
        tags: vec![Tag::new("n", n).unwrap()],
    };
    let request = AppendRequest::to(StreamAppend {
        stream: stream(id),
        expected: ExpectedVersion::Any,
        events: (0..events).map(event).collect(),
        commands: vec![CommandMark { id: cause, events }],
    });
    store.append(request).now_or_never().unwrap().unwrap();
    cause
}

/// A log of 60 events and 30 commands, a third of which caused nothing.
fn shop() -> MemoryStore {
    let store = MemoryStore::new();
    for n in 0..30 {
        act(&store, &format!("{}", n % 4), n % 3 * 2);
    }
    store
}

async fn log(store: &MemoryStore) -> Vec<RecordedEvent> {
    let query = LogQuery::default().page(PageSize::MAX);
    store.read_log(query).await.unwrap().events
}

async fn commands(store: &MemoryStore) -> Vec<HandledCommand> {
    store.commands_after(None, PageSize::MAX).await.unwrap()
}

fn pages_of(size: usize) -> CopyOptions {
    CopyOptions::default().page(PageSize::new(size))
}

async fn copied(from: &MemoryStore, to: &MemoryStore, size: usize) -> Result<Copied, CopyError> {
    copy(from, to, pages_of(size), &mut |_| ()).await
}

#[tokio::test]
async fn a_copy_is_like_its_source_for_every_page_size() {
    let from = shop();
    for size in [1, 2, 7, 59, 60, 61, 1000] {
        let to = MemoryStore::new();
        let copied = copied(&from, &to, size).await.unwrap();
        assert_eq!(log(&to).await, log(&from).await);
        assert_eq!(commands(&to).await, commands(&from).await);
        assert_eq!((copied.events, copied.commands), (60, 30));
        assert_eq!(copied.until, from.head().await.unwrap());
        assert!(copied.caught_up);
        let verified = copied.verified.unwrap();
        assert_eq!((verified.events, verified.commands), (60, 30));
        // A log of its own.
        let mark = LogMark::of(&from).await.unwrap();
        assert!(mark.check(&to).await.is_err());
    }
}

#[tokio::test]
async fn an_empty_log_is_copied() {
    let copied = copied(&MemoryStore::new(), &MemoryStore::new(), 10).await;
    let copied = copied.unwrap();
    assert_eq!((copied.events, copied.commands), (0, 0));
    assert!(copied.caught_up);
}

#[tokio::test]
async fn a_copy_goes_on_as_the_source_would() {
    let (from, to) = (shop(), MemoryStore::new());
    copied(&from, &to, 16).await.unwrap();
    let version = from.stream_version(&stream("1")).await.unwrap();
    act(&to, "1", 2);
    let now = to.stream_version(&stream("1")).await.unwrap();
    assert_eq!(now, version.plus(2));
    assert!(to.head().await.unwrap() > from.head().await.unwrap());
}

#[tokio::test]
async fn progress_is_told_stage_by_stage() {
    let (from, to) = (shop(), MemoryStore::new());
    let mut told: Vec<Progress> = Vec::new();
    copy(&from, &to, pages_of(25), &mut |progress| {
        told.push(progress);
    })
    .await
    .unwrap();
    assert!(told.is_sorted_by_key(|progress| (progress.stage, progress.done)));
    assert!(told.is_sorted_by_key(|progress| progress.elapsed));
    let of = |stage| told.iter().filter(move |told| told.stage == stage);
    let done: Vec<_> = of(Stage::CopyingEvents).map(|told| told.done).collect();
    assert_eq!(done, [0, 25, 50, 60]);
    assert!(of(Stage::CopyingEvents).all(|told| told.total == Some(60)));
    let last = |stage| of(stage).next_back().unwrap().done;
    assert_eq!(last(Stage::CopyingCommands), 30);
    assert_eq!(last(Stage::ComparingCommands), 30);
    assert_eq!(last(Stage::ComparingEvents), 60);

    let options = CopyOptions::default().count(false).verify(false);
    let mut told = Vec::new();
    let to = MemoryStore::new();
    let copied = copy(&from, &to, options, &mut |progress| told.push(progress)).await;
    assert_eq!(copied.unwrap().verified, None);
    assert!(told.iter().all(|told| told.total.is_none()));
    assert!(told.iter().all(|told| told.stage <= Stage::CopyingCommands));
}

#[tokio::test]
async fn a_copy_takes_up_where_it_was_interrupted() {
    let from = shop();
    // After so many tellings: among events, among commands, and while they are compared.
    for survived in 0..12 {
        let to = MemoryStore::new();
        let mut left = survived;
        let mut die = |_| {
            assert!(left > 0, "told to die");
            left -= 1;
        };
        let died = AssertUnwindSafe(copy(&from, &to, pages_of(13), &mut die));
        died.catch_unwind().await.unwrap_err();
        let there = log(&to).await.len() as u64;
        let mut first = None;
        let copied = copy(&from, &to, pages_of(13), &mut |progress| {
            first.get_or_insert(progress.done);
        })
        .await
        .unwrap();
        assert_eq!(first, Some(there));
        assert_eq!(copied.events, 60 - there, "after {survived}");
        assert_eq!(log(&to).await, log(&from).await);
        assert_eq!(commands(&to).await, commands(&from).await);
    }
}

#[tokio::test]
async fn what_comes_to_the_source_meanwhile_is_taken_up_by_another_copy() {
    let (from, to) = (shop(), MemoryStore::new());
    let until = from.head().await.unwrap();
    let source = from.clone();
    // With events and without, at every page.
    let mut busy = |_| {
        act(&source, "1", 1);
        act(&source, "2", 0);
    };
    let options = pages_of(20).verify(false);
    let copied = copy(&from, &to, options, &mut busy).await;
    let copied = copied.unwrap();
    assert_eq!((copied.until, copied.caught_up), (until, false));
    assert_eq!(to.head().await.unwrap(), until);
    let late = |command: &HandledCommand| command.position.is_some_and(|at| at > until);
    assert!(!commands(&to).await.iter().any(late));

    let rest = self::copied(&from, &to, 20).await.unwrap();
    assert!(rest.caught_up);
    assert_eq!(log(&to).await, log(&from).await);
    assert_eq!(commands(&to).await, commands(&from).await);
}

#[tokio::test]
async fn a_command_that_comes_while_they_are_compared_is_taken_along() {
    let (from, to) = (shop(), MemoryStore::new());
    let source = from.clone();
    let mut late = None;
    let mut tell = |progress: Progress| {
        if progress.stage == Stage::ComparingCommands && late.is_none() {
            late = Some(act(&source, "1", 0));
        }
    };
    let copied = copy(&from, &to, pages_of(20), &mut tell).await.unwrap();
    assert!(copied.caught_up);
    let known = to.handled_commands(&[late.unwrap()]).await.unwrap();
    assert_eq!(known.len(), 1);
}

#[tokio::test]
async fn a_target_with_other_events_is_refused() {
    let from = shop();
    let other = MemoryStore::new();
    act(&other, "1", 3);
    let before = log(&other).await;
    let error = copied(&from, &other, 10).await.unwrap_err();
    let CopyError::NotABeginning(Difference::Event {
        position, field, ..
    }) = &error
    else {
        panic!("{error}")
    };
    assert_eq!((position.as_raw(), *field), (3, "id"));
    assert_eq!(log(&other).await, before);
    assert_eq!(commands(&other).await.len(), 1);

    // A copy that was used meanwhile is longer than its source.
    let to = MemoryStore::new();
    copied(&from, &to, 10).await.unwrap();
    act(&to, "1", 1);
    let error = copied(&from, &to, 10).await.unwrap_err();
    assert!(
        matches!(&error, CopyError::NotABeginning(Difference::ExtraEvent { position, .. })
            if position.as_raw() == 61),
        "{error}"
    );
    assert!(error.to_string().contains("position 61"), "{error}");
}

/// A copy of `from` with one change to its event number `at`.
async fn forged(from: &MemoryStore, at: usize, change: fn(&mut RecordedEvent)) -> MemoryStore {
    let to = MemoryStore::new();
    let mut events = log(from).await;
    change(&mut events[at]);
    to.import_events(Position::START, events).await.unwrap();
    to.import_commands(commands(from).await).await.unwrap();
    to
}

#[tokio::test]
async fn every_part_of_an_event_is_compared() {
    type Change = fn(&mut RecordedEvent);
    let from = shop();
    let changes: [(&str, Change); 7] = [
        ("id", |event| event.id = Uuid::now_v7().into()),
        ("event_type", |event| {
            event.event_type = "LineDropped".into();
        }),
        ("schema_version", |event| {
            event.schema_version = SchemaVersion::new(2);
        }),
        ("payload", |event| event.payload.push(b' ')),
        ("metadata", |event| {
            event.metadata.user_id = Some("amélie".to_owned());
        }),
        ("metadata", |event| {
            event.metadata.correlation_id = command().into();
        }),
        ("tags", |event| event.tags.clear()),
    ];
    for at in [0, 30, 59] {
        for (name, change) in changes {
            let to = forged(&from, at, change).await;
            let verified = verify_copy(&from, &to, &mut |_| ()).await.unwrap();
            let event = &log(&from).await[at];
            let Some(Difference::Event {
                position,
                stream,
                version,
                field,
                ..
            }) = &verified.difference
            else {
                panic!("{verified:?}")
            };
            assert_eq!(*field, name);
            assert_eq!(
                (*position, stream, *version),
                (event.position, &event.stream, event.version)
            );
            assert_eq!((verified.events, verified.commands), (at as u64, 30));
            assert!(!verified.is_alike());
        }
    }
}

#[tokio::test]
async fn time_place_and_stream_are_compared() {
    let from = shop();
    let later = forged(&from, 59, |event| {
        event.recorded_at += std::time::Duration::from_micros(1);
    });
    let elsewhere = forged(&from, 59, |event| {
        event.stream = stream("new");
        event.version = Version::new(1);
    });
    for (to, name) in [(later.await, "recorded_at"), (elsewhere.await, "stream")] {
        let verified = verify_copy(&from, &to, &mut |_| ()).await.unwrap();
        assert!(
            matches!(verified.difference, Some(Difference::Event { field, .. }) if field == name),
            "{verified:?}"
        );
    }
    let moved = forged(&from, 59, |event| event.position = Position::from_raw(99));
    let verified = verify_copy(&from, &moved.await, &mut |_| ()).await.unwrap();
    assert!(
        matches!(&verified.difference, Some(Difference::MissingEvent { position, .. })
            if position.as_raw() == 60),
        "{verified:?}"
    );
}

#[tokio::test]
async fn what_only_one_of_them_has_is_found() {
    let (from, to) = (shop(), MemoryStore::new());
    copied(&from, &to, 100).await.unwrap();
    let first = commands(&from).await[0].clone();
    let verify = async |from: &MemoryStore, to: &MemoryStore| {
        verify_copy(from, to, &mut |_| ()).await.unwrap().difference
    };
    assert_eq!(verify(&from, &to).await, None);

    let unmarked = MemoryStore::new();
    let events = log(&from).await;
    unmarked
        .import_events(Position::START, events.clone())
        .await
        .unwrap();
    let found = verify(&from, &unmarked).await;
    assert!(
        matches!(&found, Some(Difference::MissingCommand { id, .. }) if *id == first.id),
        "{found:?}"
    );
    let found = verify(&unmarked, &from).await;
    assert!(
        matches!(&found, Some(Difference::ExtraCommand { id, .. }) if *id == first.id),
        "{found:?}"
    );
    let mut other = commands(&from).await;
    let position = other.iter_mut().rev().find_map(|c| c.position.as_mut());
    *position.unwrap() = Position::from_raw(7);
    unmarked.import_commands(other).await.unwrap();
    let found = verify(&from, &unmarked).await;
    assert!(
        matches!(&found, Some(Difference::Command { field, .. }) if *field == "position"),
        "{found:?}"
    );

    let shorter = MemoryStore::new();
    shorter
        .import_events(Position::START, events[..59].to_vec())
        .await
        .unwrap();
    shorter
        .import_commands(commands(&from).await)
        .await
        .unwrap();
    let found = verify(&from, &shorter).await;
    assert!(
        matches!(found, Some(Difference::MissingEvent { .. })),
        "{found:?}"
    );
    let found = verify(&shorter, &from).await;
    assert!(
        matches!(found, Some(Difference::ExtraEvent { .. })),
        "{found:?}"
    );
}

#[tokio::test]
async fn a_copy_that_comes_out_otherwise_is_an_error() {
    // Its last event is like the source's, one before it is not.
    let from = shop();
    let to = forged(&from, 30, |event| event.payload.push(b' ')).await;
    let error = copied(&from, &to, 10).await.unwrap_err();
    let CopyError::Different(Difference::Event {
        position, field, ..
    }) = &error
    else {
        panic!("{error}")
    };
    assert_eq!((position.as_raw(), *field), (31, "payload"));

    // A command is known there by another result.
    let to = MemoryStore::new();
    let mut first = commands(&from).await[0].clone();
    first.events += 1;
    to.import_commands(vec![first.clone()]).await.unwrap();
    let error = copied(&from, &to, 10).await.unwrap_err();
    assert!(matches!(error, CopyError::Import(_)), "{error}");
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains(&first.id.to_string()), "{source}");
}
