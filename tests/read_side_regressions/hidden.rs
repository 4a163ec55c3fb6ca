//! 6.7: a failure that the operator is not told of.

use std::time::Duration;

use eventide::prelude::*;
use eventide::read_model::{ReadModelError, Waited};
use eventide::store::{PageSize, StoreErrorKind};

use crate::domain::{
    Add, Amounts, Sum, Sums, Told, UNLUCKY, add, amounts, catch_up, pages_of, stores, sum,
};
use crate::troubled::{Fate, Troubled};

/// What had ended by its first error was still said to run, or had ended well.
#[tokio::test]
async fn who_has_stopped_is_not_said_to_run_6_7() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(&folder).await {
        let app = App::<Sums>::new(store);
        add(&app, [1, UNLUCKY, 2]).await;
        let told = Told::default();
        let projector = app.outside(told.clone());
        let stopped = |error: &ReadModelError| {
            let ReadModelError::Stopped { position, .. } = error else {
                panic!("{error:?}")
            };
            assert_eq!(position.as_raw(), 2);
            assert!(
                error
                    .to_string()
                    .contains("`told` stopped before event `Added`")
            );
        };
        let run = || projector.run(pages_of(1).attempts(1));
        stopped(&run().await.unwrap().failed().await.unwrap_err());
        stopped(&run().await.unwrap().caught_up().await.unwrap_err());
        // It ends before it is told to, and says so when it is.
        let before = told.asked();
        let running = run().await.unwrap();
        let ends = async {
            while told.asked() == before {
                tokio::task::yield_now().await;
            }
        };
        let ended = tokio::time::timeout(Duration::from_mins(1), ends).await;
        ended.unwrap();
        stopped(&running.stop().await.unwrap_err());
        assert_eq!(told.keys().len(), 1);
    }
}

/// What could not be handled was acknowledged all the same, with a line in a log.
#[tokio::test]
async fn what_cannot_be_handled_is_not_acknowledged_6_7() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(&folder).await {
        let app = App::<Sums>::new(store.clone());
        add(&app, [1]).await;
        let receipt = app.execute(Add(sum(), UNLUCKY)).await.unwrap();
        add(&app, [2]).await;
        catch_up(&app).await;
        let at_most = Duration::from_mins(1);
        let waited = app.wait_for::<Amounts, _>(&receipt, at_most).await.unwrap();
        assert_eq!(waited, Waited::Parked);
        assert_eq!(amounts(&app).await, Some(vec![1]));
        // Whoever comes later finds it, and why.
        let app = App::<Sums>::new(store);
        catch_up(&app).await;
        let keys = app.parked::<Amounts>().keys(None, 10).await.unwrap();
        assert_eq!((keys.len(), &*keys[0].key, keys[0].letters), (1, "s", 2));
        let why = keys[0].first.error.as_deref().unwrap();
        assert!(why.contains("bad luck"), "{why}");
    }
}

/// An error of the database ended a stream like its end: the aggregate was that of a part of its
/// events, and decided by it.
#[tokio::test]
async fn an_error_of_the_database_is_not_the_end_of_a_stream_6_7() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(&folder).await {
        let store = Troubled::around(store);
        let app = App::<Sums>::builder(store.clone());
        let app = app.page_size(PageSize::new(2)).cached_aggregates(0).build();
        add(&app, [1; 5]).await;
        let corrupt = || [Fate::Succeeds, Fate::Fails(StoreErrorKind::Corrupt)];
        store.streams(corrupt());
        let error = app.load::<Sum>(&sum()).await.unwrap_err();
        let LoadError::Store(error) = error else {
            panic!("{error:?}")
        };
        assert_eq!(error.kind(), StoreErrorKind::Corrupt);
        store.streams(corrupt());
        let error = app.execute(Add(sum(), 1)).await.unwrap_err();
        assert!(
            matches!(error, ExecuteError::Load(LoadError::Store(_))),
            "{error:?}"
        );
        assert_eq!(app.load::<Sum>(&sum()).await.unwrap().total, 5);
        assert_eq!(store.to_come(), 0);
    }
}

/// The same for whoever reads the log: it is not at its end.
#[tokio::test]
async fn an_error_of_the_database_is_not_the_end_of_the_log_6_7() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(&folder).await {
        let store = Troubled::around(store);
        let app = App::<Sums>::new(store.clone());
        add(&app, [1; 5]).await;
        store.pages([Fate::Succeeds, Fate::Fails(StoreErrorKind::Corrupt)]);
        let mut views = app.run_views(pages_of(1)).await.unwrap();
        let error = views.caught_up().await.unwrap_err();
        assert!(matches!(error, ReadModelError::Store(_)), "{error:?}");
    }
}
