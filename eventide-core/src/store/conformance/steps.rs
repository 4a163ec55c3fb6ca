//! Steps that change everything a step can change.

use uuid::Uuid;

use super::samples::stream;
use super::subscribing::step;
use super::unmet::Unmet;
use crate::ids::{EventId, Position};
use crate::store::Advance;
use crate::stream::StreamId;
use crate::subscription::{DeadLetter, Decision, Lease, LetterId, SubscriptionName};
use crate::view::{Column, ColumnKind, ColumnValue, DocumentWrite, ViewTable};

/// The table of the documents.
pub(super) fn table() -> ViewTable {
    let columns = vec![
        Column::indexed("country", ColumnKind::Text),
        Column::unique("code", ColumnKind::Integer),
    ];
    ViewTable::new("country-sales", 1, columns)
}

/// The streams whose routes are remembered.
pub(super) fn streams() -> Result<Vec<StreamId>, Unmet> {
    Ok(vec![stream("a")?, stream("b")?, stream("c")?])
}

/// A document of [`table`] that says so.
pub(super) fn put(key: &str, code: i64, by: u64) -> DocumentWrite {
    let json = format!(r#"{{"code":{code}}}"#).into_bytes();
    let columns = vec![
        ColumnValue::Text("UK".to_owned()),
        ColumnValue::Integer(code),
    ];
    DocumentWrite::put(key.to_owned(), json, columns, Position::from_raw(by))
}

/// A letter that was tried twice.
pub(super) fn letter(key: &str, position: u64) -> DeadLetter {
    let event = EventId::from_uuid(Uuid::from_u64_pair(7, position));
    let id = LetterId::new(key, Position::from_raw(position));
    DeadLetter::failed(id, event, &format!("no room for {position}"), 2)
}

/// The decision to drop it.
pub(super) fn drop_of(name: &SubscriptionName, letter: DeadLetter) -> Decision {
    Decision::drop_letter(name.clone(), letter, "a test order", "Ada")
}

/// The first step: a bit of everything.
pub(super) fn first(lease: &Lease) -> Result<Advance, Unmet> {
    let [a, b, _] = streams()?.try_into().map_err(|_| few())?;
    let mut advance = step(lease, 10);
    advance.table = Some(table());
    advance.documents = vec![put("x", 1, 3), put("y", 2, 4)];
    advance.routes = vec![(a, "x".to_owned()), (b, "y".to_owned())];
    advance.parked = vec![
        letter("k", 5),
        letter("k", 6),
        letter("k", 7),
        letter("l", 8),
    ];
    Ok(advance)
}

/// The second: it changes all that the first wrote.
pub(super) fn second(lease: &Lease) -> Result<Advance, Unmet> {
    let [_, _, c] = streams()?.try_into().map_err(|_| few())?;
    let mut advance = step(lease, 20);
    advance.table = Some(table());
    let gone = DocumentWrite::delete("y".to_owned(), Position::from_raw(13));
    advance.documents = vec![put("x", 11, 12), gone, put("z", 13, 14)];
    advance.routes = vec![(c, "z".to_owned())];
    let mut again = letter("k", 6);
    again.attempts = 3;
    advance.parked = vec![again, letter("m", 15)];
    advance.handled = vec![letter("k", 5).id];
    advance.dropped = vec![drop_of(&lease.subscription, letter("k", 7))];
    Ok(advance)
}

fn few() -> Unmet {
    Unmet::violated("the law counts streams wrongly")
}
