//! Upcasters that look something up: one call per page, each key once, and nothing lost on the way.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::{HashMap, HashSet};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use eventide::prelude::*;
use eventide::schema::{DecodeError, DecodeProblem, Reader, UpcastWith};
use eventide::store::{
    AppendRequest, EventStore, ExpectedVersion, LogQuery, PageSize, StreamAppend,
};
use eventide::{Position, StreamId};
use futures_util::FutureExt;
use serde::{Deserialize, Serialize};
use support::{in_time, raw};
use thiserror::Error;

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
struct BasketId(String);

/// As it was before prices were kept with the line.
#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(name = "LineAdded")]
struct LineAddedV1 {
    sku: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(version = 2, previous = LineAddedV1, services = PriceList)]
struct LineAdded {
    sku: u32,
    price: u64,
}

#[derive(Debug, Error)]
enum PriceError {
    #[error("the price list does not answer")]
    Silent,
    #[error("article {0} has no price")]
    NoPrice(u32),
}

/// An article no price list knows.
const UNKNOWN: u32 = u32::MAX;

/// A price list that remembers what it was asked.
#[derive(Debug, Clone, Default)]
struct PriceList(Arc<Asked>);

#[derive(Debug, Default)]
struct Asked {
    calls: AtomicU64,
    keys: Mutex<Vec<u32>>,
    silent: AtomicBool,
}

impl PriceList {
    fn calls(&self) -> u64 {
        self.0.calls.load(Ordering::SeqCst)
    }

    fn keys(&self) -> Vec<u32> {
        self.0.keys.lock().unwrap().clone()
    }
}

impl UpcastWith<LineAddedV1> for LineAdded {
    type Services = PriceList;
    type Key = u32;
    type Found = u64;
    type Error = PriceError;

    fn key(old: &LineAddedV1) -> u32 {
        old.sku
    }

    async fn look_up(prices: &PriceList, skus: Vec<u32>) -> Result<HashMap<u32, u64>, PriceError> {
        prices.0.calls.fetch_add(1, Ordering::SeqCst);
        tokio::task::yield_now().await;
        if prices.0.silent.load(Ordering::SeqCst) {
            return Err(PriceError::Silent);
        }
        prices.0.keys.lock().unwrap().extend(&skus);
        let known = skus.into_iter().filter(|sku| *sku != UNKNOWN);
        Ok(known.map(|sku| (sku, u64::from(sku) * 10)).collect())
    }

    fn upcast_with(old: LineAddedV1, price: Option<u64>) -> Result<Self, PriceError> {
        let sku = old.sku;
        let price = price.ok_or(PriceError::NoPrice(sku))?;
        Ok(Self { sku, price })
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Command)]
#[command(upserts)]
struct AddLine {
    #[command(id)]
    basket: BasketId,
    sku: u32,
    price: u64,
}

#[derive(Debug, Default, Clone, Aggregate)]
#[aggregate(
    id = BasketId,
    error = std::convert::Infallible,
    events(LineAdded),
    commands(AddLine),
    services = PriceList
)]
struct Basket {
    lines: u64,
    total: u64,
}

#[handlers]
impl Basket {
    fn add(&self, command: AddLine) -> LineAdded {
        LineAdded {
            sku: command.sku,
            price: command.price,
        }
    }

    fn added(&mut self, event: &LineAdded) {
        self.lines += 1;
        self.total += event.price;
    }
}

#[derive(Debug, Domain)]
#[domain(aggregates(Basket), services = PriceList)]
struct Shop;

fn basket(name: &str) -> BasketId {
    BasketId(name.to_owned())
}

fn stream(name: &str) -> StreamId {
    StreamId::new("Basket", name).unwrap()
}

async fn store_lines(store: &MemoryStore, name: &str, skus: impl IntoIterator<Item = u32>) {
    let event = |sku| raw::event("LineAdded", 1, &format!("{{\"sku\":{sku}}}"));
    let append = StreamAppend {
        stream: stream(name),
        expected: ExpectedVersion::Any,
        events: skus.into_iter().map(event).collect(),
        commands: Vec::new(),
    };
    store.append(AppendRequest::to(append)).await.unwrap();
}

fn app(store: &MemoryStore, page: usize) -> (App<Shop>, PriceList) {
    let prices = PriceList::default();
    let app = App::<Shop>::with_services(store.clone(), prices.clone())
        .page_size(PageSize::new(page))
        .build();
    (app, prices)
}

