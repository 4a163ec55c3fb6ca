//! 6.6: a checkpoint that is not atomic with what it is of.

use eventide::prelude::*;
use eventide::read_model::ReadModelError;
use eventide::store::{PageSize, StoreErrorKind};

use crate::domain::{Sums, add, amounts, catch_up, pages_of, stores};
use crate::troubled::{Fate, Troubled};

/// The document was written in one transaction and the checkpoint in another, or once in a while: an error
/// or a crash in between had events folded twice, or not at all.
#[tokio::test]
async fn a_step_counts_once_whatever_becomes_of_its_answer_6_6() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(&folder).await {
        let store = Troubled::around(store);
        let app = App::<Sums>::new(store.clone());
        let away = Fate::Fails(StoreErrorKind::Unavailable);
        let unknown = Fate::Fails(StoreErrorKind::Unknown);
        let fates = [
            Fate::IsLost,
            away,
            Fate::IsLost,
            unknown,
            unknown,
            Fate::Succeeds,
        ];
        store.steps(fates.into_iter().cycle().take(20));
        add(&app, 100..140).await;
        let mut views = app.run_views(pages_of(2)).await.unwrap();
        views.caught_up().await.unwrap();
        assert_eq!(amounts(&app).await, Some((100..140).collect()));
        views.stop().await.unwrap();
        assert_eq!(store.to_come(), 0);
    }
}

/// As if the process were killed at the moment of the step, before and after it was written.
#[tokio::test]
async fn a_step_leaves_document_and_checkpoint_or_neither_6_6() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(&folder).await {
        let store = Troubled::around(store);
        let app = App::<Sums>::new(store.clone());
        add(&app, 100..105).await;
        store.steps([Fate::Succeeds, Fate::Fails(StoreErrorKind::Corrupt)]);
        let mut views = app.run_views(pages_of(2)).await.unwrap();
        let error = views.failed().await.unwrap_err();
        assert!(matches!(error, ReadModelError::Store(_)), "{error:?}");
        let status = &views.status().await.unwrap()[0];
        assert_eq!(status.came_to.as_raw(), 2);
        assert_eq!(amounts(&app).await, Some(vec![100, 101]));
        drop(views);
        catch_up(&app).await;
        assert_eq!(amounts(&app).await, Some((100..105).collect()));
    }
}

/// An error while a batch was read lost the progress of what had been handled before it, which was
/// delivered again.
#[tokio::test]
async fn a_failed_read_loses_no_progress_6_6() {
    let folder = tempfile::tempdir().unwrap();
    for store in stores(&folder).await {
        let store = Troubled::around(store);
        let app = App::<Sums>::new(store.clone());
        add(&app, 100..110).await;
        let away = Fate::Fails(StoreErrorKind::Unavailable);
        store.pages([Fate::Succeeds, away, Fate::Succeeds, away, away]);
        let page = pages_of(1).page(PageSize::new(2));
        let mut views = app.run_views(page).await.unwrap();
        views.caught_up().await.unwrap();
        views.stop().await.unwrap();
        assert_eq!(amounts(&app).await, Some((100..110).collect()));
        // Each page was written once.
        assert_eq!((store.written(), store.to_come()), (5, 0));
    }
}
