//! Many writers at once, and readers that follow them live.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use eventide_core::store::{EventStore, LogFilter, LogQuery, PageSize};
use eventide_core::{EventId, Position};
use eventide_postgres::PostgresStore;
use tokio::task::JoinSet;

use crate::logs::{Log, Naive, Ours, Reader};
use crate::support::{append_of, event, stream};

const WRITERS: usize = 8;

/// Appends and commits in a transaction of its own, as every writer of the stress does.
async fn write(log: &impl Log, writer: usize, events: usize) {
    let mut client = log.database().connect().await;
    for event in 0..events {
        let transaction = client.transaction().await.unwrap();
        log.append_in(&transaction, &format!("{writer}-{event}"))
            .await;
        transaction.commit().await.unwrap();
    }
}

/// What a reader misses that follows `WRITERS` writers.
async fn missed(log: &'static impl Log, events: usize) -> usize {
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        writers.spawn(write(log, writer, events));
    }
    let mut reader = Reader::new(log);
    while writers.try_join_next().map(Result::unwrap).is_some() || !writers.is_empty() {
        reader.poll().await;
    }
    reader.end().await.lost().len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_naive_reader_misses_events_of_concurrent_writers() {
    const ROUNDS: usize = 50;
    for _ in 0..ROUNDS {
        let naive: &'static Naive = Box::leak(Box::new(Naive::new().await));
        if missed(naive, 50).await > 0 {
            return;
        }
    }
    panic!("{ROUNDS} rounds, and the naive store lost nothing: the stress proves nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn our_reader_misses_none_of_concurrent_transactions() {
    let ours: &'static Ours = Box::leak(Box::new(Ours::new().await));
    assert_eq!(missed(ours, 20).await, 0);
}

/// Three stores as of three processes, many tasks each; readers with small and large pages, with
/// and without filters.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn our_readers_miss_none_of_many_stores() {
    /// Of each writer.
    const EVENTS: usize = 15;
    const TYPES: [&str; 4] = ["LineAdded", "LineRemoved", "Placed", "Cancelled"];
    let ours = Ours::new().await;
    let mut stores = Vec::new();
    for _ in 0..3 {
        stores.push(ours.database().open().await);
    }
    let done = Arc::new(AtomicBool::new(false));
    let filters = [
        LogFilter::default(),
        types(&TYPES[..1]),
        types(&TYPES[1..3]),
        LogFilter {
            aggregate_type: Some("Order".to_owned()),
            ..LogFilter::default()
        },
    ];
    let mut readers = JoinSet::new();
    for (number, filter) in filters.iter().enumerate() {
        for page in [1, 7, 512] {
            let (store, done) = (stores[(number + page) % 3].clone(), done.clone());
            let filter = filter.clone();
            readers.spawn(async move {
                let saw = follow(&store, &filter, page, &done).await;
                (filter, page, saw)
            });
        }
    }
    let mut writers = JoinSet::new();
    for writer in 0..24 {
        let store = stores[writer % 3].clone();
        writers.spawn(async move {
            for number in 0..EVENTS {
                let events = (0..=number % 3).map(|n| event(TYPES[(writer + number + n) % 4]));
                let target = stream(&format!("{}", writer % 5));
                let appended = store.append(append_of(&target, events.collect())).await;
                appended.unwrap();
            }
        });
    }
    while let Some(writer) = writers.join_next().await {
        writer.unwrap();
    }
    done.store(true, Ordering::Release);
    let mut all = Vec::new();
    let mut query = LogQuery::default();
    loop {
        let page = ours.store.read_log(query).await.unwrap();
        all.extend(page.events);
        if !page.more {
            break;
        }
        query = LogQuery::after(page.next);
    }
    assert_eq!(all.len(), 24 * EVENTS * 2);
    while let Some(reader) = readers.join_next().await {
        let (filter, page, saw) = reader.unwrap();
        let wanted = all.iter().filter(|event| filter.matches(event));
        let wanted: Vec<EventId> = wanted.map(|event| event.id).collect();
        assert!(
            saw == wanted,
            "{filter:?}, pages of {page}: {} seen of {}",
            saw.len(),
            wanted.len()
        );
    }
}

fn types(names: &[&str]) -> LogFilter {
    LogFilter {
        event_types: names.iter().map(|&name| name.to_owned()).collect(),
        ..LogFilter::default()
    }
}

/// Reads on and on, until `done` held before a page that was the last.
async fn follow(
    store: &PostgresStore,
    filter: &LogFilter,
    page: usize,
    done: &AtomicBool,
) -> Vec<EventId> {
    let (mut saw, mut position) = (Vec::new(), Position::START);
    let mut wakeups = store.wakeups();
    loop {
        let last = done.load(Ordering::Acquire);
        let query = LogQuery::after(position).filter(filter.clone());
        let page = store
            .read_log(query.page(PageSize::new(page)))
            .await
            .unwrap();
        saw.extend(page.events.iter().map(|event| event.id));
        position = page.next;
        if last && !page.more {
            return saw;
        }
        if !page.more {
            wakeups.wait(Duration::from_millis(5)).await;
        }
    }
}
