//! What the tests of the runtime share: a small domain, and a store that can be watched and upset.
#![allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    reason = "each test uses its own part of it"
)]

pub mod bank;
pub mod lifted;
pub mod probe;
pub mod raw;

pub use bank::*;
pub use probe::{Call, Probe};

use std::time::Duration;

use eventide::store::{EventStore, StreamQuery};
use eventide::{RecordedEvent, StreamId};

/// Waits for something another task brings about; gives up after a time no machine needs.
pub async fn until(what: &str, mut done: impl FnMut() -> bool) {
    let waiting = async {
        while !done() {
            tokio::task::yield_now().await;
        }
    };
    in_time(what, waiting).await;
}

/// The future's output; a test that would hang fails instead.
pub async fn in_time<F: IntoFuture>(what: &str, future: F) -> F::Output {
    match tokio::time::timeout(Duration::from_mins(1), future.into_future()).await {
        Ok(output) => output,
        Err(error) => panic!("{what} never came: {error}"),
    }
}

/// Everything a stream holds, as the store has it.
pub async fn recorded(store: &(impl EventStore + ?Sized), stream: &StreamId) -> Vec<RecordedEvent> {
    let mut events = Vec::new();
    let mut query = StreamQuery::default();
    loop {
        let page = store.read_stream(stream, query).await.unwrap();
        query.after = page.events.last().map_or(query.after, |last| last.version);
        events.extend(page.events);
        if !page.more {
            return events;
        }
    }
}
