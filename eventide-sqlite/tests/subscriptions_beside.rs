//! Subscriptions beside the log, in its file: what shares a transaction, and what the file survives.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod support;

use std::future::Future;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use eventide_core::store::{AppendError, EventStore, StoreError, StoreErrorKind};
use eventide_core::subscription::{LeaseError, WorkerId};
use eventide_core::view::DocumentQuery;
use eventide_sqlite::SqliteStore;
use rusqlite::Connection;
use support::desk::{
    LONG, at, change, claim, coded, count, desk, failed, find_all, lease, mark, name, new,
    open_desk, put, step,
};
use support::{Folder, append, append_after, stream};

async fn open(folder: &Folder) -> SqliteStore {
    SqliteStore::open(folder.file()).await.unwrap()
}

#[track_caller]
fn store_error<T: std::fmt::Debug>(result: Result<T, LeaseError>) -> StoreError {
    match result {
        Err(LeaseError::Store(error)) => error,
        other => unreachable!("not the store's error: {other:?}"),
    }
}

type Asked<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Asks all of them at the same time, so that they share a transaction; then waits for each.
async fn together<T>(mut asked: Vec<Asked<'_, T>>) -> Vec<T> {
    for one in &mut asked {
        std::future::poll_fn(|context| {
            assert!(one.as_mut().poll(context).is_pending());
            Poll::Ready(())
        })
        .await;
    }
    let mut answers = Vec::new();
    for one in asked {
        answers.push(one.await);
    }
    answers
}

#[tokio::test]
async fn one_that_is_refused_fails_nobody_in_its_transaction() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let own = lease(&store, "a").await;
    let stale = lease(&store, "b").await;
    let thief = WorkerId::from("thief");
    desk(&store)
        .take_over(&name("b"), 0, &thief, LONG)
        .await
        .unwrap();
    desk(&store).open_view(&coded()).await.unwrap();
    // One that has written nothing yet, and so has no reason to split what comes.
    store.close().await.unwrap();
    let store = open(&folder).await;

    let mut clashing = change(&own, &coded(), vec![put("1", "x"), put("2", "x")]);
    clashing.to = Some(mark(9));
    clashing.parked = vec![failed("k", 9)];
    let steps = [clashing, step(&stale, 9), step(&own, 4)];
    let mut asked: Vec<Asked<'_, Result<(), LeaseError>>> = Vec::new();
    for step in &steps {
        asked.push(Box::pin(desk(&store).advance(step)));
    }
    let append = append_after(&stream("s"), 0, 2);
    asked.push(Box::pin(async {
        let appended = store.append(append).await;
        appended.map(|_| ()).map_err(|error| match error {
            AppendError::Store(error) => error.into(),
            other => StoreError::new(StoreErrorKind::Other, other).into(),
        })
    }));
    let mut answers = together(asked).await.into_iter();
    let error = store_error(answers.next().unwrap());
    assert_eq!(error.kind(), StoreErrorKind::Constraint, "{error}");
    let lost = answers.next().unwrap();
    assert!(matches!(lost, Err(LeaseError::Lost { .. })), "{lost:?}");
    answers.next().unwrap().unwrap();
    answers.next().unwrap().unwrap();
    assert_eq!(store.stats().commits, 1);

    assert_eq!(store.head().await.unwrap(), at(2));
    let now = desk(&store)
        .subscription(&name("a"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(now.letters, 0);
    let came = desk(&store).renew(&own, LONG).await.unwrap();
    assert_eq!(came.first().unwrap().mark, mark(4));
    assert_eq!(
        find_all(desk(&store), &coded(), &DocumentQuery::default()).await,
        []
    );
}

#[tokio::test]
async fn an_append_that_does_not_stand_fails_no_step() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let lease = lease(&store, "a").await;
    store.append(append(&stream("s"), 1)).await.unwrap();
    let (stale, step) = (append_after(&stream("s"), 0, 1), step(&lease, 1));
    let asked: Vec<Asked<'_, bool>> = vec![
        Box::pin(async { store.append(stale).await.is_ok() }),
        Box::pin(async { desk(&store).advance(&step).await.is_ok() }),
    ];
    assert_eq!(together(asked).await, [false, true]);
    let came = desk(&store).renew(&lease, LONG).await.unwrap();
    assert_eq!(came.first().unwrap().mark, mark(1));
}

#[tokio::test]
async fn everything_survives_closing() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let lease = lease(&store, "a").await;
    desk(&store).open_view(&coded()).await.unwrap();
    let mut whole = change(&lease, &coded(), vec![put("1", "x")]);
    whole.to = Some(mark(3));
    whole.parked = vec![failed("k", 3)];
    whole.routes = vec![(stream("s"), "k".to_owned())];
    desk(&store).advance(&whole).await.unwrap();
    let status = desk(&store).subscription(&name("a")).await.unwrap();
    store.close().await.unwrap();
    let error = store_error(desk(&store).advance(&whole).await);
    assert_eq!(error.kind(), StoreErrorKind::Closed, "{error}");

    let store = open(&folder).await;
    assert_eq!(desk(&store).subscription(&name("a")).await.unwrap(), status);
    desk(&store).open_view(&coded()).await.unwrap();
    desk(&store).advance(&step(&lease, 5)).await.unwrap();
    let routes = desk(&store)
        .routes(&name("a"), &[stream("s")])
        .await
        .unwrap();
    assert_eq!(routes, [Some("k".to_owned())]);
    let letters = desk(&store)
        .letters(&name("a"), "k", at(0), 9)
        .await
        .unwrap();
    assert_eq!(letters.len(), 1);
    assert_eq!(
        find_all(desk(&store), &coded(), &DocumentQuery::default())
            .await
            .len(),
        1
    );
}

