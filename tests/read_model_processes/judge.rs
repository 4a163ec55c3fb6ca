//! What the documents must be, by the log itself.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use eventide::domain::Lists;
use eventide::prelude::*;
use eventide::store::{LogQuery, PageSize, Store};
use eventide::subscription::SubscriptionName;
use eventide::view::ViewOf;

use crate::domain::{CountryTrail, FOR_GOOD, OrderTrail, Shop, Trail};
use crate::processes::until;

/// A view whose documents say of which events they were made.
pub(crate) trait Trailed: ViewOf<Shop> {
    fn trail(self) -> Trail;

    /// Its key, for an order of a country.
    fn key(order: &str, country: &str) -> String;

    /// What its first generation is made by.
    fn subscription() -> SubscriptionName {
        SubscriptionName::new(format!("{}.v1.g1", Self::INFO.name)).unwrap()
    }
}

impl Trailed for OrderTrail {
    fn trail(self) -> Trail {
        self.trail
    }
    fn key(order: &str, _: &str) -> String {
        order.to_owned()
    }
}

impl Trailed for CountryTrail {
    fn trail(self) -> Trail {
        self.trail
    }
    fn key(_: &str, country: &str) -> String {
        country.to_owned()
    }
}

/// What a view must be made of.
#[derive(Default)]
struct Expected {
    trails: BTreeMap<String, Trail>,
    /// Where the events stand that can never be folded.
    dead: BTreeSet<u64>,
}

async fn by_the_log<V: Trailed>(store: &dyn Store) -> Expected {
    let mut expected = Expected::default();
    let mut countries = HashMap::new();
    let mut query = LogQuery::default();
    loop {
        let page = store.read_log(query.clone()).await.unwrap();
        for event in &page.events {
            let json: serde_json::Value = serde_json::from_slice(&event.payload).unwrap();
            let order = event.stream.aggregate_id();
            if let Some(country) = json["country"].as_str() {
                countries.insert(order.to_owned(), country.to_owned());
            }
            if json["sick_while"].as_str() == Some(FOR_GOOD) {
                expected.dead.insert(event.position.as_raw());
            } else {
                let key = V::key(order, &countries[order]);
                expected.trails.entry(key).or_default().follow(event);
            }
        }
        query.from = Some(page.next);
        if !page.more {
            return expected;
        }
    }
}

/// All documents of the view that serves.
async fn documents<V: Trailed>(app: &App<Shop>) -> BTreeMap<String, Trail>
where
    Shop: Lists<V>,
{
    let mut all = BTreeMap::new();
    let mut after = None;
    loop {
        let mut find = app.view::<V>().find().limit(PageSize::new(50));
        if let Some(after) = after {
            find = find.after(after);
        }
        let page = find.page().await.unwrap();
        for (key, document) in page.documents {
            let again = all.insert(eventide::view::ViewKey::to_text(&key), document.trail());
            assert!(again.is_none(), "{key:?} came twice");
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return all,
        }
    }
}

/// Waits until all partitions of the generation that serves have passed all that is in the log.
pub(crate) async fn caught_up<V: Trailed>(store: &dyn Store) {
    let head = store.head().await.unwrap();
    until("the views catch up", async || {
        came_to::<V>(store).await >= Some(head)
    })
    .await;
}

/// Up to where all partitions have come of the generation that serves.
pub(crate) async fn came_to<V: Trailed>(store: &dyn Store) -> Option<eventide::Position> {
    let kept = store.subscriptions()?;
    let serving = kept.serving(V::INFO.name, 1).await.ok()?;
    let name = format!("{}.v1.g{serving}", V::INFO.name);
    let name = SubscriptionName::new(name).unwrap();
    let status = kept.subscription(&name).await.ok()??;
    let checkpoints = status.partitions.iter().flat_map(|it| &it.checkpoints);
    checkpoints.map(|it| it.mark.position()).min()
}

/// Whether each event of the log was folded once, in order; those that were dropped by a decision
/// not at all, and these are the ones that had to be.
pub(crate) async fn judge<V: Trailed>(app: &App<Shop>)
where
    Shop: Lists<V>,
{
    let expected = by_the_log::<V>(&**app.store()).await;
    let found = documents::<V>(app).await;
    let name = V::INFO.name;
    let keys = |trails: &BTreeMap<String, Trail>| trails.keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&found), keys(&expected.trails), "{name}");
    for (key, trail) in &found {
        assert_eq!(trail, &expected.trails[key], "{name}, `{key}`");
    }
    let decisions = app.parked::<V>().decisions(10_000).await.unwrap();
    let mut dropped: Vec<_> = decisions
        .iter()
        .map(|it| it.letter.id.position.as_raw())
        .collect();
    dropped.sort_unstable();
    let dead: Vec<_> = expected.dead.into_iter().collect();
    assert_eq!(dropped, dead, "what was dropped from {name}");
}
