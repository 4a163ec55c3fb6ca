//! What happens with an append shares a transaction with others, and costs them nothing.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

mod support;

use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use eventide_core::store::{
    AppendError, AppendRequest, AppendStep, Appended, Appending, EventStore, LogQuery, RunningStep,
    StepError, StoreError, StoreErrorKind, Taken, Within,
};
use eventide_core::subscription::{Lease, Token, WorkerId};
use eventide_core::view::DocumentQuery;
use eventide_core::{NewEvent, SchemaVersion, Version};
use eventide_sqlite::SqliteStore;
use support::desk::{LONG, change, coded, desk, find_all, keys, lease, name, put};
use support::{Folder, append, append_of, event, stream};

/// A step of a test.
struct Does<F>(F);

impl<F, W> AppendStep for Does<F>
where
    F: Fn(Within, Appending) -> W + Send + Sync,
    W: Future<Output = Taken> + Send + 'static,
{
    fn begin(&self, appending: Appending) -> RunningStep {
        RunningStep::new(|within| (self.0)(within, appending))
    }
}

impl<F> fmt::Debug for Does<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a step of a test")
    }
}

/// A step that puts one document, and then does as it is told.
fn puts(key: &str, code: &str, then: fn() -> Result<(), StepError>) -> Arc<dyn AppendStep> {
    let document = put(key, code);
    Arc::new(Does(move |within: Within, _| {
        let document = document.clone();
        async move {
            let worker = WorkerId::from("an-append");
            let taken = within.take_over(&name("sales"), &worker, LONG).await?;
            let lease = taken.unwrap().lease;
            then()?;
            Ok(vec![change(&lease, &coded(), vec![document])])
        }
    }))
}

fn refuse() -> Result<(), StepError> {
    let lease = Lease::new(name("sales"), 0, Token::from_raw(0));
    let error = StoreError::new(StoreErrorKind::Constraint, "not this one");
    let why = StepError::of_advance(&change(&lease, &coded(), vec![]), error.into());
    Err(why)
}

/// A store with a subscription, and a document of the code `taken`.
async fn open(folder: &Folder) -> SqliteStore {
    let store = SqliteStore::open(folder.file()).await.unwrap();
    desk(&store).open_view(&coded()).await.unwrap();
    let lease = lease(&store, "sales").await;
    let first = change(&lease, &coded(), vec![put("first", "taken")]);
    desk(&store).advance(&first).await.unwrap();
    store
}

/// Asks for all of it at the same time; the answers in order.
async fn together(
    store: &SqliteStore,
    appends: impl IntoIterator<Item = (AppendRequest, Option<Arc<dyn AppendStep>>)>,
) -> Vec<Result<Appended, AppendError>> {
    let mut waiting = Vec::new();
    for (request, step) in appends {
        let mut append = match step {
            Some(step) => store.append_with(request, step),
            None => store.append(request),
        };
        // Once, which puts it into the queue.
        poll_fn(|context| {
            assert!(append.as_mut().poll(context).is_pending());
            Poll::Ready(())
        })
        .await;
        waiting.push(append);
    }
    let mut answers = Vec::new();
    for append in waiting {
        answers.push(append.await);
    }
    answers
}

#[tokio::test]
async fn steps_that_are_refused_among_many_cost_the_others_nothing() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let before = store.stats();
    let requests: Vec<_> = (0..60)
        .map(|n| append(&stream(&format!("{}", n % 7)), 2))
        .collect();
    let asked = requests.iter().cloned().enumerate().map(|(n, request)| {
        let (key, code) = (format!("{n:02}"), format!("code {n}"));
        let step = match n % 5 {
            0 | 3 => None,
            1 => Some(puts(&key, "taken", || Ok(()))),
            2 => Some(puts(&key, &code, || Ok(()))),
            _ => Some(puts(&key, &code, refuse)),
        };
        (request, step)
    });
    let answers = together(&store, asked).await;
    let mut positions = Vec::new();
    for (n, answer) in answers.into_iter().enumerate() {
        match (n % 5, answer) {
            (0 | 2 | 3, Ok(appended)) => positions.extend(appended.streams[0].positions.clone()),
            (1 | 4, Err(AppendError::Step(StepError::Refused { view, reason, .. }))) => {
                assert_eq!(view, "coded");
                let why = if n % 5 == 1 { "code" } else { "not this one" };
                assert!(reason.contains(why), "{reason}");
            }
            (_, other) => panic!("the answer to {n}: {other:?}"),
        }
    }
    let stats = store.stats();
    assert_eq!(stats.appends - before.appends, 36);
    assert_eq!(stats.events - before.events, 72);
    // The first one may have gone ahead; all else shares a transaction.
    assert!(stats.commits - before.commits <= 2, "{stats:?}");
    let there: Vec<_> = positions.iter().map(|position| position.as_raw()).collect();
    assert_eq!(there, (1..=72).collect::<Vec<_>>());
    let log = store.read_log(LogQuery::default()).await.unwrap().events;
    let recorded: Vec<_> = log.iter().map(|event| event.position).collect();
    assert_eq!(recorded, positions);
    for (n, request) in requests.iter().enumerate() {
        let ids: Vec<_> = request.streams[0].commands.iter().map(|it| it.id).collect();
        let known = store.handled_commands(&ids).await.unwrap().len();
        assert_eq!(known, usize::from(matches!(n % 5, 0 | 2 | 3)), "{n}");
    }
    let found = find_all(desk(&store), &coded(), &DocumentQuery::default()).await;
    let mut expected: Vec<_> = (0..60)
        .filter(|n| n % 5 == 2)
        .map(|n| format!("{n:02}"))
        .collect();
    expected.push("first".to_owned());
    assert_eq!(keys(&found), expected);
}

