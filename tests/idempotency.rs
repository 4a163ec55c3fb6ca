//! A command id acts once, and gives its first result ever after.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use eventide::prelude::*;
use eventide::repository::RepositoryOptions;
use futures_util::future::join_all;
use support::{
    Account, Bank, Probe, Refused, account, deposit, give, open, recorded, top_up, withdraw,
};

fn id(name: &str) -> CommandId {
    CommandId::derived("test", name)
}

/// The answer came from the first time: equal in all but the mark.
fn same(first: &Receipt<Account>, again: &Receipt<Account>) {
    assert!(!first.replayed);
    assert!(again.replayed);
    let mut again = again.clone();
    again.replayed = false;
    assert_eq!(format!("{first:?}"), format!("{again:?}"));
}

async fn events_of(store: &Probe, name: &str) -> usize {
    recorded(&store.inner(), &Account::stream(&account(name)).unwrap())
        .await
        .len()
}

#[tokio::test]
async fn a_repeated_command_gives_the_first_result_and_records_nothing() {
    let store = Probe::new();
    let app = App::<Bank>::new(store.clone());
    app.execute(open("a")).await.unwrap();
    let first = app
        .execute(deposit("a", 5))
        .command_id(id("d"))
        .as_user("eve")
        .await
        .unwrap();
    let again = app
        .execute(deposit("a", 5))
        .command_id(id("d"))
        .await
        .unwrap();
    same(&first, &again);
    assert_eq!(events_of(&store, "a").await, 2);
    assert_eq!(app.load::<Account>(&account("a")).await.unwrap().balance, 5);
}

#[tokio::test]
async fn what_would_be_refused_now_still_gives_the_first_result() {
    let store = Probe::new();
    let app = App::<Bank>::new(store.clone());
    let opened = app.execute(open("a")).command_id(id("o")).await.unwrap();
    app.execute(deposit("a", 5)).await.unwrap();
    let all = app
        .execute(withdraw("a", 5))
        .command_id(id("w"))
        .await
        .unwrap();
    same(
        &all,
        &app.execute(withdraw("a", 5))
            .command_id(id("w"))
            .await
            .unwrap(),
    );
    same(
        &opened,
        &app.execute(open("a")).command_id(id("o")).await.unwrap(),
    );
    assert_eq!(events_of(&store, "a").await, 3);
}

