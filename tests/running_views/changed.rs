//! Folds that changed, and logs that are not the ones that were read.

use eventide::read_model::ReadModelError;
use eventide::store::{LogMark, NewSubscription};
use eventide::subscription::SubscriptionName;
use eventide::{LogId, Position};
use uuid::Uuid;

use crate::support::{all, app, expected, options, run, sell, stores};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn folds_that_changed_under_one_version_are_told() {
    let subscription = SubscriptionName::new("countries.v3.g1").unwrap();
    for (name, place) in stores().await {
        let app = app(&place);
        run(&app, options()).await.stop().await.unwrap();
        let kept = place.store.subscriptions().unwrap();
        kept.set_fingerprint(&subscription, 1).await.unwrap();
        let refused = app.run_views(options()).await.unwrap_err();
        assert!(
            matches!(
                refused,
                ReadModelError::CodeChanged {
                    read_model: "countries",
                    version: 3,
                    ..
                }
            ),
            "{name}: {refused}"
        );
        sell(&app, 0..2, 2).await;
        let mut views = run(&app, options().accept_changed_code()).await;
        views.caught_up().await.unwrap();
        assert_eq!(all(&app).await, expected(&*place.store).await, "{name}");
        views.stop().await.unwrap();
        run(&app, options()).await.stop().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_log_is_noticed() {
    for (name, place) in stores().await {
        let app = app(&place);
        sell(&app, 0..1, 1).await;
        let elsewhere = LogMark::new(LogId::from_uuid(Uuid::nil()), Position::from_raw(1), None);
        let subscription = SubscriptionName::new("order-totals.v1.g1").unwrap();
        let kept = place.store.subscriptions().unwrap();
        let mut new = NewSubscription::new(subscription.clone(), elsewhere);
        // As a run of the program would have left it.
        let template = place.store.subscriptions().unwrap();
        run(&app, options()).await.stop().await.unwrap();
        let status = template.subscription(&subscription).await.unwrap().unwrap();
        new.fingerprint = status.fingerprint;
        kept.forget_subscription(&subscription).await.unwrap();
        kept.open_subscription(&new).await.unwrap();
        let mut views = run(&app, options()).await;
        let failed = views.failed().await.unwrap_err();
        assert!(
            matches!(failed, ReadModelError::Log { .. }),
            "{name}: {failed}"
        );
    }
}
