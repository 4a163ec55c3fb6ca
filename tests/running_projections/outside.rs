//! Delivering to another system.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use eventide::prelude::*;
use eventide::projection::Outside;
use eventide::read_model::Waited;
use eventide::store::{LogQuery, PageSize};

use crate::domain::{Counted, Mailer, Returned, Shop, Sold, Till};
use crate::support::{in_file, options, sell, sell_one};

#[tokio::test]
async fn every_event_is_delivered_and_a_repeated_one_has_the_same_key() {
    let (store, _folder) = in_file().await;
    let app = App::<Shop>::new(store);
    let mailer = Mailer::default();
    let projector = app.outside(mailer.clone());
    sell(&app, 5, 10).await;
    let small = || options().page(PageSize::new(4));
    for turn in 0..5 {
        let running = projector.run(small()).await.unwrap();
        for _ in 0..turn * 9 {
            tokio::task::yield_now().await;
        }
        drop(running);
    }
    let mut running = projector.run(small()).await.unwrap();
    running.caught_up().await.unwrap();
    running.stop().await.unwrap();
    let told = mailer.told.lock().unwrap().clone();
    let keys: BTreeSet<_> = told.keys.iter().collect();
    assert_eq!(keys.len(), 50, "each has a key of its own");
    let query = LogQuery::default().page(PageSize::MAX);
    let log = app.store().read_log(query).await.unwrap();
    for event in &log.events {
        let key = format!("mailer.v2/{}", event.id);
        assert!(keys.contains(&key), "{key}");
    }
}

#[tokio::test]
async fn whoever_asks_may_wait_for_it_and_is_told_apart_what_is_late() {
    let app = App::<Shop>::new(MemoryStore::new());
    let sell = || crate::domain::Sell {
        till: crate::support::till(1),
        article: "article-1".to_owned(),
        quantity: 1,
    };
    let at_once = app
        .execute(sell())
        .and_wait_at_most::<Mailer>(Duration::ZERO);
    let late = at_once.await.unwrap();
    assert_eq!(late.read_model.unwrap(), Waited::Late);
    assert_eq!(late.receipt.events.len(), 1, "it was accepted all the same");
    let mailer = Mailer::default();
    let running = app.outside(mailer.clone()).run(options()).await.unwrap();
    let id = CommandId::from(uuid::Uuid::now_v7());
    let waited = app.execute(sell()).and_wait_for::<Mailer>().command_id(id);
    let waited = waited.await.unwrap();
    assert_eq!(waited.read_model.unwrap(), Waited::Applied);
    assert_eq!(mailer.told.lock().unwrap().keys.len(), 2);
    // What nobody handles is not waited for.
    let till = crate::support::till(1);
    let counted = app.execute(crate::domain::Count { till });
    let counted = counted.and_wait_at_most::<Mailer>(Duration::ZERO).await;
    assert_eq!(counted.unwrap().read_model.unwrap(), Waited::Applied);
    running.stop().await.unwrap();
}

#[tokio::test]
async fn events_of_one_type_that_lie_side_by_side_come_together() {
    let app = App::<Shop>::new(MemoryStore::new());
    // 15 sales, 5 returns, 5 sales.
    sell(&app, 5, 5).await;
    let mailer = Mailer::default();
    let mut running = app.outside(mailer.clone()).run(options()).await.unwrap();
    running.caught_up().await.unwrap();
    running.stop().await.unwrap();
    assert_eq!(mailer.told.lock().unwrap().together, [15, 5]);
}

#[tokio::test]
async fn one_of_several_that_fails_is_parked_alone() {
    let app = App::<Shop>::new(MemoryStore::new());
    sell(&app, 5, 2).await;
    let mailer = Mailer::default();
    mailer
        .trouble
        .lock()
        .unwrap()
        .push(("heavy".to_owned(), u32::MAX));
    sell_one(&app, 3, "heavy").await;
    sell(&app, 5, 2).await;
    let projector = app.outside(mailer.clone());
    let mut running = projector.run(options().attempts(2)).await.unwrap();
    running.caught_up().await.unwrap();
    let told: BTreeSet<_> = mailer.told.lock().unwrap().keys.iter().cloned().collect();
    // All but the heavy one, and the two behind it at its till.
    assert_eq!(told.len(), 18);
    let keys = projector.parked().keys(None, 10).await.unwrap();
    assert_eq!((keys.len(), keys[0].letters), (1, 3));
    let asked = mailer.asked.lock().unwrap().clone();
    assert_eq!(asked, [(2, "heavy is out of reach".to_owned())]);
    running.stop().await.unwrap();
}

/// Takes longer than the lease for each event.
#[derive(Projection)]
#[projection(target = Outside, observes(Till), ignores(Counted, Returned))]
pub(crate) struct Slow(pub(crate) Arc<Mutex<Vec<String>>>);

#[projects]
impl Slow {
    async fn sold(&self, event: &Sold) {
        tokio::time::sleep(Duration::from_millis(150)).await;
        self.0.lock().unwrap().push(event.article.clone());
    }
}

#[tokio::test]
async fn a_delivery_may_take_longer_than_the_lease() {
    let app = App::<Shop>::new(MemoryStore::new());
    for article in ["a", "b", "c", "d"] {
        sell_one(&app, 1, article).await;
    }
    let told = Arc::new(Mutex::new(Vec::new()));
    let projector = app.outside(Slow(told.clone()));
    let lease = || options().lease(Duration::from_millis(100));
    let mut running = projector.run(lease()).await.unwrap();
    // Another one waits for the partition to be free.
    let other = projector.run(lease()).await.unwrap();
    running.caught_up().await.unwrap();
    running.stop().await.unwrap();
    other.stop().await.unwrap();
    assert_eq!(*told.lock().unwrap(), ["a", "b", "c", "d"]);
}
