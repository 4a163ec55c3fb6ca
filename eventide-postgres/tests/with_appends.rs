//! What happens in the transaction of an append, whatever becomes of its caller, its connection and its
//! server's session.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod support;

use std::fmt;
use std::future::poll_fn;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use eventide_core::store::{
    Advance, AppendError, AppendStep, Appending, EventStore, LogMark, NewSubscription, RunningStep,
    StepError, StoreError, StoreErrorKind, SubscriptionStore, Taken, Within,
};
use eventide_core::subscription::{SubscriptionName, WorkerId};
use eventide_core::view::{
    Column, ColumnKind, ColumnValue, DocumentQuery, DocumentWrite, ViewTable,
};
use eventide_core::{LogId, Position, Version};
use eventide_postgres::PostgresStore;
use eventide_rig::{Direction, Proxy};
use support::{Database, append, options, stream};
use tokio::time::timeout;
use tokio_postgres::Client;
use uuid::Uuid;

/// Longer than anything takes that does not stand still.
const LONG: Duration = Duration::from_mins(2);

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

fn name() -> SubscriptionName {
    SubscriptionName::new("notes").unwrap()
}

fn table() -> ViewTable {
    ViewTable::new("notes", 1, vec![Column::unique("text", ColumnKind::Text)])
}

/// With a subscription and a view.
async fn open_desk(store: &PostgresStore) {
    let log = LogId::from_uuid(Uuid::from_u128(7));
    let begin = LogMark::new(log, Position::START, None);
    let new = NewSubscription::new(name(), begin);
    store.open_subscription(&new).await.unwrap();
    store.open_view(&table()).await.unwrap();
}

/// Puts a document for the stream of the first event, after it was `met` between two questions.
async fn noted(within: Within, appending: Appending, met: impl FnOnce()) -> Taken {
    let worker = WorkerId::from("an-append");
    let claimed = within.take_over(&name(), &worker, LONG).await?;
    met();
    let key = appending.events[0].stream.aggregate_id().to_owned();
    let at = appending.events[0].position;
    let before = within
        .documents(&table(), std::slice::from_ref(&key))
        .await?;
    assert_eq!(before, [None], "it is noted already");
    let text = ColumnValue::Text(key.clone());
    let document = DocumentWrite::put(key, b"{}".to_vec(), vec![text], at);
    let mut advance = Advance::new(claimed.unwrap().lease, None);
    advance.table = Some(table());
    advance.documents = vec![document];
    Ok(vec![advance])
}

fn notes() -> Arc<dyn AppendStep> {
    Arc::new(Does(|within, appending| noted(within, appending, || ())))
}

/// How many documents there are.
async fn documents(store: &PostgresStore) -> usize {
    let all = DocumentQuery::default();
    let found = store.find_documents(&table(), &all).await.unwrap();
    found.documents.len()
}

/// Demands that the stream is there with its document, or neither is; whether they are.
async fn is_whole(store: &PostgresStore, id: &str) -> bool {
    let version = store.stream_version(&stream(id)).await.unwrap();
    let found = store.documents(&table(), &[id.to_owned()]).await.unwrap();
    let is_there = found != [None];
    assert_eq!(
        version,
        Version::new(2 * u64::from(is_there)),
        "stream {id}"
    );
    is_there
}

