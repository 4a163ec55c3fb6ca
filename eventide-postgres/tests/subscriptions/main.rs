//! Subscriptions and views on a database: leases by the server's clock, steps that are whole, and
//! documents.

#[path = "../support/mod.rs"]
mod support;

mod documents;
mod leases;
mod letters;
mod pages;
mod serving;
mod steps;
mod views;

use std::time::Duration;

use eventide_core::store::{
    Advance, EventStore, LogMark, NewSubscription, StoreErrorKind, SubscriptionStore,
};
use eventide_core::subscription::{
    Claimed, Lease, LeaseError, PartitionCount, SubscriptionName, WorkerId,
};
use eventide_core::view::{Column, ColumnKind, ColumnValue, DocumentWrite, ViewTable};
use eventide_core::{EventId, LogId, Position};
use eventide_postgres::PostgresStore;
use uuid::Uuid;

/// No lease of a test runs out by itself.
const LONG: Duration = Duration::from_mins(10);

fn name() -> SubscriptionName {
    SubscriptionName::new("country-sales").unwrap()
}

fn worker(name: &str) -> WorkerId {
    WorkerId::from(name)
}

fn partitions(count: u16) -> PartitionCount {
    PartitionCount::new(count).unwrap()
}

fn log() -> LogId {
    LogId::from_uuid(Uuid::from_u128(7))
}

/// The mark at a position, with an event of its own.
fn mark(position: u64) -> LogMark {
    let event = (position > 0).then(|| EventId::from_uuid(Uuid::from_u128(position.into())));
    LogMark::new(log(), Position::from_raw(position), event)
}

/// A subscription that begins with the log.
async fn open(store: &PostgresStore, count: u16) {
    let mut new = NewSubscription::new(name(), mark(0));
    new.count = partitions(count);
    store.open_subscription(&new).await.unwrap();
}

async fn claim(store: &PostgresStore, who: &str) -> Option<Claimed> {
    let claimed = store.claim(&name(), &worker(who), LONG).await;
    claimed.unwrap()
}

async fn take_over(store: &PostgresStore, partition: u16, who: &str) -> Claimed {
    let taken = store
        .take_over(&name(), partition, &worker(who), LONG)
        .await;
    taken.unwrap().unwrap()
}

fn to(lease: &Lease, position: u64) -> Advance {
    Advance::new(lease.clone(), Some(mark(position)))
}

/// Where the partition's ranges are: their first slices and positions.
async fn places(store: &PostgresStore) -> Vec<Vec<(u16, u64)>> {
    let status = store.subscription(&name()).await.unwrap().unwrap();
    let place = |at: &eventide_core::subscription::Checkpoint| {
        (at.slices.first().get(), at.mark.position().as_raw())
    };
    let of = |it: &eventide_core::subscription::PartitionStatus| {
        it.checkpoints.iter().map(place).collect()
    };
    status.partitions.iter().map(of).collect()
}

fn assert_lost<T: std::fmt::Debug>(refused: Result<T, LeaseError>, of: &Lease) {
    match refused.unwrap_err() {
        LeaseError::Lost { lease } => assert_eq!(lease, *of),
        other => panic!("{other:?}"),
    }
}

fn store_error(refused: Result<(), LeaseError>) -> (StoreErrorKind, String) {
    match refused.unwrap_err() {
        LeaseError::Store(error) => (error.kind(), error.to_string()),
        other => panic!("{other:?}"),
    }
}

/// A view with a column of each kind.
fn table() -> ViewTable {
    let columns = vec![
        Column::indexed("country", ColumnKind::Text),
        Column::indexed("orders", ColumnKind::Integer),
        Column::indexed("open", ColumnKind::Boolean),
        Column::indexed("since", ColumnKind::Time),
        Column::unique("number", ColumnKind::Uuid),
        Column::unique("email", ColumnKind::Text),
    ];
    ViewTable::new("country-sales", 2, columns)
}

/// What a document of that view has in its columns.
fn values(country: &str, orders: Option<i64>, email: Option<&str>) -> Vec<ColumnValue> {
    let text = |text: &str| ColumnValue::Text(text.to_owned());
    vec![
        text(country),
        orders.map_or(ColumnValue::Empty, ColumnValue::Integer),
        ColumnValue::Boolean(orders.is_some()),
        ColumnValue::Time(jiff::Timestamp::from_microsecond(orders.unwrap_or(-1)).unwrap()),
        ColumnValue::Empty,
        email.map_or(ColumnValue::Empty, text),
    ]
}

