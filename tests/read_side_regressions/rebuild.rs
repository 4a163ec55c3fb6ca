//! 6.2: rebuilding that destroys, or has no bounds.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use eventide::prelude::*;
use eventide::read_model::ReadModelError;
use eventide::store::{PageSize, StoreErrorKind};

use crate::domain::{Amounts, Sum, Sums, Told, add, amounts, catch_up, pages_of, stores, sum};
use crate::troubled::{Fate, Troubled};

/// The document was deleted before every event, and all events were published once for each: of 40 were
/// left 10, and others were told 16 times.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_takes_each_event_once_and_tells_nobody_else_6_2() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(&folder).await {
        let app = App::<Sums>::new(store);
        let told = Told::default();
        add(&app, [10; 4]).await;
        let mut views = app.run_views(pages_of(1)).await.unwrap();
        let mut telling = app.outside(told.clone()).run(pages_of(1)).await.unwrap();
        views.caught_up().await.unwrap();
        telling.caught_up().await.unwrap();

        // Who reads meanwhile sees all of it.
        let done = Arc::new(AtomicBool::new(false));
        let (reader, until) = (app.clone(), Arc::clone(&done));
        let reader = tokio::spawn(async move {
            let mut seen = Vec::new();
            while !until.load(Ordering::SeqCst) || seen.is_empty() {
                seen.push(amounts(&reader).await);
            }
            seen
        });
        for generation in 2..5 {
            let rebuilt = app.rebuild::<Amounts>().options(pages_of(1));
            assert_eq!(rebuilt.run().await.unwrap().generation, generation);
            assert_eq!(amounts(&app).await, Some(vec![10; 4]));
        }
        done.store(true, Ordering::SeqCst);
        let seen = reader.await.unwrap();
        assert!(seen.iter().all(|it| *it == Some(vec![10; 4])), "{seen:?}");
        assert_eq!(told.keys().len(), 4);
        views.stop().await.unwrap();
        telling.stop().await.unwrap();
    }
}

/// The whole log, or a whole stream, was read into memory.
#[tokio::test]
async fn nothing_is_read_whole_6_2() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(&folder).await {
        let store = Troubled::around(store);
        let app = App::<Sums>::builder(store.clone());
        let app = app.page_size(PageSize::new(3)).cached_aggregates(0).build();
        add(&app, [1; 50]).await;
        catch_up(&app).await;
        let rebuild = app.rebuild::<Amounts>();
        rebuild.options(pages_of(3)).run().await.unwrap();
        let mut telling = app.outside(Told::default()).run(pages_of(3)).await.unwrap();
        telling.caught_up().await.unwrap();
        telling.stop().await.unwrap();
        assert_eq!(app.load::<Sum>(&sum()).await.unwrap().total, 50);
        assert_eq!(store.largest(), 3);
        assert_eq!(amounts(&app).await, Some(vec![1; 50]));
    }
}

/// An error while the log was read ended it like its end: the document was left half built, and
/// nobody was told.
#[tokio::test]
async fn a_rebuild_that_cannot_read_on_says_so_and_the_old_one_serves_6_2() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(&folder).await {
        let store = Troubled::around(store);
        let app = App::<Sums>::new(store.clone());
        add(&app, [10; 4]).await;
        catch_up(&app).await;
        let rebuild = || app.rebuild::<Amounts>().options(pages_of(1));
        let corrupt = Fate::Fails(StoreErrorKind::Corrupt);
        store.pages([Fate::Succeeds, Fate::Succeeds, corrupt]);
        let error = rebuild().run().await.unwrap_err();
        let ReadModelError::Store(error) = error else {
            panic!("{error:?}")
        };
        assert_eq!(error.kind(), StoreErrorKind::Corrupt);
        assert_eq!(amounts(&app).await, Some(vec![10; 4]));
        // What passes by itself is waited for.
        store.pages([Fate::Fails(StoreErrorKind::Unavailable); 2]);
        assert_eq!(rebuild().run().await.unwrap().generation, 2);
        assert_eq!(amounts(&app).await, Some(vec![10; 4]));
        assert_eq!(store.to_come(), 0);
    }
}

/// What was built anew replaced what had gone on meanwhile, and readers saw less than before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_that_was_stopped_for_long_does_not_let_the_view_go_back_6_2() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(&folder).await {
        let store = Troubled::around(store);
        let app = App::<Sums>::new(store.clone());
        add(&app, [10; 4]).await;
        catch_up(&app).await;
        let stop = store.stop_before_serving();
        let lease = Duration::from_millis(20);
        let rebuild = app.rebuild::<Amounts>().options(pages_of(1).lease(lease));
        let rebuilding = tokio::spawn(rebuild.run());
        stop.reached.notified().await;
        // Its leases run out, and others go on.
        add(&app, [20]).await;
        catch_up(&app).await;
        let now = Some(vec![10, 10, 10, 10, 20]);
        assert_eq!(amounts(&app).await, now);
        stop.over.notify_one();
        assert_eq!(rebuilding.await.unwrap().unwrap().generation, 2);
        assert_eq!(amounts(&app).await, now);
    }
}
