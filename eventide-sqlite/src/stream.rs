//! Reading one stream.

use eventide_core::StreamId;
use eventide_core::store::{Direction, PageBuilder, StoreError, StreamPage, StreamQuery};
use rusqlite::{Connection, params};

use crate::append;
use crate::error::Place;
use crate::row::{Decoder, event_columns, signed};

macro_rules! select {
    ($order:literal) => {
        concat!(
            "SELECT ",
            event_columns!(),
            " FROM events WHERE aggregate_type = ?1 AND aggregate_id = ?2 \
             AND version > ?3 AND version <= ?4 ORDER BY version ",
            $order,
            " LIMIT ?5"
        )
    };
}

pub(crate) const FORWARDS: &str = select!("ASC");
pub(crate) const BACKWARDS: &str = select!("DESC");

pub(crate) fn read(
    conn: &Connection,
    place: &Place,
    stream: &StreamId,
    query: StreamQuery,
) -> Result<StreamPage, StoreError> {
    let failed = |source| place.failed("read", source);
    let version = conn
        .prepare_cached(append::VERSION)
        .and_then(|mut statement| append::version(&mut statement, stream))
        .map_err(failed)?;
    let sql = match query.direction {
        Direction::Forwards => FORWARDS,
        Direction::Backwards => BACKWARDS,
    };
    let mut statement = conn.prepare_cached(sql).map_err(failed)?;
    let mut rows = statement
        .query(params![
            stream.aggregate_type(),
            stream.aggregate_id(),
            signed(query.after.get()),
            query.until.map_or(i64::MAX, |until| signed(until.get())),
            // One beyond the page tells whether there is more.
            signed(query.page.get() as u64 + 1),
        ])
        .map_err(failed)?;
    let mut decoder = Decoder::of_stream(place, stream);
    let mut page = PageBuilder::new(query.page.get());
    let mut more = false;
    while let Some(row) = rows.next().map_err(failed)? {
        more = page.is_full();
        if more {
            break;
        }
        page.push(decoder.event(row)?);
    }
    Ok(StreamPage {
        events: page.into_events(),
        version,
        more,
    })
}
