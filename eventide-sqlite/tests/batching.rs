//! What many callers ask at the same time shares a transaction, and nothing else.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may fail by panicking"
)]

mod support;

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use eventide_core::Version;
use eventide_core::snapshot::{Fingerprint, Snapshot};
use eventide_core::store::{
    AppendError, Appended, EventStore, SnapshotStore, StoreErrorKind, StreamQuery,
};
use eventide_sqlite::SqliteStore;
use support::{Folder, append, append_after, append_of, event, stream};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

async fn open(folder: &Folder) -> SqliteStore {
    SqliteStore::open(folder.file()).await.unwrap()
}

fn runtime() -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap()
}

/// Runs all of `appends` so that they are asked at the same time; the answers in order.
async fn together(
    appends: impl IntoIterator<Item = impl Future<Output = Result<Appended, AppendError>>>,
) -> Vec<Result<Appended, AppendError>> {
    let mut waiting: Vec<_> = appends.into_iter().map(Box::pin).collect();
    let mut answers = Vec::new();
    // Poll each once, which puts it into the queue; then wait for one after the other.
    for append in &mut waiting {
        std::future::poll_fn(|context| {
            assert!(append.as_mut().poll(context).is_pending());
            Poll::Ready(())
        })
        .await;
    }
    for append in waiting {
        answers.push(append.await);
    }
    answers
}

#[tokio::test]
async fn appends_at_the_same_time_share_a_commit() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let streams: Vec<_> = (0..100).map(|n| stream(&n.to_string())).collect();
    let appends = streams
        .iter()
        .map(|id| store.append(append_after(id, 0, 2)));
    for answer in together(appends).await {
        answer.unwrap();
    }
    let stats = store.stats();
    assert_eq!((stats.appends, stats.events), (100, 200));
    assert_eq!(stats.commits, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_clients_share_commits() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let mut clients = JoinSet::new();
    for client in 0..64 {
        let store = store.clone();
        clients.spawn(async move {
            let own = stream(&client.to_string());
            for version in 0..20 {
                store.append(append_after(&own, version, 1)).await.unwrap();
            }
        });
    }
    clients.join_all().await;
    let stats = store.stats();
    assert_eq!(stats.appends, 64 * 20);
    assert!(stats.commits < stats.appends / 4, "{stats:?}");
}

#[tokio::test]
async fn a_batch_has_a_limit() {
    let folder = Folder::new();
    let options = SqliteStore::options().max_batch(10).queue(20);
    let store = options.open(folder.file()).await.unwrap();
    let order = stream("a");
    let answers = together((0..95).map(|_| store.append(append(&order, 1)))).await;
    assert!(answers.iter().all(Result::is_ok));
    assert!(store.stats().commits >= 10, "{:?}", store.stats());
    assert_eq!(store.stream_version(&order).await.unwrap().get(), 95);
}

#[tokio::test]
async fn a_conflict_fails_alone() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let (a, b) = (stream("a"), stream("b"));
    let again = append(&a, 1);
    let requests = [
        append_after(&a, 0, 1),
        append_after(&a, 0, 1),
        again.clone(),
        again,
        append_after(&b, 0, 1),
    ];
    let answers = together(requests.map(|request| store.append(request))).await;
    match answers.as_slice() {
        [
            Ok(_),
            Err(AppendError::Conflict { actual, .. }),
            Ok(_),
            Err(AppendError::AlreadyHandled(handled)),
            Ok(_),
        ] => {
            assert_eq!(actual.get(), 1);
            assert_eq!(handled.first().unwrap().after.get(), 1);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(store.stats().commits, 1);
}

#[tokio::test]
async fn a_repeated_event_id_fails_alone() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let (a, b) = (stream("a"), stream("b"));
    let twin = event("OrderPlaced");
    let requests = [
        append_after(&a, 0, 2),
        append_of(&b, vec![event("OrderPlaced"), twin.clone(), twin]),
        append_after(&a, 2, 2),
    ];
    let answers = together(requests.map(|request| store.append(request))).await;
    match answers.as_slice() {
        [Ok(_), Err(AppendError::Store(error)), Ok(last)] => {
            assert_eq!(error.kind(), StoreErrorKind::Constraint);
            assert_eq!(last.streams.first().unwrap().version.get(), 4);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(store.stream_version(&b).await.unwrap(), Version::ZERO);
    assert_eq!(store.head().await.unwrap().as_raw(), 4);
}

#[tokio::test]
async fn an_append_whose_caller_went_away_is_whole() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let order = stream("a");
    for _ in 0..20 {
        let mut append = Box::pin(store.append(append(&order, 3)));
        let mut context = Context::from_waker(Waker::noop());
        assert!(append.as_mut().poll(&mut context).is_pending());
        drop(append);
        // Untouched futures ask for nothing.
        drop(store.append(support::append(&order, 1)));
    }
    store.close().await.unwrap();
    let store = open(&folder).await;
    assert_eq!(store.stream_version(&order).await.unwrap().get(), 60);
}

#[test]
fn a_runtime_that_ends_takes_nothing_with_it() {
    let folder = Folder::new();
    let lasting = runtime();
    let store = lasting.block_on(open(&folder));
    let mut expected = 0;
    for round in 0..30 {
        // Callers on one runtime wait for a gatherer that may run on the other, which ends.
        let ending = runtime();
        let lost = stream(&format!("lost {round}"));
        for _ in 0..8 {
            let (store, lost) = (store.clone(), lost.clone());
            ending.spawn(async move {
                loop {
                    store.append(append(&lost, 2)).await.unwrap();
                }
            });
        }
        let (started, wait) = mpsc::channel();
        let (own, kept) = (store.clone(), stream("kept"));
        let keeping = lasting.spawn(async move {
            for n in 0..20 {
                own.append(append(&kept, 1)).await.unwrap();
                if n == 3 {
                    started.send(()).unwrap();
                }
            }
        });
        wait.recv().unwrap();
        ending.shutdown_background();
        lasting.block_on(keeping).unwrap();
        expected += 20;
        let version = |id| lasting.block_on(store.stream_version(id)).unwrap().get();
        assert_eq!(version(&stream("kept")), expected);
    }
    lasting.block_on(store.close()).unwrap();
}

#[test]
fn an_append_needs_no_runtime() {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let folder = Folder::new();
    let store = runtime().block_on(open(&folder));
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut append = pin!(store.append(append(&stream("a"), 1)));
    let appended = loop {
        match append.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(answer) => break answer.unwrap(),
            Poll::Pending => thread::park(),
        }
    };
    assert_eq!(appended.streams.first().unwrap().version.get(), 1);
}

#[tokio::test]
async fn snapshots_share_the_commit() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let order = stream("a");
    let snapshot = Snapshot::new(
        order.clone(),
        Version::new(1),
        "2010-12-01T08:26:00Z".parse().unwrap(),
        Fingerprint::from_u64(u64::MAX),
        b"{}".to_vec(),
    );
    let (appended, saved) = tokio::join!(
        store.append(append(&order, 1)),
        store.save_snapshot(snapshot.clone())
    );
    appended.unwrap();
    saved.unwrap();
    assert_eq!(store.stats().commits, 1);
    assert_eq!(store.load_snapshot(&order).await.unwrap(), Some(snapshot));
    let page = store.read_stream(&order, StreamQuery::default()).await;
    assert_eq!(page.unwrap().events.len(), 1);
}
