//! The least there can be: a loop that blocks, in the thread of the connection.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::row::{Inserts, Row};
use crate::by_hand::Order;
use crate::samples;

/// Places `orders` orders in `file`; then each call adds so many lines, one after another, to each
/// order in turn.
pub(crate) fn bare_loop(file: &Path, orders: u64) -> impl FnMut(u32) -> Duration + use<> {
    let conn = Connection::open(file).unwrap();
    let mut states: Vec<(Order, i64)> = Vec::new();
    let mut inserts = Inserts::new(&conn);
    for order in 0..orders {
        inserts.commit(&[Row::new(order, 1, "OrderPlaced", &samples::placed())]);
        states.push((Order::default(), 1));
    }
    drop(inserts);
    move |commands| {
        let mut inserts = Inserts::new(&conn);
        let started = Instant::now();
        for id in (0..orders).cycle().take(commands as usize) {
            let (order, version) = &mut states[usize::try_from(id).unwrap()];
            let added = order.add_line(samples::add_line(id)).unwrap();
            *version += 1;
            inserts.commit(&[Row::new(id, *version, "LineAdded", &added)]);
            order.line_added(&added);
        }
        started.elapsed()
    }
}
