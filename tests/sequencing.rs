//! Commands on one aggregate in one process: one after another, many in one append, and whoever
//! goes away harms nobody else.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use eventide::prelude::*;
use eventide::store::StoreErrorKind;
use futures_util::FutureExt;
use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use support::{Account, Bank, Call, Probe, account, deposit, give, in_time, open, recorded};
use tokio::sync::Semaphore;

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
struct JobId(u32);

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
struct Stepped {
    by: String,
}

/// Takes a step, at once or when the desk lets it.
#[derive(Debug, Clone, Serialize, Deserialize, Command)]
#[command(upserts)]
struct Step {
    #[command(id)]
    job: JobId,
    by: String,
    waits: bool,
}

/// Where handlers wait, so that a test knows that one is running.
#[derive(Debug)]
struct Desk {
    arrived: Semaphore,
    leave: Semaphore,
    decisions: AtomicUsize,
}

impl Default for Desk {
    fn default() -> Self {
        let (arrived, leave) = (Semaphore::new(0), Semaphore::new(0));
        Self {
            arrived,
            leave,
            decisions: AtomicUsize::new(0),
        }
    }
}

impl Desk {
    async fn arrived(&self) {
        in_time("a handler", self.arrived.acquire())
            .await
            .unwrap()
            .forget();
    }
}

#[derive(Debug, Default, Clone, Aggregate)]
#[aggregate(id = JobId, error = String, services = Arc<Desk>)]
#[aggregate(events(Stepped), commands(Step))]
struct Job {
    steps: Vec<String>,
}

#[handlers]
impl Job {
    async fn step(&self, command: Step, ctx: &Context<'_, Arc<Desk>>) -> Stepped {
        ctx.services().decisions.fetch_add(1, Ordering::SeqCst);
        if command.waits {
            ctx.services().arrived.add_permits(1);
            ctx.services().leave.acquire().await.unwrap().forget();
        }
        Stepped { by: command.by }
    }
    fn stepped(&mut self, event: &Stepped) {
        self.steps.push(event.by.clone());
    }
}

#[derive(Domain)]
#[domain(aggregates(Job), services = Arc<Desk>)]
struct Works;

fn works(store: &Probe) -> (App<Works>, Arc<Desk>) {
    let desk = Arc::<Desk>::default();
    (
        App::with_services(store.clone(), Arc::clone(&desk)).build(),
        desk,
    )
}

fn step(by: &str) -> Step {
    Step {
        job: JobId(1),
        by: by.to_owned(),
        waits: false,
    }
}

fn slow(by: &str) -> Step {
    Step {
        waits: true,
        ..step(by)
    }
}

