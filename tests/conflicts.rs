//! Two processes on one store: what one appends, the other takes into account.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::HashSet;

use eventide::prelude::*;
use eventide::repository::RetryPolicy;
use eventide::store::{AppendRequest, EventStore, ExpectedVersion};
use eventide::{CausationId, StreamId};
use futures_util::future::join_all;
use support::raw::{append_of, event};
use support::{
    Account, Bank, Call, Probe, Refused, account, deposit, give, open, recorded, withdraw,
};

fn stream() -> StreamId {
    Account::stream(&account("a")).unwrap()
}

/// What another process would append.
fn intrusion(event_type: &str, payload: &str) -> AppendRequest {
    append_of(
        stream(),
        ExpectedVersion::Any,
        event(event_type, 1, payload),
    )
}

fn two(store: &Probe) -> (App<Bank>, App<Bank>) {
    (App::new(store.clone()), App::new(store.clone()))
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_on_one_aggregate_lose_nothing() {
    const CLIENTS: usize = 8;
    const EACH: usize = 25;
    let store = Probe::new();
    let patient = RetryPolicy {
        attempts: 1_000,
        ..RetryPolicy::default()
    };
    let apps = [0, 1].map(|_| App::<Bank>::builder(store.clone()).retry(patient).build());
    let clients = (0..CLIENTS).map(|client| {
        let app = apps[client % 2].clone();
        tokio::spawn(async move {
            let mut acknowledged = Vec::new();
            for _ in 0..EACH {
                acknowledged.push(app.execute(give("a", 1)).await.unwrap());
            }
            acknowledged
        })
    });
    let receipts: Vec<_> = join_all(clients)
        .await
        .into_iter()
        .flat_map(Result::unwrap)
        .collect();

    let events = recorded(&store.inner(), &stream()).await;
    assert_eq!(events.len(), CLIENTS * EACH);
    let versions = events.iter().map(|event| event.version.get());
    assert!(versions.eq(1..=(CLIENTS * EACH) as u64));
    let causes: HashSet<_> = events
        .iter()
        .map(|event| event.metadata.causation_id)
        .collect();
    let acknowledged: HashSet<CausationId> = receipts
        .iter()
        .map(|receipt| receipt.command_id.into())
        .collect();
    assert_eq!(causes, acknowledged);
    for receipt in &receipts {
        let event = &events[usize::try_from(receipt.version.get()).unwrap() - 1];
        assert_eq!(event.metadata.causation_id, receipt.command_id.into());
        assert_eq!(Some(event.position), receipt.position);
    }
    for app in apps {
        let loaded = app.load::<Account>(&account("a")).await.unwrap();
        assert_eq!(loaded.balance, (CLIENTS * EACH) as u64);
    }
}

#[tokio::test]
async fn after_a_conflict_the_command_is_decided_on_the_new_state() {
    let store = Probe::new();
    let app = App::<Bank>::new(store.clone());
    app.execute_all::<Account>([open("a").into(), deposit("a", 10).into()])
        .await
        .unwrap();

    // Taken away in the last moment: what was accepted is refused.
    store.intrude(intrusion("Withdrawn", r#"{"amount":8}"#));
    let error = app.execute(withdraw("a", 10)).await.unwrap_err();
    assert_eq!(error.domain(), Some(&Refused::Insufficient { balance: 2 }));
    // Put in: the version is the one after.
    store.intrude(intrusion("Deposited", r#"{"amount":8}"#));
    let receipt = app.execute(withdraw("a", 2)).await.unwrap();
    assert_eq!(receipt.version, Version::new(5));
    assert_eq!(app.repository::<Account>().stats().conflicts, 2);
    assert_eq!(app.load::<Account>(&account("a")).await.unwrap().balance, 8);
}

#[tokio::test]
async fn attempts_are_bounded() {
    let store = Probe::new();
    let policy = RetryPolicy {
        attempts: 3,
        ..RetryPolicy::default()
    };
    let app = App::<Bank>::builder(store.clone()).retry(policy).build();
    app.execute(open("a")).await.unwrap();
    for _ in 0..3 {
        store.intrude(intrusion("Deposited", r#"{"amount":1}"#));
    }
    store.reset();
    let error = app.execute(deposit("a", 100)).await.unwrap_err();
    let ExecuteError::Conflict {
        stream, attempts, ..
    } = &error
    else {
        panic!("{error:?}")
    };
    assert_eq!((stream.to_string().as_str(), *attempts), ("Account/a", 3));
    assert_eq!(
        error.to_string(),
        "others appended to stream Account/a in each of 3 attempts"
    );
    assert!(error.is_retryable());
    assert_eq!(store.count(Call::Append), 3);
    // The aggregate is as usable as before.
    app.execute(deposit("a", 100)).await.unwrap();
    assert_eq!(
        app.load::<Account>(&account("a")).await.unwrap().balance,
        103
    );
}

#[tokio::test]
async fn stale_state_refuses_nothing_that_is_possible() {
    let store = Probe::new();
    let (here, there) = two(&store);
    here.execute(open("a")).await.unwrap();
    there.execute(deposit("a", 10)).await.unwrap();
    here.execute(withdraw("a", 10)).await.unwrap();
    // The state here knows of no account yet.
    assert!(matches!(
        here.execute(deposit("b", 1)).await,
        Err(ExecuteError::NotFound { .. })
    ));
    there.execute(open("b")).await.unwrap();
    here.execute(deposit("b", 1)).await.unwrap();
}

#[tokio::test]
async fn stale_state_accepts_nothing_that_is_impossible() {
    let store = Probe::new();
    let (here, there) = two(&store);
    here.execute_all::<Account>([open("a").into(), deposit("a", 10).into()])
        .await
        .unwrap();
    there.execute(withdraw("a", 10)).await.unwrap();
    let error = here.execute(withdraw("a", 10)).await.unwrap_err();
    assert_eq!(error.domain(), Some(&Refused::Insufficient { balance: 0 }));
    there.execute(open("b")).await.unwrap();
    assert!(matches!(
        here.execute(open("b")).await,
        Err(ExecuteError::AlreadyExists { .. })
    ));
}

#[tokio::test]
async fn stale_state_is_never_shown() {
    let store = Probe::new();
    let (here, there) = two(&store);
    here.execute(open("a")).await.unwrap();
    for n in 1..=20 {
        there.execute(deposit("a", 1)).await.unwrap();
        assert_eq!(
            here.load::<Account>(&account("a")).await.unwrap().balance,
            n
        );
    }
}

#[tokio::test]
async fn one_refused_and_one_accepted_are_both_decided_anew() {
    let store = Probe::new();
    let (here, there) = two(&store);
    here.execute(open("a")).await.unwrap();
    there.execute(deposit("a", 10)).await.unwrap();
    // On the stale state the first would be refused.
    let (withdrawn, given) = tokio::join!(
        here.execute(withdraw("a", 10)),
        here.execute(deposit("a", 1))
    );
    assert_eq!(withdrawn.unwrap().version, Version::new(3));
    assert_eq!(given.unwrap().version, Version::new(4));
    let version = store.stream_version(&stream()).await.unwrap();
    assert_eq!(version, Version::new(4));
}
