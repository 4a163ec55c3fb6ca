//! One step of a partition: whole, and only by whoever holds it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use eventide_core::store::{Advance, StoreErrorKind, SubscriptionStore};
use eventide_core::subscription::{DeadLetter, LeaseError, LetterId};
use eventide_core::view::DocumentWrite;
use eventide_core::{EventId, Position};
use eventide_postgres::PostgresStore;
use eventide_rig::Server;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::support::{Database, stream};
use crate::{
    LONG, assert_lost, claim, documents, name, open, places, put, take_over, to, values, writing,
};

/// Waits until that many sessions of the database wait for a lock.
pub(crate) async fn until_waiting(client: &Client, sessions: i64) {
    let query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                 AND wait_event_type = 'Lock'";
    let waiting = async {
        while client.query_one(query, &[]).await.unwrap().get::<_, i64>(0) != sessions {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_mins(1), waiting).await;
    assert!(waited.is_ok(), "no {sessions} sessions came to wait");
}

#[tokio::test]
async fn a_step_moves_forward_only() {
    let store = Database::new().await.open().await;
    open(&store, 1).await;
    let lease = claim(&store, "a").await.unwrap().lease;
    store.advance(&to(&lease, 5)).await.unwrap();
    store.advance(&to(&lease, 3)).await.unwrap();
    store.advance(&to(&lease, 5)).await.unwrap();
    assert_eq!(places(&store).await, [[(0, 5)]]);
    let before = store.subscription(&name()).await.unwrap().unwrap();
    let nothing = Advance::new(lease, None);
    store.advance(&nothing).await.unwrap();
    let after = store.subscription(&name()).await.unwrap().unwrap();
    assert_eq!(after, before, "nothing moved, so not the time either");
}

/// The former holder's step is under way, and waits, when its partition is taken over: whoever of
/// them comes second, it is refused.
#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_waits_while_its_partition_is_taken_over_is_refused() {
    let database = Database::new().await;
    let store = database.open().await;
    open(&store, 1).await;
    store.open_view(&crate::table()).await.unwrap();
    let first = claim(&store, "a").await.unwrap().lease;
    let client = database.connect().await;
    client
        .batch_execute("BEGIN; SELECT FROM eventide.subscription_partitions FOR UPDATE")
        .await
        .unwrap();
    // The take-over stands first in the queue for the row, the step behind it.
    let other = database.open().await;
    let taking = tokio::spawn({
        let store = other.clone();
        async move { take_over(&store, 0, "b").await }
    });
    let watcher = database.connect().await;
    until_waiting(&watcher, 1).await;
    let stale = writing(&first, 9, vec![put("k", "{}", values("fr", None, None))]);
    let step = tokio::spawn({
        let store = store.clone();
        async move { store.advance(&stale).await }
    });
    until_waiting(&watcher, 2).await;
    client.batch_execute("COMMIT").await.unwrap();
    let second = taking.await.unwrap();
    assert_lost(step.await.unwrap(), &first);
    assert_eq!(documents(&store, &["k"]).await, [None]);
    assert_eq!(places(&store).await, [[(0, 0)]]);
    store.advance(&to(&second.lease, 1)).await.unwrap();
}

/// The other way round: a step that was written before the take-over is seen by the new holder.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_takes_over_waits_for_a_step_under_way_and_sees_it() {
    let database = Database::new().await;
    let store = database.open().await;
    open(&store, 1).await;
    store.open_view(&crate::table()).await.unwrap();
    let first = claim(&store, "a").await.unwrap().lease;
    let client = database.connect().await;
    // Holds up the step in its middle, where it has its partition already.
    client
        .batch_execute("BEGIN; LOCK eventide.view_country_sales_v2_g1 IN SHARE MODE")
        .await
        .unwrap();
    let written = writing(&first, 9, vec![put("k", "{}", values("fr", None, None))]);
    let step = tokio::spawn({
        let store = store.clone();
        async move { store.advance(&written).await }
    });
    let watcher = database.connect().await;
    until_waiting(&watcher, 1).await;
    // Who only looks for a free one does not wait.
    assert_eq!(claim(&store, "c").await, None);
    let taking = tokio::spawn({
        let store = store.clone();
        async move { take_over(&store, 0, "b").await }
    });
    let renewing = tokio::spawn({
        let (store, lease) = (store.clone(), first.clone());
        async move { store.renew(&lease, LONG).await }
    });
    until_waiting(&watcher, 3).await;
    client.batch_execute("COMMIT").await.unwrap();
    step.await.unwrap().unwrap();
    let second = taking.await.unwrap();
    assert_eq!(second.checkpoints[0].mark, crate::mark(9));
    if let Ok(checkpoints) = renewing.await.unwrap() {
        assert_eq!(checkpoints[0].mark, crate::mark(9));
    }
    assert_eq!(documents(&store, &["k"]).await, [Some("{}".to_owned())]);
    assert_lost(store.advance(&to(&first, 10)).await, &first);
}

