//! Memory stays bounded while a reader is stuck and writers flood.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod support;

use std::env;
use std::fs;
use std::future::poll_fn;
use std::pin::pin;
use std::process::Command;
use std::task::Poll;
use std::time::Duration;

use eventide_core::store::{EventStore, LogQuery, PageSize};
use eventide_core::{NewEvent, Position};
use eventide_postgres::PostgresStore;
use support::{Database, append_of, event, options, stream};
use tokio::task::JoinSet;

const URL: &str = "EVENTIDE_MEMORY_URL";
const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// What the flood hands over in all. A store that took it without holding anybody back would have
/// to keep it, for nothing is written meanwhile.
const FLOOD: usize = 512 * MIB;
const PAYLOAD: usize = 64 * KIB;

/// The queue's own bound is 16384 times 4 KiB, 64 MiB. Two batches of at most 16 MiB may be under
/// way, each also as the message that is sent; a page of the reader, the callers' own requests and
/// the program itself make up the rest.
const BOUND: usize = 256 * MIB;

#[tokio::test]
async fn a_stuck_reader_and_a_flood_of_writers_take_bounded_memory() {
    let database = Database::new().await;
    let status = Command::new(env::current_exe().unwrap())
        .args(["--exact", "the_flood", "--nocapture"])
        .env(URL, database.url())
        .status()
        .unwrap();
    assert!(status.success(), "{status}");
}

/// What the other test starts as a process, so that its memory is its own. By itself it does
/// nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_flood() {
    let Ok(url) = env::var(URL) else { return };
    let store = options().open(&url).await.unwrap();

    // A thousand at once, whom everybody waits for.
    let mut writers = JoinSet::new();
    for writer in 0..1_000 {
        let store = store.clone();
        writers.spawn(async move {
            let request = append_of(&stream(&format!("{}", writer % 50)), vec![large()]);
            store.append(request).await.unwrap();
        });
    }
    while let Some(writer) = writers.join_next().await {
        writer.unwrap();
    }

    // A reader that has begun with a large page, and is stuck amid it.
    let query = LogQuery::after(Position::START).page(PageSize::MAX);
    let mut stuck = pin!(store.read_log(query));
    for _ in 0..3 {
        poll_fn(|context| match stuck.as_mut().poll(context) {
            Poll::Ready(read) => panic!("the page is too small to be stuck amid: {read:?}"),
            Poll::Pending => Poll::Ready(()),
        })
        .await;
        tokio::task::yield_now().await;
    }

    // Nothing can be written any more; and callers come, wait a little, and go away.
    let holder = options().answer_timeout(Duration::from_mins(10));
    let holder = holder.open(&url).await.unwrap();
    let mut connection = holder.connection().await.unwrap();
    let transaction = connection.transaction().await.unwrap();
    let request = append_of(&stream("first"), vec![event("Noted")]);
    let pending = holder.append_in(&transaction, request).await.unwrap();
    for call in 0..FLOOD / PAYLOAD {
        abandon(&store, call).await;
    }
    let peak = peak();
    println!("at most {} MiB", peak / MIB);
    assert!(peak < BOUND, "{} MiB", peak / MIB);

    holder.commit(transaction, &[pending]).await.unwrap();
    let request = append_of(&stream("last"), vec![event("Noted")]);
    store.append(request).await.unwrap();
    assert!(stuck.await.unwrap().events.len() > 100);
}

/// Asks for an append, and goes away before the answer.
async fn abandon(store: &PostgresStore, call: usize) {
    let request = append_of(&stream(&format!("{}", call % 50)), vec![large()]);
    let mut append = pin!(store.append(request));
    poll_fn(|context| {
        let polled = append.as_mut().poll(context);
        assert!(polled.is_pending(), "{polled:?}");
        Poll::Ready(())
    })
    .await;
    tokio::task::yield_now().await;
}

fn large() -> NewEvent {
    NewEvent {
        payload: format!("{{\"text\":\"{}\"}}", "x".repeat(PAYLOAD)).into_bytes(),
        ..event("Noted")
    }
}

/// The most memory that this process ever had.
fn peak() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kib: usize = line
        .unwrap()
        .split_whitespace()
        .nth(1)
        .unwrap()
        .parse()
        .unwrap();
    kib * KIB
}