#[tokio::test]
async fn a_hundred_thousand_old_events_ask_once_per_page() {
    const EVENTS: u32 = 100_000;
    const PAGE: usize = 1_000;
    let store = MemoryStore::default();
    for first in (0..EVENTS).step_by(10_000) {
        store_lines(&store, "a", first..first + 10_000).await;
    }
    let (app, prices) = app(&store, PAGE);
    let loaded = app.load::<Basket>(&basket("a")).await.unwrap();
    assert_eq!(loaded.lines, u64::from(EVENTS));
    let all = u64::from(EVENTS);
    assert_eq!(loaded.total, all * (all - 1) / 2 * 10);
    assert_eq!(prices.calls(), u64::from(EVENTS) / PAGE as u64);
    let keys = prices.keys();
    assert_eq!(keys.len(), keys.iter().collect::<HashSet<_>>().len());
}

#[tokio::test]
async fn what_was_found_is_kept_for_later_pages_and_other_baskets() {
    let store = MemoryStore::default();
    store_lines(&store, "a", (0..10_000).map(|n| n % 50)).await;
    store_lines(&store, "b", 0..50).await;
    let (app, prices) = app(&store, 100);
    app.load::<Basket>(&basket("a")).await.unwrap();
    app.load::<Basket>(&basket("b")).await.unwrap();
    assert_eq!((prices.calls(), prices.keys().len()), (1, 50));
}

#[tokio::test]
async fn every_reader_looks_up() {
    let store = MemoryStore::default();
    store_lines(&store, "a", [1, 2, 3]).await;
    let (app, prices) = app(&store, 100);
    let id = basket("a");
    let then = app.load_at::<Basket>(&id, Version::new(2)).await.unwrap();
    assert_eq!((then.lines, then.total), (2, 30));
    // A time-travelling reader asks for no more than it reads.
    assert_eq!(prices.keys().len(), 2);

    let add = AddLine {
        basket: id.clone(),
        sku: 9,
        price: 5,
    };
    let command = CommandId::derived("test", "add");
    let first = app.execute(add.clone()).command_id(command).await.unwrap();
    assert_eq!(first.version.get(), 4);
    let again = app.execute(add).command_id(command).await.unwrap();
    assert!(again.replayed && again.events.len() == 1);
    assert_eq!(app.load::<Basket>(&id).await.unwrap().total, 65);

    let page = store
        .read_log(LogQuery::after(Position::START))
        .await
        .unwrap();
    let mut reader = Reader::<BasketEvent, _>::with_services(prices.clone());
    let read = reader.read(&page.events).await.unwrap();
    let prices_read: Vec<_> = read
        .iter()
        .map(|(recorded, BasketEvent::LineAdded(line))| (recorded.version.get(), line.price))
        .collect();
    assert_eq!(prices_read, [(1, 10), (2, 20), (3, 30), (4, 5)]);
    let decoded = app.repository::<Basket>().decode(&page.events).await;
    assert_eq!(decoded.unwrap().len(), 4);
}

#[tokio::test]
async fn a_service_that_does_not_answer_stops_the_reader_until_it_does() {
    let store = MemoryStore::default();
    store_lines(&store, "a", [1, 2]).await;
    let (app, prices) = app(&store, 100);
    prices.0.silent.store(true, Ordering::SeqCst);
    let error = match app.load::<Basket>(&basket("a")).await {
        Err(LoadError::Decode(error)) => error,
        other => panic!("{other:?}"),
    };
    assert!(error.is_retryable());
    assert_eq!(
        told(&error),
        "event `LineAdded` (schema version 1), version 1 of stream Basket/a, cannot be decoded: \
         what its upcaster needs could not be looked up: the price list does not answer"
    );
    prices.0.silent.store(false, Ordering::SeqCst);
    let loaded = app.load::<Basket>(&basket("a")).await.unwrap();
    assert_eq!((loaded.lines, loaded.total), (2, 30));
}

