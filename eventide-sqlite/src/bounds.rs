//! Which stretch of the log a query is about. Positions, recorded times and a stream's versions all
//! grow together, so a bound on one is found as a bound on another by halving.

use eventide_core::StreamId;
use eventide_core::store::{Direction, LogQuery};
use jiff::Timestamp;
use rusqlite::{Connection, Error, OptionalExtension, params};

use crate::append;
use crate::row::signed;

/// The numbers after `after` and before `before`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) after: i64,
    pub(crate) before: i64,
}

impl Bounds {
    pub(crate) fn is_empty(self) -> bool {
        self.before.saturating_sub(self.after) <= 1
    }

    /// The positions `query` is about, in a log that ends at `head`.
    pub(crate) fn of_query(conn: &Connection, query: &LogQuery, head: i64) -> Result<Self, Error> {
        let mut bounds = Self {
            after: 0,
            before: head.saturating_add(1),
        };
        let from = query.from.map(|position| signed(position.as_raw()));
        match (query.direction, from) {
            (Direction::Forwards, Some(from)) => bounds.after = from,
            (Direction::Backwards, Some(from)) => bounds.before = bounds.before.min(from),
            (_, None) => {}
        }
        if let Some(time) = query.filter.recorded_from {
            let first = first_recorded(conn, time, head)?;
            bounds.after = bounds.after.max(first - 1);
        }
        if let Some(time) = query.filter.recorded_before {
            bounds.before = bounds.before.min(first_recorded(conn, time, head)?);
        }
        Ok(bounds)
    }

    /// The versions of `stream` that are at these positions.
    pub(crate) fn in_stream(self, conn: &Connection, stream: &StreamId) -> Result<Self, Error> {
        let mut statement = conn.prepare_cached(append::VERSION)?;
        let last = signed(append::version(&mut statement, stream)?.get());
        let mut position = conn.prepare_cached(
            "SELECT position FROM events \
             WHERE aggregate_type = ?1 AND aggregate_id = ?2 AND version = ?3",
        )?;
        let mut first_at = |bound: i64| {
            first(last, |version| {
                let found: Option<i64> = position
                    .query_row(
                        params![stream.aggregate_type(), stream.aggregate_id(), version],
                        |row| row.get(0),
                    )
                    .optional()?;
                Ok(found.is_none_or(|position| position >= bound))
            })
        };
        Ok(Self {
            after: first_at(self.after.saturating_add(1))? - 1,
            before: first_at(self.before)?,
        })
    }
}

/// The first position recorded at `time` or later; the one after `head` if there is none.
fn first_recorded(conn: &Connection, time: Timestamp, head: i64) -> Result<i64, Error> {
    let microsecond = ceil_to_microsecond(time);
    let mut recorded_at = conn.prepare_cached(
        "SELECT recorded_at FROM events WHERE position >= ?1 ORDER BY position LIMIT 1",
    )?;
    first(head, |position| {
        let found: Option<i64> = recorded_at
            .query_row([position], |row| row.get(0))
            .optional()?;
        Ok(found.is_none_or(|recorded_at| recorded_at >= microsecond))
    })
}

/// What is stored has whole microseconds, so a bound between two of them is as good as the later.
fn ceil_to_microsecond(time: Timestamp) -> i64 {
    let floor = time.as_nanosecond().div_euclid(1_000);
    let rest = time.as_nanosecond().rem_euclid(1_000);
    i64::try_from(floor + i128::from(rest > 0)).unwrap_or(i64::MAX)
}

/// The first of `1..=last` that is `there`, if once there all later ones are too; else the one
/// after `last`.
fn first(last: i64, mut there: impl FnMut(i64) -> Result<bool, Error>) -> Result<i64, Error> {
    let (mut before, mut at) = (0, last.saturating_add(1));
    while at - before > 1 {
        let middle = before + (at - before) / 2;
        if there(middle)? {
            at = middle;
        } else {
            before = middle;
        }
    }
    Ok(at)
}
