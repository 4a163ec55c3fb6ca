//! One step of a partition, written whole.

use eventide_core::store::{Advance, StoreErrorKind};
use rusqlite::Connection;

use super::clock::now;
use super::{letters, partitions, routes};
use crate::change::Undone;
use crate::error::Place;
use crate::views;

pub(super) fn advance(conn: &Connection, place: &Place, step: &Advance) -> Result<(), Undone> {
    let lease = &step.lease;
    let name = &lease.subscription;
    partitions::hold(conn, lease)?;
    if let Some(to) = &step.to {
        partitions::move_to(conn, lease, to)?;
    }
    match &step.table {
        Some(table) => views::write(conn, place, table, &step.documents)?,
        None if step.documents.is_empty() => {}
        None => {
            let why = format!("a step of subscription `{name}` has documents and no table");
            return Err(place.error(StoreErrorKind::Other, "write to", &why).into());
        }
    }
    routes::remember(conn, name, &step.routes)?;
    let now = now(conn)?;
    // Before this step parks anything: whether a decision is a repeated one shows by the letters
    // that are there.
    for decision in &step.dropped {
        letters::decide(conn, decision, now)?;
    }
    for letter in &step.parked {
        letters::park(conn, name, letter, now)?;
    }
    let dropped = step.dropped.iter().map(|decision| &decision.letter.id);
    for gone in step.handled.iter().chain(dropped) {
        letters::remove(conn, name, gone)?;
    }
    Ok(())
}
