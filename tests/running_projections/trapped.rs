//! Mistakes of handlers that would cost data if nobody told.

use std::time::Duration;

use eventide::prelude::*;

use crate::domain::{Appends, Shop};
use crate::support::{in_file, options, sell_one};

#[tokio::test]
async fn a_handler_that_appends_to_the_file_it_writes_is_told_so() {
    let (first, folder) = in_file().await;
    first.close().await.unwrap();
    let options_of_store = SqliteStore::options().busy_timeout(Duration::from_millis(200));
    let store = options_of_store.open(folder.path().join("shop.db"));
    let store = store.await.unwrap();
    let app = App::<Shop>::new(store.clone());
    sell_one(&app, 1, "article-1").await;
    let projector = app.projection(store, Appends(app.clone()));
    let options = options().lease(Duration::from_secs(10)).attempts(1);
    let mut running = projector.run(options).await.unwrap();
    running.caught_up().await.unwrap();
    let keys = projector.parked().keys(None, 1).await.unwrap();
    let error = keys[0].first.error.clone().unwrap();
    assert!(error.contains("append nothing"), "{error}");
    running.stop().await.unwrap();
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn a_handler_that_goes_on_in_a_broken_transaction_is_told_so() {
    let store = crate::support::on_server().await;
    let app = App::<Shop>::new(store.clone());
    sell_one(&app, 1, "article-1").await;
    let projector = app.projection(store, crate::domain::Swallows);
    let mut running = projector.run(options().attempts(1)).await.unwrap();
    running.caught_up().await.unwrap();
    let keys = projector.parked().keys(None, 1).await.unwrap();
    let error = keys[0].first.error.clone().unwrap();
    assert!(error.contains("went on after a statement"), "{error}");
    running.stop().await.unwrap();
}
