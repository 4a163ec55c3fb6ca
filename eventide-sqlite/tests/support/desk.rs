//! What tests of subscriptions and views share.

use std::time::Duration;

use eventide_core::store::{Advance, EventStore, LogMark, NewSubscription, SubscriptionStore};
use eventide_core::subscription::{
    Claimed, DeadLetter, Lease, LetterId, PartitionCount, SubscriptionName, WorkerId,
};
use eventide_core::view::{
    Column, ColumnKind, ColumnValue, Document, DocumentQuery, DocumentWrite, ViewTable,
};
use eventide_core::{EventId, LogId, Position};
use eventide_sqlite::SqliteStore;
use uuid::Uuid;

/// Longer than any test.
pub(crate) const LONG: Duration = Duration::from_mins(10);

pub(crate) fn desk(store: &SqliteStore) -> &dyn SubscriptionStore {
    EventStore::subscriptions(store).unwrap()
}

pub(crate) fn name(name: &str) -> SubscriptionName {
    SubscriptionName::new(name).unwrap()
}

pub(crate) fn at(position: u64) -> Position {
    Position::from_raw(position)
}

/// A mark of some log, the same each time.
pub(crate) fn mark(position: u64) -> LogMark {
    let log = LogId::from_uuid(Uuid::from_u128(7));
    let event = (position > 0).then(|| event_at(position));
    LogMark::new(log, at(position), event)
}

pub(crate) fn event_at(position: u64) -> EventId {
    EventId::from_uuid(Uuid::from_u128(u128::from(position)))
}

pub(crate) fn count(partitions: u16) -> PartitionCount {
    PartitionCount::new(partitions).unwrap()
}

/// A subscription that begins at the start.
pub(crate) fn new(of: &str, partitions: u16) -> NewSubscription {
    let mut new = NewSubscription::new(name(of), mark(0));
    new.count = count(partitions);
    new
}

pub(crate) async fn open_desk(store: &SqliteStore, of: &str, partitions: u16) {
    desk(store)
        .open_subscription(&new(of, partitions))
        .await
        .unwrap();
}

/// Claims what is free, for long.
pub(crate) async fn claim(store: &SqliteStore, of: &str, worker: &str) -> Option<Claimed> {
    let claimed = desk(store)
        .claim(&name(of), &WorkerId::from(worker), LONG)
        .await;
    claimed.unwrap()
}

/// Makes a subscription of one partition, and claims it.
pub(crate) async fn lease(store: &SqliteStore, of: &str) -> Lease {
    open_desk(store, of, 1).await;
    claim(store, of, "w").await.unwrap().lease
}

/// A step to that position.
pub(crate) fn step(lease: &Lease, to: u64) -> Advance {
    Advance::new(lease.clone(), Some(mark(to)))
}

pub(crate) fn failed(key: &str, position: u64) -> DeadLetter {
    let id = LetterId::new(key, at(position));
    DeadLetter::failed(id, event_at(position), "it broke\nfor a reason", 3)
}

pub(crate) fn waiting(key: &str, position: u64) -> DeadLetter {
    DeadLetter::waiting(LetterId::new(key, at(position)), event_at(position))
}

/// A view with a column of each kind, one of them unique.
pub(crate) fn all_kinds() -> ViewTable {
    let columns = vec![
        Column::indexed("country", ColumnKind::Text),
        Column::indexed("total", ColumnKind::Integer),
        Column::indexed("paid", ColumnKind::Boolean),
        Column::indexed("placed_at", ColumnKind::Time),
        Column::indexed("customer", ColumnKind::Uuid),
        Column::unique("code", ColumnKind::Text),
    ];
    ViewTable::new("orders", 1, columns)
}

/// A view whose documents have one unique code each.
pub(crate) fn coded() -> ViewTable {
    ViewTable::new("coded", 1, vec![Column::unique("code", ColumnKind::Text)])
}

pub(crate) fn text(text: &str) -> ColumnValue {
    ColumnValue::Text(text.to_owned())
}

/// The document `key` with the code; empty if that is `""`.
pub(crate) fn put(key: &str, code: &str) -> DocumentWrite {
    let value = if code.is_empty() {
        ColumnValue::Empty
    } else {
        text(code)
    };
    let json = format!(r#"{{"code":"{code}"}}"#).into_bytes();
    DocumentWrite::put(key.to_owned(), json, vec![value], at(1))
}

pub(crate) fn delete(key: &str) -> DocumentWrite {
    DocumentWrite::delete(key.to_owned(), at(1))
}

/// A step that changes documents and moves nothing.
pub(crate) fn change(lease: &Lease, table: &ViewTable, documents: Vec<DocumentWrite>) -> Advance {
    let mut step = Advance::new(lease.clone(), None);
    step.table = Some(table.clone());
    step.documents = documents;
    step
}

/// The documents a query finds, page after page.
pub(crate) async fn find_all(
    desk: &dyn SubscriptionStore,
    table: &ViewTable,
    query: &DocumentQuery,
) -> Vec<Document> {
    let mut query = query.clone();
    let mut all = Vec::new();
    loop {
        let page = desk.find_documents(table, &query).await.unwrap();
        assert!(page.documents.len() <= query.page.get());
        all.extend(page.documents);
        if page.next.is_none() {
            return all;
        }
        query.after = page.next;
    }
}

pub(crate) fn keys(documents: &[Document]) -> Vec<&str> {
    documents.iter().map(|it| it.key.as_str()).collect()
}
