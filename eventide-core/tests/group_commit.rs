//! Whoever asks gets the answer to what it asked, however batches are put together and delivered.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use eventide_core::store::group_commit::{BatchWriter, GroupCommit, Limits, Writing, Written};
use tokio::runtime::Handle;
use tokio::task::{JoinSet, yield_now};
use tokio::time::timeout;

/// Doubles numbers.
#[derive(Default)]
struct Doubling {
    batches: AtomicUsize,
    under_way: Arc<AtomicUsize>,
    /// How many were under way at most, and how large a batch was.
    most: Arc<AtomicUsize>,
    largest: AtomicUsize,
    commit: Option<Duration>,
}

impl BatchWriter for Doubling {
    type Work = u64;
    type Answer = u64;

    fn begin(&self, batch: Written<Self>) -> Writing<Self> {
        self.batches.fetch_add(1, Ordering::Relaxed);
        self.largest.fetch_max(batch.len(), Ordering::Relaxed);
        let (under_way, most, commit) = (self.under_way.clone(), self.most.clone(), self.commit);
        Box::pin(async move {
            most.fetch_max(
                under_way.fetch_add(1, Ordering::Relaxed) + 1,
                Ordering::Relaxed,
            );
            for _ in 0..5 {
                yield_now().await;
            }
            under_way.fetch_sub(1, Ordering::Relaxed);
            let answers = batch.work().iter().map(|number| number * 2).collect();
            Some(batch.answer(answers, commit))
        })
    }

    fn finish(&self, writing: Writing<Self>) {
        Handle::current().spawn(writing);
    }

    fn has_own_thread(&self) -> bool {
        false
    }
}

/// So many callers, each of whom asks one thing after another.
async fn asked(writer: Doubling, callers: u64, turns: u64) -> Arc<GroupCommit<Doubling>> {
    let queue = Arc::new(GroupCommit::new(writer, Limits::new(4096, 1024)));
    asked_of(&queue, callers, turns).await;
    queue
}

async fn asked_of(queue: &Arc<GroupCommit<Doubling>>, callers: u64, turns: u64) {
    let mut tasks = JoinSet::new();
    for caller in 0..callers {
        let queue = queue.clone();
        tasks.spawn(async move {
            for turn in 0..turns {
                let number = caller * turns + turn;
                assert_eq!(queue.submit(number).await.unwrap(), number * 2);
            }
        });
    }
    tasks.join_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_gets_its_own_answer() {
    for callers in [1, 2, 31, 32, 33, 64, 65, 500] {
        asked(Doubling::default(), callers, 50).await;
    }
}

#[tokio::test]
async fn all_share_a_batch_if_a_commit_is_dear_or_nobody_knows() {
    for commit in [None, Some(Duration::from_secs(1))] {
        let writer = Doubling {
            commit,
            ..Doubling::default()
        };
        let queue = asked(writer, 500, 50).await;
        let writer = queue.writer();
        assert_eq!(writer.batches.load(Ordering::Relaxed), 50);
        assert_eq!(writer.largest.load(Ordering::Relaxed), 500);
        assert_eq!(writer.most.load(Ordering::Relaxed), 1);
    }
}

#[tokio::test]
async fn one_half_is_gathered_while_the_other_is_written_if_commits_are_cheap() {
    let writer = Doubling {
        commit: Some(Duration::ZERO),
        ..Doubling::default()
    };
    let queue = asked(writer, 500, 50).await;
    let writer = queue.writer();
    assert!(writer.batches.load(Ordering::Relaxed) > 80);
    assert_eq!(writer.most.load(Ordering::Relaxed), 2);
}

/// Polls it once.
async fn is_pending(mut future: Pin<&mut impl Future>) -> bool {
    poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_pending())).await
}

/// Polled once, and never again while others ask; nor is it dropped.
#[tokio::test]
async fn nobody_depends_on_a_caller_who_looks_away() {
    let queue = asked(Doubling::default(), 1, 5).await;
    let mut first = pin!(queue.submit(1));
    assert!(is_pending(first.as_mut()).await);
    let second = timeout(Duration::from_secs(10), queue.submit(2)).await;
    assert_eq!(second.expect("it waits for the first"), Ok(4));
    assert_eq!(first.await, Ok(2));

    asked_of(&queue, 1, 5).await;
    let mut last = pin!(queue.submit(3));
    assert!(is_pending(last.as_mut()).await);
    let closed = timeout(Duration::from_secs(10), queue.close(4)).await;
    assert_eq!(closed.expect("it waits for the last"), Ok(8));
    assert_eq!(last.await, Ok(6));
}
