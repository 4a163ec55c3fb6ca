//! Several commands in one append: all or nothing, or each judged on its own.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use eventide::CommandId;
use eventide::prelude::*;
use support::{
    Account, AccountCommand, Bank, Call, Probe, Refused, account, deposit, open, recorded, top_up,
    withdraw,
};

async fn with_account(balance: u64) -> (App<Bank>, Probe) {
    let store = Probe::new();
    let app = App::<Bank>::new(store.clone());
    app.execute(open("a")).await.unwrap();
    app.execute(deposit("a", balance)).await.unwrap();
    store.reset();
    (app, store)
}

async fn balance(app: &App<Bank>) -> (u64, u64) {
    let loaded = app.load::<Account>(&account("a")).await.unwrap();
    (loaded.balance, loaded.version().get())
}

#[tokio::test]
async fn each_command_sees_what_the_one_before_left() {
    let (app, store) = with_account(0).await;
    let batch = [
        deposit("a", 5).into(),
        withdraw("a", 3).into(),
        withdraw("a", 2).into(),
    ];
    let receipt = app.execute_all::<Account>(batch).await.unwrap();
    assert_eq!((receipt.version.get(), receipt.events.len()), (5, 3));
    assert_eq!(store.count(Call::Append), 1);
    let events = recorded(&store, &receipt.stream).await;
    let batch = &events[2..];
    assert!(
        batch
            .iter()
            .all(|event| event.metadata.causation_id == receipt.command_id.into())
    );
    assert_eq!(receipt.position, Some(batch[2].position));
    assert_eq!(balance(&app).await, (0, 5));
}

#[tokio::test]
async fn a_refusal_in_the_middle_leaves_nothing() {
    let (app, store) = with_account(5).await;
    let batch = || {
        [
            withdraw("a", 5).into(),
            withdraw("a", 1).into(),
            deposit("a", 9).into(),
        ]
    };
    let error = app.execute_all::<Account>(batch()).await.unwrap_err();
    assert_eq!(error.domain(), Some(&Refused::Insufficient { balance: 0 }));
    assert_eq!(store.count(Call::Append), 0);
    // The state in memory is unharmed, also for those decided in the same round.
    assert_eq!(balance(&app).await, (5, 2));
    let (refused, done) = tokio::join!(
        app.execute_all::<Account>(batch()),
        app.execute(withdraw("a", 5))
    );
    refused.unwrap_err();
    assert_eq!(done.unwrap().version.get(), 3);
    assert_eq!(balance(&app).await, (0, 3));
}

#[tokio::test]
async fn a_batch_may_create_its_aggregate_only_first() {
    let app = App::<Bank>::new(Probe::new());
    let late = [deposit("a", 1).into(), open("a").into()];
    let error = app.execute_all::<Account>(late).await.unwrap_err();
    assert!(
        matches!(
            error,
            ExecuteError::NotFound {
                command: "Deposit",
                ..
            }
        ),
        "{error:?}"
    );
    let twice = [open("a").into(), deposit("a", 1).into(), open("a").into()];
    let error = app.execute_all::<Account>(twice).await.unwrap_err();
    assert!(
        matches!(
            error,
            ExecuteError::AlreadyExists {
                command: "Open",
                ..
            }
        ),
        "{error:?}"
    );
    assert!(matches!(
        app.load::<Account>(&account("a")).await,
        Err(LoadError::NotFound { .. })
    ));
}

#[tokio::test]
async fn each_judged_on_its_own_has_its_own_answer() {
    let (app, store) = with_account(5).await;
    let batch = [
        withdraw("a", 9).into(),
        withdraw("a", 5).into(),
        withdraw("a", 1).into(),
        top_up("a", 0).into(),
        open("a").into(),
        deposit("a", 2).into(),
    ];
    let id = CommandId::derived("test", "batch");
    let answers = app
        .execute_each::<Account>(batch)
        .command_id(id)
        .await
        .unwrap();
    assert_eq!(answers.len(), 6);
    assert_eq!(
        answers[0].as_ref().unwrap_err().domain(),
        Some(&Refused::Insufficient { balance: 5 })
    );
    assert_eq!(
        answers[2].as_ref().unwrap_err().domain(),
        Some(&Refused::Insufficient { balance: 0 })
    );
    assert!(matches!(
        answers[4],
        Err(ExecuteError::AlreadyExists { .. })
    ));
    for (n, version, events) in [(1, 3, 1), (3, 3, 0), (5, 4, 1)] {
        let receipt = answers[n].as_ref().unwrap();
        assert_eq!(
            (receipt.version.get(), receipt.events.len()),
            (version, events)
        );
        assert_eq!(receipt.command_id, id.nth(u32::try_from(n).unwrap()));
    }
    assert_eq!(store.count(Call::Append), 1);
    assert_eq!(balance(&app).await, (2, 4));
}

#[tokio::test]
async fn an_empty_batch_names_no_aggregate() {
    let (app, store) = with_account(0).await;
    let none = || Vec::<AccountCommand>::new();
    let all = app.execute_all::<Account>(none()).await.unwrap_err();
    let each = app.execute_each::<Account>(none()).await.unwrap_err();
    for error in [all, each] {
        assert!(matches!(error, ExecuteError::EmptyBatch), "{error:?}");
    }
    assert_eq!(store.count(Call::Append), 0);
}

#[tokio::test]
async fn a_batch_is_for_one_aggregate() {
    let (app, store) = with_account(5).await;
    let mixed = || [deposit("a", 1).into(), open("b").into()];
    let all = app.execute_all::<Account>(mixed()).await.unwrap_err();
    let each = app.execute_each::<Account>(mixed()).await.unwrap_err();
    for error in [all, each] {
        let ExecuteError::MixedAggregates { first, second, .. } = error else {
            panic!("{error:?}")
        };
        assert_eq!((first.aggregate_id(), second.aggregate_id()), ("a", "b"));
    }
    assert_eq!(store.count(Call::Append), 0);
    assert_eq!(balance(&app).await, (5, 2));
}

#[tokio::test]
async fn a_batch_larger_than_any_page_goes_through_at_once() {
    let (app, store) = with_account(0).await;
    let receipt = app
        .execute_all::<Account>((0..2_000).map(|_| deposit("a", 1).into()))
        .await;
    assert_eq!(receipt.unwrap().version.get(), 2_002);
    assert_eq!(store.count(Call::Append), 1);
    let cold = App::<Bank>::new(store);
    assert_eq!(balance(&cold).await, (2_000, 2_002));
}