#[tokio::test]
async fn a_store_for_reading_tells_and_changes_nothing() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let lease = lease(&store, "a").await;
    desk(&store).open_view(&coded()).await.unwrap();
    let reader = SqliteStore::open_read_only(folder.file()).await.unwrap();
    let found = desk(&reader).open_subscription(&new("a", 1)).await.unwrap();
    assert_eq!(
        found,
        desk(&store)
            .subscription(&name("a"))
            .await
            .unwrap()
            .unwrap()
    );
    assert_eq!(
        desk(&reader).subscription_names().await.unwrap(),
        [name("a")]
    );
    desk(&reader).open_view(&coded()).await.unwrap();
    assert_eq!(
        find_all(desk(&reader), &coded(), &DocumentQuery::default()).await,
        []
    );

    let worker = WorkerId::from("w");
    let refused = [
        desk(&reader)
            .open_subscription(&new("b", 1))
            .await
            .unwrap_err(),
        desk(&reader)
            .claim(&name("a"), &worker, LONG)
            .await
            .unwrap_err(),
        desk(&reader)
            .divide(&name("a"), count(2))
            .await
            .unwrap_err(),
        desk(&reader).drop_view(&coded()).await.unwrap_err(),
        store_error(desk(&reader).advance(&step(&lease, 1)).await),
        store_error(desk(&reader).renew(&lease, LONG).await),
    ];
    for error in refused {
        assert_eq!(error.kind(), StoreErrorKind::ReadOnly, "{error}");
    }
}

#[tokio::test]
async fn a_file_of_version_3_is_brought_up_to_date() {
    let folder = Folder::new();
    let conn = Connection::open(folder.file()).unwrap();
    for sql in [
        include_str!("../src/schema/0001_init.sql"),
        include_str!("../src/schema/0002_schema_versions.sql"),
        include_str!("../src/schema/0003_log.sql"),
        "PRAGMA application_id = 0x45564E54; PRAGMA user_version = 3",
    ] {
        conn.execute_batch(sql).unwrap();
    }
    let store = open(&folder).await;
    let lease = lease(&store, "a").await;
    desk(&store).advance(&step(&lease, 1)).await.unwrap();
    store.append(append(&stream("s"), 1)).await.unwrap();
    let version: i64 = conn
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .unwrap();
    assert_eq!(version, 4);
}

#[tokio::test]
async fn what_no_subscription_is_called_is_an_error_that_names_it() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let lease = lease(&store, "gone").await;
    desk(&store)
        .forget_subscription(&name("gone"))
        .await
        .unwrap();
    let (gone, worker) = (name("gone"), WorkerId::from("w"));
    let errors = [
        desk(&store).claim(&gone, &worker, LONG).await.unwrap_err(),
        desk(&store)
            .take_over(&gone, 0, &worker, LONG)
            .await
            .unwrap_err(),
        desk(&store).divide(&gone, count(2)).await.unwrap_err(),
        desk(&store).set_fingerprint(&gone, 1).await.unwrap_err(),
        desk(&store).parked_among(&gone, &[]).await.unwrap_err(),
        desk(&store).parked_keys(&gone, None, 1).await.unwrap_err(),
        desk(&store)
            .letters(&gone, "k", at(0), 1)
            .await
            .unwrap_err(),
        desk(&store).routes(&gone, &[]).await.unwrap_err(),
    ];
    for error in errors {
        assert!(error.to_string().contains("`gone`"), "{error}");
    }
    desk(&store).release(&lease).await.unwrap();
    let lost = [
        desk(&store).renew(&lease, LONG).await.map(|_| ()),
        desk(&store).advance(&step(&lease, 1)).await,
    ];
    for lost in lost {
        assert!(matches!(lost, Err(LeaseError::Lost { .. })), "{lost:?}");
    }
}

#[tokio::test]
async fn damage_is_told() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let lease = lease(&store, "a").await;
    let conn = Connection::open(folder.file()).unwrap();
    conn.execute_batch("UPDATE checkpoints SET last_slice = 4000")
        .unwrap();
    let error = desk(&store).subscription(&name("a")).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{error}");
    let error = store_error(desk(&store).renew(&lease, LONG).await);
    assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{error}");
}

#[tokio::test]
async fn an_append_wakes_who_waits_for_it() {
    let folder = Folder::new();
    let (store, other) = (open(&folder).await, open(&folder).await);
    let head = store.head().await.unwrap();
    // No hint is a promise, so a reader looks whenever it was woken, for as long as it takes.
    let read = async |store: &SqliteStore, from| {
        while store.head().await.unwrap() == from {
            store.wait_for_append(from, Duration::from_secs(1)).await;
        }
        store.head().await.unwrap()
    };
    let (own, append_one) = tokio::join!(read(&store, head), store.append(append(&stream("s"), 1)));
    append_one.unwrap();
    assert_eq!(own, at(1));
    let (others, append_one) =
        tokio::join!(read(&other, own), store.append(append(&stream("s"), 1)));
    append_one.unwrap();
    assert_eq!(others, at(2));
    // What is there already is not waited for.
    store.wait_for_append(at(0), Duration::MAX).await;
    open_desk(&store, "a", 1).await;
    assert!(claim(&store, "a", "w").await.is_some());
}
