//! Everything at once: several processes, a store that fails in every way, callers that give up and
//! come again. Each command acts once all the same.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::HashSet;
use std::future::pending;

use eventide::prelude::*;
use eventide::store::StoreErrorKind;
use fastrand::Rng;
use futures_util::future::{Either, join_all, select};
use support::{
    Account, Bank, Call, Counter, Probe, account, count, counter, deposit, in_time, open, recorded,
    withdraw,
};

const CLIENTS: u64 = 12;
const EACH: u64 = 40;

fn upset(store: &Probe, random: &mut Rng) {
    match random.u8(..16) {
        0 => store.lose_acknowledgements(1),
        1 => store.fail_next(Call::Append, StoreErrorKind::Unknown),
        2 => store.fail_next(Call::Append, StoreErrorKind::Unavailable),
        3 => store.fail_next(Call::ReadStream, StoreErrorKind::Locked),
        4 => store.fail_next(Call::HandledCommands, StoreErrorKind::Unavailable),
        5 => store.fail_next(Call::SaveSnapshot, StoreErrorKind::Full),
        6 => store.fail_next(Call::LoadSnapshot, StoreErrorKind::Corrupt),
        7 => store.panic_next(Call::Append),
        _ => {}
    }
}

/// Executes the command until it is acknowledged, giving up waiting now and then.
async fn insist(app: &App<Bank>, id: CommandId, store: &Probe, random: &mut Rng) {
    upset(store, random);
    loop {
        let running = app.execute(count("c", 1)).command_id(id).into_future();
        let turns = random.bool().then(|| random.u32(..8));
        let patience = Box::pin(async move {
            let Some(turns) = turns else {
                return pending().await;
            };
            for _ in 0..turns {
                tokio::task::yield_now().await;
            }
        });
        match select(running, patience).await {
            Either::Left((Ok(receipt), _)) => {
                assert_eq!((receipt.command_id, receipt.events.len()), (id, 1));
                return;
            }
            Either::Left((Err(error), _)) => assert!(error.is_retryable(), "{error:?}"),
            Either::Right(((), _)) => {}
        }
    }
}

async fn hammer(seed: u64) {
    let store = Probe::new();
    let apps = [0, 1, 2].map(|_| App::<Bank>::new(store.clone()));
    let clients = (0..CLIENTS).map(|client| {
        let app = apps[usize::try_from(client).unwrap() % apps.len()].clone();
        let store = store.clone();
        tokio::spawn(async move {
            let mut random = Rng::with_seed(seed * CLIENTS + client);
            for n in 0..EACH {
                let id = CommandId::derived("faults", &format!("{client}/{n}"));
                insist(&app, id, &store, &mut random).await;
            }
        })
    });
    for done in in_time("the last acknowledgement", join_all(clients)).await {
        done.unwrap();
    }
    let store = store.inner();
    let events = recorded(&store, &Counter::stream(&counter("c")).unwrap()).await;
    let versions = events.iter().map(|event| event.version.get());
    assert!(versions.eq(1..=CLIENTS * EACH), "seed {seed}");
    let causes: HashSet<_> = events
        .iter()
        .map(|event| event.metadata.causation_id)
        .collect();
    assert_eq!(causes.len(), events.len(), "seed {seed}");
    let present = App::<Bank>::new(store).load::<Counter>(&counter("c")).await;
    assert_eq!(*present.unwrap(), Counter::after(CLIENTS * EACH));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_command_acts_once_whatever_fails() {
    for seed in 0..8 {
        hammer(seed).await;
    }
}

/// The same on one thread, where the order of things is another.
#[tokio::test]
async fn each_command_acts_once_on_one_thread_too() {
    for seed in 100..108 {
        hammer(seed).await;
    }
}

async fn events_of(store: &Probe) -> usize {
    let stream = Account::stream(&account("a")).unwrap();
    recorded(&store.inner(), &stream).await.len()
}

#[tokio::test]
async fn a_lost_acknowledgement_is_found_again() {
    let store = Probe::new();
    let app = App::<Bank>::new(store.clone());
    store.lose_acknowledgements(1);
    let opened = app.execute(open("a")).await.unwrap();
    assert_eq!((opened.version, opened.events.len()), (Version::new(1), 1));
    app.execute(deposit("a", 5)).await.unwrap();
    // A second withdrawal would be refused: the first is found by its id.
    store.lose_acknowledgements(1);
    let taken = app.execute(withdraw("a", 5)).await.unwrap();
    assert_eq!((taken.version, taken.events.len()), (Version::new(3), 1));
    assert_eq!(events_of(&store).await, 3);
}

#[tokio::test]
async fn an_append_that_may_not_have_come_through_is_repeated() {
    let store = Probe::new();
    let app = App::<Bank>::new(store.clone());
    store.fail_next(Call::Append, StoreErrorKind::Unknown);
    let opened = app.execute(open("a")).await.unwrap();
    assert!(!opened.replayed);
    assert_eq!(events_of(&store).await, 1);
}
