//! Reading the whole log.

use eventide_core::store::{Density, Direction, LogPage, LogQuery, PageBuilder, StoreError};
use eventide_core::{LogId, Position};
use rusqlite::{Connection, Error, params_from_iter};

use crate::bounds::Bounds;
use crate::error::Place;
use crate::plan;
use crate::row::{Decoder, event_columns, signed, uuid};

/// A read stops looking after this many candidates that were not wanted, so that no read holds its
/// connection for long; the next one goes on from there.
const MAX_LOOKS: usize = 50_000;

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT ", event_columns!(), " FROM events WHERE ", $rest)
    };
}

pub(crate) const EVERYTHING_FORWARDS: &str =
    select!("position > ?1 AND position < ?2 ORDER BY position ASC LIMIT ?3");
pub(crate) const EVERYTHING_BACKWARDS: &str =
    select!("position > ?1 AND position < ?2 ORDER BY position DESC LIMIT ?3");
pub(crate) const ONE: &str = select!("position = ?1");

/// The position of the last event; zero if there is none.
pub(crate) fn head(conn: &Connection) -> Result<i64, Error> {
    conn.prepare_cached("SELECT coalesce(max(position), 0) FROM events")?
        .query_row([], |row| row.get(0))
}

/// Which log it is.
pub(crate) fn id(conn: &Connection, place: &Place) -> Result<LogId, StoreError> {
    let failed = |source| place.failed("read", source);
    let mut select = conn
        .prepare_cached("SELECT log_id FROM log")
        .map_err(failed)?;
    let mut rows = select.query([]).map_err(failed)?;
    let Some(row) = rows.next().map_err(failed)? else {
        return Err(place.damaged("the identity of the log", "it is missing"));
    };
    let id = uuid(row.get_ref(0).map_err(failed)?).map_err(|source| {
        place
            .damaged("the identity of the log", "it is not a UUID")
            .with_source(source)
    })?;
    Ok(LogId::from_uuid(id))
}

pub(crate) fn read(
    conn: &Connection,
    place: &Place,
    density: &Density,
    query: &LogQuery,
) -> Result<LogPage, StoreError> {
    let failed = |source| place.failed("read", source);
    let head = head(conn).map_err(failed)?;
    let bounds = Bounds::of_query(conn, query, head).map_err(failed)?;
    let mut page = PageBuilder::new(query.page.get());
    let stopped_at = if bounds.is_empty() || contradicts_itself(query) {
        None
    } else if plan::is_everything(&query.filter) {
        everything(conn, place, query, bounds, &mut page)?
    } else if plan::is_of_types(&query.filter) && density.is_high(query) {
        mostly_wanted(conn, place, query, bounds, &mut page)?
    } else {
        wanted(conn, place, query, bounds, &mut page)?
    };
    let from = query.from.map(Position::as_raw);
    let next = match (stopped_at, query.direction) {
        (Some(position), _) => position,
        (None, Direction::Forwards) => {
            Position::from_raw(head.unsigned_abs().max(from.unwrap_or_default()))
        }
        (None, Direction::Backwards) => Position::START,
    };
    let page = LogPage {
        events: page.into_events(),
        next,
        more: stopped_at.is_some(),
    };
    density.found(query, &page);
    Ok(page)
}

/// Whether the filter asks for a stream and for an aggregate of another type.
fn contradicts_itself(query: &LogQuery) -> bool {
    let filter = &query.filter;
    match (&filter.stream, &filter.aggregate_type) {
        (Some(stream), Some(name)) => stream.aggregate_type() != name,
        _ => false,
    }
}

/// Fills the page with whatever comes; where it stopped, if there is more.
fn everything(
    conn: &Connection,
    place: &Place,
    query: &LogQuery,
    bounds: Bounds,
    page: &mut PageBuilder,
) -> Result<Option<Position>, StoreError> {
    let failed = |source| place.failed("read", source);
    let sql = match query.direction {
        Direction::Forwards => EVERYTHING_FORWARDS,
        Direction::Backwards => EVERYTHING_BACKWARDS,
    };
    let limit = signed(query.page.get() as u64 + 1);
    let mut statement = conn.prepare_cached(sql).map_err(failed)?;
    let mut rows = statement
        .query([bounds.after, bounds.before, limit])
        .map_err(failed)?;
    let mut decoder = Decoder::new(place);
    while let Some(row) = rows.next().map_err(failed)? {
        if page.is_full() {
            return Ok(page.last().map(|event| event.position));
        }
        page.push(decoder.event(row)?);
    }
    Ok(None)
}

/// Fills the page with events of the types that are wanted, by looking at everything; where it stopped,
/// if there may be more.
fn mostly_wanted(
    conn: &Connection,
    place: &Place,
    query: &LogQuery,
    bounds: Bounds,
    page: &mut PageBuilder,
) -> Result<Option<Position>, StoreError> {
    let failed = |source| place.failed("read", source);
    let mut statement = conn.prepare_cached(EVERYTHING_FORWARDS).map_err(failed)?;
    let looks = signed(MAX_LOOKS as u64);
    let mut rows = statement
        .query([bounds.after, bounds.before, looks])
        .map_err(failed)?;
    let types = &query.filter.event_types;
    let mut decoder = Decoder::new(place);
    let (mut looked, mut last) = (0, None);
    while let Some(row) = rows.next().map_err(failed)? {
        looked += 1;
        last = Some(decoder.position(row)?);
        let event_type = decoder.event_type(row)?;
        if !types.iter().any(|wanted| wanted == event_type) {
            continue;
        }
        if page.is_full() {
            return Ok(page.last().map(|event| event.position));
        }
        page.push(decoder.event(row)?);
    }
    Ok(last.filter(|_| looked == MAX_LOOKS))
}

/// Fills the page with what the filter wants; where it stopped, if there may be more.
fn wanted(
    conn: &Connection,
    place: &Place,
    query: &LogQuery,
    bounds: Bounds,
    page: &mut PageBuilder,
) -> Result<Option<Position>, StoreError> {
    let failed = |source| place.failed("read", source);
    let bounds = match &query.filter.stream {
        Some(stream) => bounds.in_stream(conn, stream).map_err(failed)?,
        None => bounds,
    };
    let plan = plan::candidates(query, bounds);
    let mut candidates = conn.prepare_cached(&plan.sql).map_err(failed)?;
    let mut candidates = candidates
        .query(params_from_iter(plan.params))
        .map_err(failed)?;
    let mut one = conn.prepare_cached(ONE).map_err(failed)?;
    let mut decoder = Decoder::new(place);
    let mut looks = 0;
    while let Some(candidate) = candidates.next().map_err(failed)? {
        let position: i64 = candidate.get(0).map_err(failed)?;
        if !candidate.get::<_, bool>(1).map_err(failed)? {
            looks += 1;
            if looks == MAX_LOOKS {
                return Ok(Some(Position::from_raw(position.unsigned_abs())));
            }
            continue;
        }
        if page.is_full() {
            return Ok(page.last().map(|event| event.position));
        }
        let mut rows = one.query([position]).map_err(failed)?;
        if let Some(row) = rows.next().map_err(failed)? {
            page.push(decoder.event(row)?);
        }
    }
    Ok(None)
}