/// Polled once, and neither polled again nor dropped, while its service is asked.
#[tokio::test]
async fn a_reader_that_looks_away_holds_nobody_up() {
    let store = MemoryStore::default();
    store_lines(&store, "a", [1, 2]).await;
    store_lines(&store, "b", [3]).await;
    let (app, prices) = app(&store, 100);
    let (a, b) = (basket("a"), basket("b"));
    let mut away = pin!(app.load::<Basket>(&a));
    assert!(away.as_mut().now_or_never().is_none());
    assert_eq!(prices.calls(), 1, "it was asked");
    let other = in_time("the other", app.load::<Basket>(&b)).await.unwrap();
    assert_eq!((other.lines, other.total), (1, 30));
    let loaded = in_time("the first", away).await.unwrap();
    assert_eq!((loaded.lines, loaded.total), (2, 30));
    // Both were asked for before the first went on, in any order.
    let mut keys = prices.keys();
    assert_eq!(keys.remove(0), 3);
    keys.sort_unstable();
    assert_eq!(keys, [1, 2]);
}

#[tokio::test]
async fn an_event_whose_key_nobody_knows_is_named() {
    let store = MemoryStore::default();
    store_lines(&store, "a", [1, UNKNOWN, 2]).await;
    let (app, prices) = app(&store, 100);
    for _ in 0..2 {
        let error = match app.load::<Basket>(&basket("a")).await {
            Err(LoadError::Decode(error)) => error,
            other => panic!("{other:?}"),
        };
        assert!(!error.is_retryable());
        assert_eq!(
            told(&error),
            "event `LineAdded` (schema version 1), version 2 of stream Basket/a, cannot be decoded: \
             its upcaster from version 1 to version 2 refused it: article 4294967295 has no price"
        );
    }
    // That it is not known is kept as well.
    assert_eq!(prices.calls(), 1);
}

#[tokio::test]
async fn without_services_the_error_says_so() {
    let store = MemoryStore::default();
    store_lines(&store, "a", [1]).await;
    let page = store
        .read_log(LogQuery::after(Position::START))
        .await
        .unwrap();
    let error = eventide::schema::decode::<LineAdded>(&page.events[0]).unwrap_err();
    assert!(
        matches!(*error.problem, DecodeProblem::NotLookedUp { .. }),
        "{error}"
    );
    let old = eventide::schema::decode::<LineAddedV1>(&page.events[0]).unwrap();
    assert_eq!(old.sku, 1);
}

mod fickle {
    //! An upcaster whose key is another each time.
    use super::*;

    #[derive(Debug, Clone, Serialize, Deserialize, Event)]
    #[event(name = "Rolled")]
    struct RolledV1 {}

    #[derive(Debug, Clone, Serialize, Deserialize, Event)]
    #[event(version = 2, previous = RolledV1, services = PriceList)]
    struct Rolled {}

    impl UpcastWith<RolledV1> for Rolled {
        type Services = PriceList;
        type Key = u64;
        type Found = ();
        type Error = PriceError;

        fn key(_: &RolledV1) -> u64 {
            static NEXT: AtomicU64 = AtomicU64::new(0);
            NEXT.fetch_add(1, Ordering::SeqCst)
        }

        async fn look_up(_: &PriceList, _: Vec<u64>) -> Result<HashMap<u64, ()>, PriceError> {
            Ok(HashMap::new())
        }

        fn upcast_with(_: RolledV1, _: Option<()>) -> Result<Self, PriceError> {
            Ok(Self {})
        }
    }

    #[derive(Debug, Clone, Serialize, Deserialize, Command)]
    struct Roll {
        #[command(id)]
        die: BasketId,
    }

    #[derive(Debug, Default, Clone, Aggregate)]
    #[aggregate(
        id = BasketId,
        error = std::convert::Infallible,
        events(Rolled),
        commands(Roll),
        services = PriceList
    )]
    struct Die;

    #[handlers]
    impl Die {
        fn roll(&self, _: Roll) -> Rolled {
            Rolled {}
        }

        fn rolled(&mut self, _: &Rolled) {}
    }

    #[tokio::test]
    async fn is_an_error_and_no_endless_loop() {
        let store = MemoryStore::default();
        let append = raw::append_of(
            StreamId::new("Die", "a").unwrap(),
            ExpectedVersion::Any,
            raw::event("Rolled", 1, "{}"),
        );
        store.append(append).await.unwrap();
        let options = eventide::repository::RepositoryOptions::default();
        let dice = Repository::<Die>::with_services(&store, PriceList::default(), options);
        let error = in_time("the load", dice.load(&basket("a")))
            .await
            .unwrap_err();
        let LoadError::Decode(error) = error else {
            panic!("{error:?}")
        };
        assert!(told(&error).ends_with("the key its upcaster asks for is another each time"));
    }
}

fn told(error: &DecodeError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(&*error.problem);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