fn shaped(event_type: &str, version: u32) -> NewEvent {
    NewEvent {
        schema_version: SchemaVersion::new(version),
        ..event(event_type)
    }
}

#[tokio::test]
async fn shapes_are_noted_whatever_of_their_transaction_is_refused() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let order = stream("a");
    let of = |events: &[(&str, u32)]| {
        let events = events.iter().map(|(of, version)| shaped(of, *version));
        append_of(&order, events.collect())
    };
    let fine = || Some(puts("fine", "fine", || Ok(())));
    let refused = || Some(puts("refused", "taken", || Ok(())));
    let asked = [
        (of(&[("Refused", 1), ("Later", 1)]), refused()),
        (of(&[("Earlier", 1)]), None),
        (
            of(&[("Earlier", 1), ("Earlier", 2), ("Later", 1), ("Refused", 1)]),
            refused(),
        ),
        (of(&[("Later", 1), ("Earlier", 1)]), fine()),
        (
            of(&[("Refused", 2)]),
            Some(puts("refused", "other", refuse)),
        ),
    ];
    let answers = together(&store, asked).await;
    let stand: Vec<_> = answers.iter().map(Result::is_ok).collect();
    assert_eq!(stand, [false, true, false, true, false]);
    are_seen(&store, &[("Earlier", 1), ("Later", 1)]).await;
    // Which the writer may believe to be noted.
    store.append(of(&[("Refused", 1)])).await.unwrap();
    let brings = of(&[("Refused", 2), ("Earlier", 2)]);
    store.append_with(brings, fine().unwrap()).await.unwrap();
    let all = [
        ("Earlier", 1),
        ("Earlier", 2),
        ("Later", 1),
        ("Refused", 1),
        ("Refused", 2),
    ];
    are_seen(&store, &all).await;
}

/// By what was noted, and by the events themselves.
async fn are_seen(store: &SqliteStore, expected: &[(&str, u32)]) {
    let seen = store.seen_versions("Order").await.unwrap();
    let noted: Vec<_> = seen
        .iter()
        .map(|it| (&*it.event_type, it.schema_version.get()))
        .collect();
    assert_eq!(noted, expected);
    let counted = store.count_versions().await.unwrap();
    let there: Vec<_> = counted
        .iter()
        .map(|it| (&*it.event_type, it.schema_version.get()))
        .collect();
    assert_eq!(there, expected);
}

#[tokio::test]
async fn a_step_that_panics_is_refused_and_the_store_goes_on() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let (a, b) = (stream("a"), stream("b"));
    let panics = puts("k", "code", || panic!("out of ink"));
    let asked = [
        (append(&a, 1), None),
        (append(&b, 1), Some(panics)),
        (append(&a, 1), Some(puts("l", "other", || Ok(())))),
    ];
    let answers = together(&store, asked).await;
    match &*answers {
        [
            Ok(_),
            Err(AppendError::Step(StepError::Store(error))),
            Ok(_),
        ] => {
            assert_eq!(error.kind(), StoreErrorKind::Other);
            assert!(error.to_string().contains("out of ink"), "{error}");
        }
        other => panic!("{other:?}"),
    }
    store.append(append(&a, 1)).await.unwrap();
    assert_eq!(store.stream_version(&a).await.unwrap(), Version::new(3));
    assert_eq!(store.stream_version(&b).await.unwrap(), Version::ZERO);
}