fn put(key: &str, json: &str, values: Vec<ColumnValue>) -> DocumentWrite {
    let by = Position::from_raw(1);
    DocumentWrite::put(key.to_owned(), json.into(), values, by)
}

/// A step that changes documents of that view.
fn writing(lease: &Lease, position: u64, documents: Vec<DocumentWrite>) -> Advance {
    let mut step = to(lease, position);
    step.table = Some(table());
    step.documents = documents;
    step
}

/// What the documents of these keys say.
async fn documents(store: &PostgresStore, keys: &[&str]) -> Vec<Option<String>> {
    let keys: Vec<_> = keys.iter().map(|key| (*key).to_owned()).collect();
    let found = store.documents(&table(), &keys).await.unwrap();
    let text = |it: eventide_core::view::Document| String::from_utf8(it.json).unwrap();
    found.into_iter().map(|it| it.map(text)).collect()
}

#[tokio::test]
async fn a_store_keeps_subscriptions() {
    let store = support::Database::new().await.open().await;
    let kept = EventStore::subscriptions(&store).unwrap();
    assert_eq!(kept.subscription_names().await.unwrap(), []);
    let mut new = NewSubscription::new(name(), mark(3));
    new.count = partitions(4);
    new.fingerprint = u64::MAX - 1;
    let opened = kept.open_subscription(&new).await.unwrap();
    assert_eq!(
        (opened.count, opened.fingerprint),
        (new.count, u64::MAX - 1)
    );
    assert_eq!((opened.parked_keys, opened.letters), (0, 0));
    let ranges = new.count.ranges();
    for (partition, range) in opened.partitions.iter().zip(&ranges) {
        assert_eq!(partition.owner, None);
        assert_eq!(partition.token.as_raw(), 0);
        let [at] = partition.checkpoints[..] else {
            panic!("{partition:?}");
        };
        assert_eq!((at.slices, at.mark), (*range, mark(3)));
    }
    // It is found as it is, whatever is asked now.
    let again = kept
        .open_subscription(&NewSubscription::new(name(), mark(9)))
        .await;
    assert_eq!(again.unwrap(), opened);
    kept.set_fingerprint(&name(), 5).await.unwrap();
    let found = kept.subscription(&name()).await.unwrap().unwrap();
    assert_eq!(found.fingerprint, 5);
    assert_eq!(kept.subscription_names().await.unwrap(), [name()]);
    let other = SubscriptionName::new("other").unwrap();
    assert_eq!(kept.subscription(&other).await.unwrap(), None);
    let refused = kept.set_fingerprint(&other, 5).await.unwrap_err();
    assert_eq!(refused.kind(), StoreErrorKind::Other);
    assert!(
        refused.to_string().contains("no subscription `other`"),
        "{refused}"
    );
}

#[tokio::test]
async fn programs_that_open_it_at_once_open_one() {
    let database = support::Database::new().await;
    let stores = [database.open().await, database.open().await];
    let opening = (0..20).map(|n| {
        let store = stores[n % 2].clone();
        tokio::spawn(async move { open(&store, u16::try_from(n).unwrap() + 1).await })
    });
    for opened in futures_util::future::join_all(opening).await {
        opened.unwrap();
    }
    let status = stores[0].subscription(&name()).await.unwrap().unwrap();
    assert_eq!(status.partitions.len(), usize::from(status.count.get()));
}

#[tokio::test]
async fn a_forgotten_subscription_leaves_nothing_but_its_decisions() {
    let store = support::Database::new().await.open().await;
    open(&store, 2).await;
    let held = claim(&store, "a").await.unwrap().lease;
    letters::park_and_drop(&store, &held).await;
    store.forget_subscription(&name()).await.unwrap();
    store.forget_subscription(&name()).await.unwrap();
    assert_eq!(store.subscription(&name()).await.unwrap(), None);
    assert_eq!(store.parked_keys(&name(), None, 9).await.unwrap(), []);
    let route = store.routes(&name(), &[support::stream("a")]).await;
    assert_eq!(route.unwrap(), [None]);
    assert_eq!(store.decisions(&name(), 9).await.unwrap().len(), 1);
    assert_lost(store.advance(&to(&held, 5)).await, &held);
    assert_lost(store.renew(&held, LONG).await, &held);
    store.release(&held).await.unwrap();
    // A lease from before does not count for what is made under the same name.
    open(&store, 2).await;
    assert_lost(store.advance(&to(&held, 5)).await, &held);
    let newer = claim(&store, "b").await.unwrap().lease;
    assert_eq!(newer.partition, held.partition);
    assert!(newer.token > held.token);
    assert_lost(store.advance(&to(&held, 5)).await, &held);
}