#[tokio::test]
async fn a_step_that_is_dropped_halfway_leaves_nothing() {
    let database = Database::new().await;
    let store = crate::support::options().connections(1);
    let store = store.open(&database.url()).await.unwrap();
    open(&store, 1).await;
    store.open_view(&crate::table()).await.unwrap();
    let lease = claim(&store, "a").await.unwrap().lease;
    let client = database.connect().await;
    client
        .batch_execute("BEGIN; LOCK eventide.view_country_sales_v2_g1 IN SHARE MODE")
        .await
        .unwrap();
    let watcher = database.connect().await;
    let step = writing(&lease, 9, vec![put("k", "{}", values("fr", None, None))]);
    tokio::select! {
        done = store.advance(&step) => panic!("{done:?}"),
        () = until_waiting(&watcher, 1) => {}
    }
    client.batch_execute("COMMIT").await.unwrap();
    // The one connection there was is not left in the middle of a transaction.
    assert_eq!(documents(&store, &["k"]).await, [None]);
    assert_eq!(places(&store).await, [[(0, 0)]]);
    store.advance(&step).await.unwrap();
    assert_eq!(places(&store).await, [[(0, 9)]]);
}

#[tokio::test]
async fn a_step_writes_all_of_it_or_nothing() {
    let store = Database::new().await.open().await;
    open(&store, 1).await;
    store.open_view(&crate::table()).await.unwrap();
    let lease = claim(&store, "a").await.unwrap().lease;
    let row = |key, email| put(key, "{}", values("fr", None, Some(email)));
    let first = writing(&lease, 1, vec![row("a", "a@x"), row("b", "b@x")]);
    store.advance(&first).await.unwrap();
    let mut step = writing(&lease, 2, vec![row("c", "c@x"), row("d", "a@x")]);
    step.routes = vec![(stream("s"), "c".to_owned())];
    let letter = LetterId::new("e", Position::from_raw(2));
    let event = EventId::from_uuid(Uuid::now_v7());
    step.parked = vec![DeadLetter::waiting(letter, event)];
    let (kind, why) = crate::store_error(store.advance(&step).await);
    assert_eq!(kind, StoreErrorKind::Constraint);
    let said = "have \"a@x\" in the unique column `email`, one of them `d`";
    assert!(why.contains(said), "{why}");
    assert!(why.contains("view_country_sales_v2_g1"), "{why}");
    assert_eq!(places(&store).await, [[(0, 1)]]);
    assert_eq!(documents(&store, &["c", "d"]).await, [None, None]);
    assert_eq!(store.routes(&name(), &[stream("s")]).await.unwrap(), [None]);
    assert_eq!(store.parked_keys(&name(), None, 9).await.unwrap(), []);
    // The lease still counts, and the value may go from one document to another, or change places.
    let moved = vec![
        row("d", "a@x"),
        row("b", "c@x"),
        row("c", "b@x"),
        DocumentWrite::delete("a".to_owned(), Position::from_raw(2)),
    ];
    store.advance(&writing(&lease, 2, moved)).await.unwrap();
    let swapped = vec![row("b", "b@x"), row("c", "c@x")];
    store.advance(&writing(&lease, 3, swapped)).await.unwrap();
    let there = documents(&store, &["a", "b", "c", "d"]).await;
    assert_eq!(there.iter().filter(|it| it.is_some()).count(), 3);
}

#[tokio::test]
async fn thousands_of_documents_are_one_step() {
    let store = Database::new().await.open().await;
    open(&store, 1).await;
    store.open_view(&crate::table()).await.unwrap();
    let lease = claim(&store, "a").await.unwrap().lease;
    let big = format!("\"{}\"", "x".repeat(20_000));
    let row = |n: i64| put(&format!("k{n}"), &big, values("fr", Some(n), None));
    // More than one statement's share.
    let many = writing(&lease, 1, (0..3_000).map(row).collect());
    store.advance(&many).await.unwrap();
    store.advance(&many).await.unwrap();
    let there = documents(&store, &["k0", "k1500", "k2999", "k3000"]).await;
    let lengths: Vec<_> = there
        .iter()
        .map(|it| it.as_ref().map(String::len))
        .collect();
    assert_eq!(lengths, [Some(20_002), Some(20_002), Some(20_002), None]);
}

/// A server that is shot in the middle of steps: what was acknowledged is there, and what was not
/// known to be is told by the lease.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_comes_back_is_worked_on_and_told_by_the_lease() {
    let server = Server::options().in_memory().start().await.unwrap();
    let database = server.create_database("store").await.unwrap();
    let options = PostgresStore::options().migrate_on_open(true);
    let store = options.open(&server.url(&database)).await.unwrap();
    open(&store, 1).await;
    let lease = claim(&store, "a").await.unwrap().lease;
    let (at, done) = (AtomicU64::new(0), AtomicBool::new(false));
    let work = async {
        while !done.load(Ordering::Relaxed) {
            let position = at.load(Ordering::Relaxed) + 1;
            match store.advance(&to(&lease, position)).await {
                Ok(()) => {}
                Err(LeaseError::Store(error)) => {
                    assert_eq!(error.kind(), StoreErrorKind::Unknown, "{error:?}");
                    let told = store.renew(&lease, LONG).await.unwrap();
                    let told = told[0].mark.position().as_raw();
                    assert!(
                        told == position || told == position - 1,
                        "{told}, {position}"
                    );
                    if told < position {
                        continue;
                    }
                }
                Err(lost) => panic!("{lost:?}"),
            }
            at.store(position, Ordering::Relaxed);
        }
    };
    let shoot = async {
        for _ in 0..3 {
            let before = at.load(Ordering::Relaxed);
            while at.load(Ordering::Relaxed) < before + 20 {
                tokio::task::yield_now().await;
            }
            server.kill_postmaster().await.unwrap();
            server.restart().await.unwrap();
        }
        done.store(true, Ordering::Relaxed);
    };
    tokio::join!(work, shoot);
    assert_eq!(places(&store).await, [[(0, at.into_inner())]]);
}