async fn steps(app: &App<Works>) -> Vec<String> {
    in_time("the state", app.load::<Job>(&JobId(1)))
        .await
        .unwrap()
        .into_state()
        .steps
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hot_aggregate_costs_no_conflict_and_few_appends() {
    const CLIENTS: u64 = 32;
    const EACH: u64 = 50;
    let store = Probe::new();
    let app = App::<Bank>::new(store.clone());
    app.execute(open("hot")).await.unwrap();
    store.reset();
    let clients = (0..CLIENTS).map(|client| {
        let app = app.clone();
        tokio::spawn(async move {
            let mut last = Version::ZERO;
            for n in 0..EACH {
                let done = app
                    .execute(deposit("hot", client * EACH + n))
                    .await
                    .unwrap();
                assert!(done.version > last, "a client's commands keep their order");
                last = done.version;
            }
        })
    });
    for done in join_all(clients).await {
        done.unwrap();
    }
    let stats = app.repository::<Account>().stats();
    assert_eq!(stats.conflicts, 0);
    assert_eq!(store.count(Call::ReadStream), 0);
    let appends = store.count(Call::Append);
    assert!(
        appends * 4 < CLIENTS * EACH,
        "{appends} appends for {} commands",
        CLIENTS * EACH
    );
    let total = (0..CLIENTS * EACH).sum::<u64>();
    assert_eq!(
        app.load::<Account>(&account("hot")).await.unwrap().balance,
        total
    );
    let stream = Account::stream(&account("hot")).unwrap();
    let versions: Vec<_> = recorded(&store.inner(), &stream)
        .await
        .iter()
        .map(|event| event.version.get())
        .collect();
    assert_eq!(versions, (1..=CLIENTS * EACH + 1).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_runs_dry_again_and_again_loses_nobody() {
    let app = App::<Bank>::new(Probe::new());
    app.execute(open("a")).await.unwrap();
    let clients = (0..2).map(|_| {
        let app = app.clone();
        tokio::spawn(async move {
            for _ in 0..2_000 {
                app.execute(deposit("a", 1)).await.unwrap();
            }
        })
    });
    for done in join_all(clients).await {
        done.unwrap();
    }
    assert_eq!(
        app.load::<Account>(&account("a")).await.unwrap().balance,
        4_000
    );
}

#[tokio::test]
async fn a_caller_that_leaves_while_its_handler_runs_has_done_nothing() {
    let store = Probe::new();
    let (app, desk) = works(&store);
    let leaver = tokio::spawn({
        let app = app.clone();
        async move { app.execute(slow("leaver")).await.map(drop) }
    });
    desk.arrived().await;
    let other = tokio::spawn({
        let app = app.clone();
        async move { app.execute(step("other")).await.map(drop) }
    });
    leaver.abort();
    in_time("the other", other).await.unwrap().unwrap();
    assert_eq!(steps(&app).await, ["other"]);
}

#[tokio::test]
async fn a_caller_that_leaves_in_the_middle_of_a_batch_has_done_nothing() {
    for each in [false, true] {
        let store = Probe::new();
        let (app, desk) = works(&store);
        app.execute(step("first")).await.unwrap();
        let leaver = tokio::spawn({
            let app = app.clone();
            async move {
                let commands = [step("leaver").into(), slow("leaver").into()];
                if each {
                    app.execute_each::<Job>(commands).await.map(drop)
                } else {
                    app.execute_all::<Job>(commands).await.map(drop)
                }
            }
        });
        desk.arrived().await;
        leaver.abort();
        in_time("the next", app.execute(step("next")))
            .await
            .unwrap();
        assert_eq!(steps(&app).await, ["first", "next"]);
    }
}

#[tokio::test]
async fn a_caller_that_leaves_while_it_waits_is_not_served() {
    let store = Probe::new();
    let (app, desk) = works(&store);
    let first = tokio::spawn({
        let app = app.clone();
        async move { app.execute(slow("first")).await.map(drop) }
    });
    desk.arrived().await;
    let mut leaver = app.execute(step("leaver")).into_future();
    assert!((&mut leaver).now_or_never().is_none());
    let mut last = app.execute(step("last")).into_future();
    assert!((&mut last).now_or_never().is_none());
    // A batch behind it must not have it decided twice.
    let batch = [step("leaver").into(), step("leaver").into()];
    let mut leavers = app.execute_all::<Job>(batch).into_future();
    assert!((&mut leavers).now_or_never().is_none());
    drop((leaver, leavers));
    desk.leave.add_permits(1);
    in_time("the first", first).await.unwrap().unwrap();
    in_time("the last", last).await.unwrap();
    assert_eq!(steps(&app).await, ["first", "last"]);
    assert_eq!(desk.decisions.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_caller_that_leaves_during_its_append_has_done_it_all() {
    let store = Probe::new();
    let (app, _) = works(&store);
    let gate = store.hold(Call::Append);
    let batch = [step("leaver").into(), step("leaver").into()];
    let leaver = tokio::spawn({
        let app = app.clone();
        async move { app.execute_all::<Job>(batch).await.map(drop) }
    });
    gate.arrived().await;
    leaver.abort();
    assert!(leaver.await.unwrap_err().is_cancelled());
    gate.open();
    in_time("the next", app.execute(step("next")))
        .await
        .unwrap();
    assert_eq!(steps(&app).await, ["leaver", "leaver", "next"]);
}

/// Polled once, and neither polled again nor dropped, while its question to the store is open.
#[tokio::test]
async fn a_reader_that_looks_away_holds_nobody_up() {
    let store = Probe::new();
    let (app, _) = works(&store);
    app.execute(step("first")).await.unwrap();
    let gate = store.hold(Call::StreamVersion);
    let mut reader = pin!(app.load::<Job>(&JobId(1)));
    assert!(reader.as_mut().now_or_never().is_none());
    in_time("the next", app.execute(step("next")))
        .await
        .unwrap();
    gate.open();
    let read = in_time("the reader", reader).await.unwrap();
    assert_eq!(read.into_state().steps, ["first", "next"]);
    app.execute(step("last")).await.unwrap();
    assert_eq!(steps(&app).await, ["first", "next", "last"]);
}

#[test]
fn a_runtime_that_ends_wedges_no_other() {
    let store = Probe::new();
    let (app, _) = works(&store);
    let run = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    };

    // It ends before anything was done,
    let first = run();
    first.block_on(async {
        assert!(
            app.execute(step("never"))
                .into_future()
                .now_or_never()
                .is_none()
        );
    });
    drop(first);
    let second = run();
    second.block_on(async { in_time("step", app.execute(step("one"))).await.unwrap() });
    // and in the middle of an append.
    let gate = store.hold(Call::Append);
    let lost = app.clone();
    second.block_on(async {
        let lost = tokio::spawn(async move { lost.execute(step("lost")).await.map(drop) });
        gate.arrived().await;
        drop(lost);
    });
    let third = run();
    let waiting = app.clone();
    let waiting = third.spawn(async move { waiting.execute(step("waiting")).await.map(drop) });
    third.block_on(tokio::task::yield_now());
    drop(second);
    let interrupted =
        third.block_on(async { in_time("an answer", waiting).await.unwrap().unwrap_err() });
    assert!(interrupted.is_retryable());
    let ExecuteError::Store(error) = interrupted else {
        panic!("{interrupted:?}")
    };
    assert_eq!(error.kind(), StoreErrorKind::Unknown);
    gate.open();
    third.block_on(async {
        in_time("step", app.execute(step("two"))).await.unwrap();
        assert_eq!(steps(&app).await, ["one", "two"]);
    });
}

#[tokio::test]
async fn aggregates_do_not_wait_for_each_other() {
    let store = Probe::new();
    let (app, desk) = works(&store);
    let held = tokio::spawn({
        let app = app.clone();
        async move { app.execute(slow("held")).await.map(drop) }
    });
    desk.arrived().await;
    let free = Step {
        job: JobId(2),
        ..step("free")
    };
    in_time("the other aggregate", app.execute(free))
        .await
        .unwrap();
    desk.leave.add_permits(1);
    held.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_store_that_fails_fails_its_round_only() {
    let store = Probe::new();
    let app = App::<Bank>::new(store.clone());
    app.execute(open("a")).await.unwrap();
    store.fail_next(Call::Append, StoreErrorKind::Full);
    let (one, two) = tokio::join!(app.execute(deposit("a", 1)), app.execute(deposit("a", 1)));
    for failed in [one, two] {
        let error = failed.unwrap_err();
        assert!(error.is_retryable());
        let ExecuteError::Store(error) = error else {
            panic!("{error:?}")
        };
        assert_eq!(error.kind(), StoreErrorKind::Full);
    }
    app.execute(give("a", 7)).await.unwrap();
    assert_eq!(app.load::<Account>(&account("a")).await.unwrap().balance, 7);
}

#[tokio::test]
async fn a_store_that_panics_leaves_nobody_waiting() {
    let store = Probe::new();
    let app = App::<Bank>::new(store.clone());
    app.execute(open("a")).await.unwrap();
    store.panic_next(Call::Append);
    let (one, two) = tokio::join!(app.execute(deposit("a", 1)), app.execute(deposit("a", 1)));
    for failed in [one, two] {
        let error = failed.unwrap_err();
        let ExecuteError::Store(error) = error else {
            panic!("{error:?}")
        };
        assert_eq!(error.kind(), StoreErrorKind::Unknown);
    }
    in_time("the next", app.execute(deposit("a", 7)))
        .await
        .unwrap();
    assert_eq!(app.load::<Account>(&account("a")).await.unwrap().balance, 7);
}
