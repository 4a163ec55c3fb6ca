//! Callers that go away, and what they leave behind.

use std::future::poll_fn;
use std::task::Poll;

use eventide_core::Version;
use eventide_core::store::{AppendError, EventStore};
use eventide_history::{Client, End, Follower, History, check};

use crate::support::{Database, append, stream};

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

/// What is published after the commit by whoever appended is lost when that one goes away. Here
/// nothing is left to do after the commit: a caller may drop its future at any moment, and the
/// event is there for all readers, or for none. (cqrs-es, esrs, nanlong.)
#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_goes_away_at_any_moment_leaves_nothing_unseen_and_loses_nothing() {
    let database = Database::new().await;
    let store = database.open().await;
    let (history, mut number) = (History::new(), 0);
    let mut follower = Follower::new(store.clone(), &history, 1);
    for round in 0..60 {
        let mut polls = 0;
        loop {
            number += 1;
            let client = Client::new(store.clone(), &history, number);
            let request = append(&stream(&format!("{}", round % 3)), 1 + polls % 2);
            let append = client.append(request.clone());
            let answered = dropped_after(append, polls, round % 2 == 0).await;
            follower.poll().await.unwrap();
            if let Some(answered) = answered {
                answered.unwrap();
                break;
            }
            if polls > 0 && round % 4 == 0 {
                // It is told what became of it: stored by one of the two, once.
                match client.append(request).await {
                    Ok(_) | Err(AppendError::AlreadyHandled(_)) => {}
                    Err(other) => panic!("{other:?}"),
                }
            }
            polls += 1;
        }
        assert!(polls > 0, "it was never dropped");
    }
    // All that was handed over is written before this one is.
    store.append(append(&stream("last"), 0)).await.unwrap();
    while follower.poll().await.unwrap() {}
    let entries = history.entries().unwrap();
    let report = check(&entries, &End::read(&store, &entries).await.unwrap());
    assert!(report.is_clean(), "{report}");
    assert!(report.tally.unknown >= 20, "{report}");
}

/// The same of transactions: whatever moment their caller goes away at, the events are there
/// exactly if its own rows are, and nobody is held up.
#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_is_dropped_at_any_moment_is_whole_or_not_at_all() {
    let database = Database::new().await;
    let store = database.open().await;
    let client = database.connect().await;
    let table = "CREATE TABLE parcels (id int PRIMARY KEY)";
    client.batch_execute(table).await.unwrap();
    let parcels = async || -> i64 {
        let counted = client.query_one("SELECT count(*) FROM parcels", &[]).await;
        counted.unwrap().get(0)
    };
    let (mut number, mut dropped, mut committed) = (0, 0, 0);
    for at_once in [true, false] {
        for commits in [false, true] {
            for polls in 0.. {
                number += 1;
                let order = stream(&format!("{number}"));
                let mut connection = store.connection().await.unwrap();
                let transaction = connection.transaction().await.unwrap();
                let row = "INSERT INTO parcels VALUES ($1)";
                transaction.execute(row, &[&number]).await.unwrap();
                let append = store.append_in(&transaction, append(&order, 2));
                let done = if commits {
                    let pending = append.await.unwrap();
                    let commit = store.commit(transaction, std::slice::from_ref(&pending));
                    dropped_after(commit, polls, at_once)
                        .await
                        .map(Result::unwrap)
                } else {
                    let pending = dropped_after(append, polls, at_once).await;
                    drop(transaction);
                    pending.map(|pending| drop(pending.unwrap()))
                };
                drop(connection);
                // It has ended once somebody else has had the lock.
                let before = parcels().await;
                store
                    .append(crate::support::append(&stream("other"), 1))
                    .await
                    .unwrap();
                let row = "SELECT count(*) FROM parcels WHERE id = $1";
                let row: i64 = client.query_one(row, &[&number]).await.unwrap().get(0);
                let version = store.stream_version(&order).await.unwrap();
                assert_eq!(
                    version,
                    Version::new(2 * row.unsigned_abs()),
                    "{polls} polls"
                );
                assert!(row == 0 || commits);
                assert!(before <= parcels().await);
                committed += row;
                if done.is_some() {
                    assert_eq!(row == 1, commits);
                    break;
                }
                dropped += 1;
            }
        }
    }
    assert!(
        dropped > 4 && committed >= 2,
        "{dropped} dropped, {committed} committed"
    );
}
