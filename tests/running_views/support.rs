//! Stores to try, and what the views must come to.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use eventide::prelude::*;
use eventide::read_model::{ReadModelOptions, RunningReadModels};
use eventide::store::{LogQuery, PageSize, Store};
use tempfile::TempDir;

use crate::domain::{Add, CountryTotals, Note, OrderId, OrderTotals, Place, Shop};

/// A store, and the folder it lies in, if it does in one.
pub(crate) struct Where {
    pub(crate) store: Arc<dyn Store>,
    _folder: Option<TempDir>,
}

pub(crate) async fn stores() -> Vec<(&'static str, Where)> {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = SqliteStore::open(folder.path().join("shop.db"));
    let sqlite = sqlite.await.unwrap();
    vec![
        ("memory", Where::of(MemoryStore::new(), None)),
        ("sqlite", Where::of(sqlite, Some(folder))),
        #[cfg(feature = "postgres")]
        (
            "postgres",
            Where::of(crate::server::on_server().await, None),
        ),
    ]
}

impl Where {
    fn of(store: impl Store + 'static, folder: Option<TempDir>) -> Self {
        Self {
            store: Arc::new(store),
            _folder: folder,
        }
    }
}

pub(crate) fn app(place: &Where) -> App<Shop> {
    App::new(place.store.clone())
}

pub(crate) fn options() -> ReadModelOptions {
    ReadModelOptions::default().lease(Duration::from_millis(300))
}

pub(crate) async fn run(app: &App<Shop>, options: ReadModelOptions) -> RunningReadModels {
    app.run_views(options).await.unwrap()
}

pub(crate) fn id(order: u32) -> OrderId {
    OrderId::from(format!("order-{order}"))
}

const COUNTRIES: [&str; 3] = ["France", "Norway", "Peru"];

/// Places orders, with amounts and notes, interleaved.
pub(crate) async fn sell(app: &App<Shop>, orders: std::ops::Range<u32>, amounts: i64) {
    for order in orders.clone() {
        let country = COUNTRIES[order as usize % COUNTRIES.len()].to_owned();
        let order = id(order);
        app.execute(Place { order, country }).await.unwrap();
    }
    for amount in 1..=amounts {
        for order in orders.clone() {
            let order = id(order);
            app.execute(Add {
                order: order.clone(),
                amount,
            })
            .await
            .unwrap();
            if amount % 3 == 0 {
                let text = "so it is".to_owned();
                app.execute(Note { order, text }).await.unwrap();
            }
        }
    }
}

pub(crate) type All = (
    BTreeMap<String, OrderTotals>,
    BTreeMap<String, CountryTotals>,
);

/// All documents, a small page at a time.
pub(crate) async fn all(app: &App<Shop>) -> All {
    let orders = app.view::<OrderTotals>();
    let mut by_order = BTreeMap::new();
    let mut after = None;
    loop {
        let mut find = orders.find().limit(PageSize::new(7));
        if let Some(after) = after {
            find = find.after(after);
        }
        let page = find.page().await.unwrap();
        for (key, document) in page.documents {
            let again = by_order.insert(key.to_string(), document);
            assert_eq!(again, None, "{key:?} came twice");
        }
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    let countries = app.view::<CountryTotals>().find().page().await.unwrap();
    (by_order, countries.documents.into_iter().collect())
}

/// What the documents must be, by the log itself.
pub(crate) async fn expected(store: &dyn Store) -> All {
    let (mut orders, mut countries) = (
        BTreeMap::<String, OrderTotals>::new(),
        BTreeMap::<String, CountryTotals>::new(),
    );
    let mut of = BTreeMap::new();
    let mut query = LogQuery::default();
    loop {
        let page = store.read_log(query.clone()).await.unwrap();
        for event in &page.events {
            let json: serde_json::Value = serde_json::from_slice(&event.payload).unwrap();
            let order = event.stream.aggregate_id().to_owned();
            match &*event.event_type {
                "Placed" => {
                    let country = json["country"].as_str().unwrap().to_owned();
                    let document = orders.entry(order.clone()).or_default();
                    document.country.clone_from(&country);
                    countries.entry(country.clone()).or_default().orders += 1;
                    of.insert(order, country);
                }
                "Added" => {
                    let amount = json["amount"].as_i64().unwrap();
                    let document = orders.entry(order.clone()).or_default();
                    document.total += amount;
                    document.amounts.push(amount);
                    countries.get_mut(&of[&order]).unwrap().total += amount;
                }
                "Cancelled" => {
                    orders.remove(&order);
                }
                _ => {}
            }
        }
        query.from = Some(page.next);
        if !page.more {
            return (orders, countries);
        }
    }
}