/// Polls `future` at most so many times, and drops it then: at once, or when it wants to go on.
async fn dropped_after<F: Future>(future: F, polls: usize, at_once: bool) -> Option<F::Output> {
    let mut future = Box::pin(future);
    let mut polled = 0;
    poll_fn(|context| {
        if polled == polls {
            return Poll::Ready(None);
        }
        polled += 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if polled == polls && at_once => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_dropped_at_any_moment_is_whole_or_not_at_all() {
    let database = Database::new().await;
    let store = options()
        .connections(2)
        .open(&database.url())
        .await
        .unwrap();
    open_desk(&store).await;
    let (mut number, mut dropped, mut there) = (0, 0, 0);
    for at_once in [true, false] {
        for polls in 0.. {
            number += 1;
            let id = format!("{number}");
            let append_with = store.append_with(append(&stream(&id), 2), notes());
            let done = dropped_after(append_with, polls, at_once).await;
            // It has ended once somebody else has had the lock.
            let other = store.append(append(&stream("other"), 1));
            timeout(LONG, other).await.unwrap().unwrap();
            let whole = is_whole(&store, &id).await;
            there += usize::from(whole);
            if let Some(done) = done {
                done.unwrap();
                assert!(whole);
                break;
            }
            dropped += 1;
        }
    }
    assert!(dropped > 8, "it was dropped only {dropped} times");
    assert_eq!(documents(&store).await, there);
    let watcher = database.connect().await;
    until(&watcher, "state LIKE 'idle in transaction%'", 0).await;
}

/// Waits until so many other sessions of the database are as told.
async fn until(watcher: &Client, state: &str, sessions: i64) {
    let query = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
         AND pid <> pg_backend_pid() AND {state}"
    );
    let waited = timeout(LONG, async {
        while watcher
            .query_one(&query, &[])
            .await
            .unwrap()
            .get::<_, i64>(0)
            != sessions
        {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    let waited = waited.await;
    assert!(waited.is_ok(), "not {sessions} sessions where {state}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_dropped_while_it_waits_hands_on_no_connection_that_waits() {
    let database = Database::new().await;
    let options = options().connections(2).answer_timeout(LONG * 10);
    let store = options.open(&database.url()).await.unwrap();
    open_desk(&store).await;
    let (holder, watcher) = (database.connect().await, database.connect().await);
    let lock = "BEGIN; SELECT eventide.lock_log()";
    holder.batch_execute(lock).await.unwrap();
    let append_with = tokio::spawn({
        let store = store.clone();
        async move { store.append_with(append(&stream("1"), 2), notes()).await }
    });
    until(&watcher, "wait_event_type = 'Lock'", 1).await;
    append_with.abort();
    assert!(append_with.await.unwrap_err().is_cancelled());
    let head = timeout(LONG, store.head()).await;
    assert_eq!(
        head.expect("it waits behind the lock").unwrap(),
        Position::START
    );
    holder.batch_execute("COMMIT").await.unwrap();
    let again = store.append_with(append(&stream("2"), 2), notes());
    timeout(LONG, again).await.unwrap().unwrap();
    assert!(!is_whole(&store, "1").await);
    assert!(is_whole(&store, "2").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn those_that_wait_for_the_log_leave_a_connection_for_readers() {
    let database = Database::new().await;
    let options = options().connections(2).answer_timeout(LONG * 10);
    let store = options.patience(LONG * 10).open(&database.url()).await;
    let store = store.unwrap();
    open_desk(&store).await;
    let (holder, watcher) = (database.connect().await, database.connect().await);
    let lock = "BEGIN; SELECT eventide.lock_log()";
    holder.batch_execute(lock).await.unwrap();
    let waiting = (0..5).map(|n| {
        let store = store.clone();
        let request = append(&stream(&format!("{n}")), 2);
        tokio::spawn(async move { store.append_with(request, notes()).await })
    });
    let waiting: Vec<_> = waiting.collect();
    until(&watcher, "wait_event_type = 'Lock'", 1).await;
    for _ in 0..50 {
        let head = timeout(LONG, store.head()).await;
        let head = head.expect("there is no connection to read by");
        assert_eq!(head.unwrap(), Position::START);
    }
    holder.batch_execute("COMMIT").await.unwrap();
    for append_with in waiting {
        append_with.await.unwrap().unwrap();
    }
    assert_eq!(store.head().await.unwrap().as_raw(), 10);
}

/// A step that stands still in its middle the first time, until it is told to go on.
struct Halting {
    begun: Arc<AtomicUsize>,
    halted: Receiver<()>,
    go_on: SyncSender<()>,
    step: Arc<dyn AppendStep>,
}

fn halting() -> Halting {
    let begun = Arc::new(AtomicUsize::new(0));
    let (tell, halted) = sync_channel(1);
    let (go_on, wait) = sync_channel(1);
    let (counted, wait) = (begun.clone(), Arc::new(Mutex::new(wait)));
    let step = Does(move |within, appending| {
        let first = counted.fetch_add(1, Ordering::Relaxed) == 0;
        let (tell, wait) = (tell.clone(), wait.clone());
        noted(within, appending, move || {
            if first {
                tell.send(()).unwrap();
                wait.lock().unwrap().recv().unwrap();
            }
        })
    });
    Halting {
        begun,
        halted,
        go_on,
        step: Arc::new(step),
    }
}

/// Waits on a thread where it may.
fn wait_for(halted: &Receiver<()>) {
    tokio::task::block_in_place(|| halted.recv_timeout(LONG)).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_whose_session_is_ended_amid_the_step_is_done_anew() {
    let database = Database::new().await;
    let store = database.open().await;
    open_desk(&store).await;
    let watcher = database.connect().await;
    let halting = halting();
    let appending = tokio::spawn({
        let (store, step) = (store.clone(), halting.step.clone());
        async move { store.append_with(append(&stream("1"), 2), step).await }
    });
    wait_for(&halting.halted);
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE datname = current_database() AND state = 'idle in transaction'";
    assert_eq!(watcher.query(end, &[]).await.unwrap().len(), 1);
    until(&watcher, "state = 'idle in transaction'", 0).await;
    halting.go_on.send(()).unwrap();
    let appended = timeout(LONG, appending).await.unwrap().unwrap().unwrap();
    assert_eq!(appended.streams[0].version, Version::new(2));
    assert_eq!(halting.begun.load(Ordering::Relaxed), 2);
    assert!(is_whole(&store, "1").await);
    assert_eq!(store.head().await.unwrap().as_raw(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_that_stands_still_amid_the_step_holds_nobody_up_for_ever() {
    let database = Database::new().await;
    let (store, other) = (database.open().await, database.open().await);
    open_desk(&store).await;
    let halting = halting();
    let appending = tokio::spawn({
        let (store, step) = (store.clone(), halting.step.clone());
        async move { store.append_with(append(&stream("1"), 2), step).await }
    });
    wait_for(&halting.halted);
    let others = other.append_with(append(&stream("2"), 2), notes());
    timeout(LONG, others).await.unwrap().unwrap();
    halting.go_on.send(()).unwrap();
    let appended = timeout(LONG, appending).await.unwrap().unwrap().unwrap();
    assert_eq!(appended.streams[0].positions[0].as_raw(), 3);
    assert!(is_whole(&store, "1").await && is_whole(&store, "2").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_whose_connection_is_lost_at_any_moment_is_done_once() {
    let database = Database::new().await;
    let proxy = Proxy::to(database.server.addr()).await.unwrap();
    let url = database.server.url_through(&proxy, &database.name);
    let store = options().open(&url).await.unwrap();
    open_desk(&store).await;
    let directions = [(Direction::ToClient, 20), (Direction::ToServer, 110)];
    for (direction, bytes) in directions {
        for lost in 0..40_u64 {
            let id = format!("{direction:?}-{lost}");
            proxy.cut_after(direction, lost * bytes);
            let append_with = store.append_with(append(&stream(&id), 2), notes());
            let appended = timeout(LONG, append_with).await.unwrap().unwrap();
            assert_eq!(appended.streams[0].version, Version::new(2), "{id}");
            proxy.restore().await.unwrap();
            assert!(is_whole(&store, &id).await);
        }
    }
    assert_eq!(documents(&store).await, 80);
    assert_eq!(store.head().await.unwrap().as_raw(), 160);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_appended_with_a_step_is_counted_as_any_append() {
    let database = Database::new().await;
    let store = database.open().await;
    open_desk(&store).await;
    let before = store.stats();
    store
        .append_with(append(&stream("1"), 2), notes())
        .await
        .unwrap();
    let fails = Does(|_, _| async {
        let error = StoreError::new(StoreErrorKind::Other, "not this one");
        Err(StepError::Store(error))
    });
    let refused = store
        .append_with(append(&stream("2"), 2), Arc::new(fails))
        .await;
    assert!(
        matches!(refused, Err(AppendError::Step(StepError::Store(_)))),
        "{refused:?}"
    );
    let stats = store.stats();
    assert_eq!(stats.appends - before.appends, 1);
    assert_eq!(stats.events - before.events, 2);
    assert_eq!(stats.commits - before.commits, 1);
}