#[tokio::test]
async fn a_process_that_remembers_nothing_gives_the_first_result_too() {
    let store = Probe::new();
    let app = App::<Bank>::new(store.clone());
    let opened = app.execute(open("a")).command_id(id("o")).await.unwrap();
    let given = app
        .execute(deposit("a", 5))
        .command_id(id("d"))
        .await
        .unwrap();

    let cold = App::<Bank>::new(store.clone());
    same(
        &opened,
        &cold.execute(open("a")).command_id(id("o")).await.unwrap(),
    );
    same(
        &given,
        &cold
            .execute(deposit("a", 5))
            .command_id(id("d"))
            .await
            .unwrap(),
    );
    let repository = Repository::<Account>::new(&store);
    same(
        &given,
        &repository
            .execute(deposit("a", 5))
            .command_id(id("d"))
            .await
            .unwrap(),
    );
    let mut unkept = RepositoryOptions::default();
    unkept.cached_aggregates = 0;
    let repository = Repository::<Account>::with_services(&store, (), unkept);
    same(
        &given,
        &repository
            .execute(deposit("a", 5))
            .command_id(id("d"))
            .await
            .unwrap(),
    );
    assert_eq!(events_of(&store, "a").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_one_acts() {
    let store = Probe::new();
    let apps = [
        App::<Bank>::new(store.clone()),
        App::<Bank>::new(store.clone()),
    ];
    let callers = (0..32).map(|n| {
        let app = apps[n % 2].clone();
        tokio::spawn(async move { app.execute(give("a", 1)).command_id(id("g")).await.unwrap() })
    });
    let receipts: Vec<_> = join_all(callers)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert_eq!(
        receipts.iter().filter(|receipt| !receipt.replayed).count(),
        1
    );
    assert!(
        receipts
            .iter()
            .all(|receipt| receipt.version == Version::new(1))
    );
    assert!(receipts.iter().all(|receipt| receipt.events.len() == 1));
    assert_eq!(events_of(&store, "a").await, 1);
}

#[tokio::test]
async fn the_same_id_twice_in_one_round_acts_once_and_harms_no_neighbour() {
    let store = Probe::new();
    let app = App::<Bank>::new(store.clone());
    let run = async |amount, name: &str| app.execute(give("a", amount)).command_id(id(name)).await;
    let (a, b, c, d) = tokio::join!(run(1, "x"), run(10, "y"), run(1, "x"), run(100, "z"));
    let (a, b, c, d) = (a.unwrap(), b.unwrap(), c.unwrap(), d.unwrap());
    same(&a, &c);
    assert!(!b.replayed && !d.replayed);
    assert_eq!(
        app.load::<Account>(&account("a")).await.unwrap().balance,
        111
    );
    assert_eq!(events_of(&store, "a").await, 3);
}

#[tokio::test]
async fn a_command_that_did_nothing_is_remembered_if_it_has_an_id() {
    let store = Probe::new();
    let app = App::<Bank>::new(store.clone());
    app.execute(open("a")).await.unwrap();
    app.execute(deposit("a", 10)).await.unwrap();
    let first = app
        .execute(top_up("a", 10))
        .command_id(id("t"))
        .await
        .unwrap();
    assert!(first.events.is_empty());
    app.execute(withdraw("a", 4)).await.unwrap();
    let again = app
        .execute(top_up("a", 10))
        .command_id(id("t"))
        .await
        .unwrap();
    same(&first, &again);
    assert_eq!(again.version, Version::new(2));
    assert_eq!(app.load::<Account>(&account("a")).await.unwrap().balance, 6);
}

#[tokio::test]
async fn a_batch_is_remembered_as_a_whole() {
    let store = Probe::new();
    let app = App::<Bank>::new(store.clone());
    let batch = || {
        [
            open("a").into(),
            deposit("a", 5).into(),
            withdraw("a", 5).into(),
        ]
    };
    let first = app
        .execute_all::<Account>(batch())
        .command_id(id("b"))
        .await
        .unwrap();
    assert_eq!(first.events.len(), 3);
    same(
        &first,
        &app.execute_all::<Account>(batch())
            .command_id(id("b"))
            .await
            .unwrap(),
    );
    let cold = App::<Bank>::new(store.clone());
    same(
        &first,
        &cold
            .execute_all::<Account>(batch())
            .command_id(id("b"))
            .await
            .unwrap(),
    );
    assert_eq!(events_of(&store, "a").await, 3);
}

#[tokio::test]
async fn each_of_several_is_remembered_under_its_own_id() {
    let store = Probe::new();
    let app = App::<Bank>::new(store.clone());
    let batch = || {
        [
            open("a").into(),
            withdraw("a", 9).into(),
            deposit("a", 5).into(),
        ]
    };
    let first = app
        .execute_each::<Account>(batch())
        .command_id(id("b"))
        .await
        .unwrap();
    let again = app
        .execute_each::<Account>(batch())
        .command_id(id("b"))
        .await
        .unwrap();
    for at in [0, 2] {
        let receipt = first[at].as_ref().unwrap();
        assert_eq!(receipt.command_id, id("b").nth(u32::try_from(at).unwrap()));
        same(receipt, again[at].as_ref().unwrap());
    }
    for answers in [first, again] {
        assert!(matches!(
            answers[1],
            Err(ExecuteError::Domain(Refused::Insufficient { .. }))
        ));
    }
    assert_eq!(events_of(&store, "a").await, 2);
}

#[tokio::test]
async fn of_several_partly_done_only_the_rest_is_done() {
    let store = Probe::new();
    let app = App::<Bank>::new(store.clone());
    app.execute(open("a")).await.unwrap();
    let commands =
        |n: u64| (0..n).map(|n| deposit("a", 10_u64.pow(u32::try_from(n).unwrap())).into());
    app.execute_each::<Account>(commands(2))
        .command_id(id("b"))
        .await
        .unwrap();
    app.execute(deposit("a", 5000)).await.unwrap();
    let answers = app
        .execute_each::<Account>(commands(4))
        .command_id(id("b"))
        .await
        .unwrap();
    let replayed: Vec<_> = answers
        .iter()
        .map(|answer| answer.as_ref().unwrap().replayed)
        .collect();
    assert_eq!(replayed, [true, true, false, false]);
    let versions: Vec<_> = answers
        .iter()
        .map(|answer| answer.as_ref().unwrap().version.get())
        .collect();
    assert_eq!(versions, [2, 3, 5, 6]);
    assert_eq!(
        app.load::<Account>(&account("a")).await.unwrap().balance,
        6111
    );
}

#[tokio::test]
async fn an_id_belongs_to_one_aggregate() {
    let app = App::<Bank>::new(Probe::new());
    for name in ["a", "b"] {
        app.execute(open(name)).await.unwrap();
    }
    app.execute(deposit("a", 1))
        .command_id(id("d"))
        .await
        .unwrap();
    // One that would go through, and one that would be refused.
    for error in [
        app.execute(deposit("b", 1))
            .command_id(id("d"))
            .await
            .unwrap_err(),
        app.execute(withdraw("b", 1))
            .command_id(id("d"))
            .await
            .unwrap_err(),
    ] {
        let ExecuteError::CommandIdTaken {
            command_id,
            first,
            now,
            ..
        } = &error
        else {
            panic!("{error:?}")
        };
        assert_eq!(*command_id, id("d"));
        assert_eq!(first.to_string(), "Account/a");
        assert_eq!(now.to_string(), "Account/b");
        assert!(!error.is_retryable());
    }
    assert_eq!(app.load::<Account>(&account("b")).await.unwrap().balance, 0);
}

#[tokio::test]
async fn a_repetition_may_expect_the_version_it_saw_the_first_time() {
    let store = Probe::new();
    let app = App::<Bank>::new(store.clone());
    app.execute(open("a")).await.unwrap();
    let run = || {
        let command = app.execute(deposit("a", 5)).command_id(id("d"));
        command.expecting(Version::new(1))
    };
    let (first, at_once) = tokio::join!(run(), run());
    let first = first.unwrap();
    same(&first, &at_once.unwrap());
    same(&first, &run().await.unwrap());
    assert_eq!(events_of(&store, "a").await, 2);
}

#[tokio::test]
async fn a_refused_command_is_not_remembered() {
    let app = App::<Bank>::new(Probe::new());
    app.execute(open("a")).await.unwrap();
    let refused = app
        .execute(withdraw("a", 5))
        .command_id(id("w"))
        .await
        .unwrap_err();
    assert_eq!(
        refused.domain(),
        Some(&Refused::Insufficient { balance: 0 })
    );
    app.execute(deposit("a", 5)).await.unwrap();
    let done = app
        .execute(withdraw("a", 5))
        .command_id(id("w"))
        .await
        .unwrap();
    assert!(!done.replayed);
}
