//! 6.5: what was published is lost, or doubled.

use std::collections::BTreeSet;

use eventide::prelude::*;
use eventide::store::StoreErrorKind;

use crate::domain::{Add, Sum, Sums, Told, UNLUCKY, add, amounts, catch_up, pages_of, stores, sum};
use crate::troubled::{Fate, Troubled};

/// Views and others were told after the commit, in the same process: a crash in between, or nobody
/// there to listen, lost it for ever.
#[tokio::test]
async fn what_nobody_listened_to_is_caught_up_6_5() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(&folder).await {
        let app = App::<Sums>::new(store.clone());
        add(&app, [10; 4]).await;
        // The process that appended has gone, and told nobody.
        drop(app);
        let app = App::<Sums>::new(store);
        let told = Told::default();
        let mut telling = app.outside(told.clone()).run(pages_of(3)).await.unwrap();
        telling.caught_up().await.unwrap();
        telling.stop().await.unwrap();
        catch_up(&app).await;
        assert_eq!(amounts(&app).await, Some(vec![10; 4]));
        let keys: BTreeSet<_> = told.keys().into_iter().collect();
        assert_eq!((told.keys().len(), keys.len()), (4, 4));
    }
}

/// A receiver that fell behind was left out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_lags_behind_is_told_everything_6_5() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(&folder).await {
        let app = App::<Sums>::new(store);
        let told = Told::default();
        let mut telling = app.outside(told.clone()).run(pages_of(1)).await.unwrap();
        // One batch after the other, and each far more than a page.
        for _ in 0..5 {
            let adds = (0..100).filter(|&amount| amount != UNLUCKY);
            let adds = adds.map(|amount| Add(sum(), amount).into());
            app.execute_all::<Sum>(adds).await.unwrap();
        }
        telling.caught_up().await.unwrap();
        telling.stop().await.unwrap();
        let keys: BTreeSet<_> = told.keys().into_iter().collect();
        assert_eq!((told.keys().len(), keys.len()), (495, 495));
    }
}

/// The view's error after the commit was swallowed, and nothing ever made up for it.
#[tokio::test]
async fn a_view_that_could_not_be_written_is_written_later_6_5() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(&folder).await {
        let store = Troubled::around(store);
        let app = App::<Sums>::new(store.clone());
        let away = Fate::Fails(StoreErrorKind::Unavailable);
        store.steps([away, away, Fate::Succeeds, away]);
        let mut views = app.run_views(pages_of(1)).await.unwrap();
        // The command knows nothing of it.
        add(&app, [10; 4]).await;
        views.caught_up().await.unwrap();
        assert_eq!(amounts(&app).await, Some(vec![10; 4]));
        assert_eq!(store.to_come(), 0);
        views.stop().await.unwrap();
    }
}
