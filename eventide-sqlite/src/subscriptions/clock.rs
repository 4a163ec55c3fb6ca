//! The clock leases run by: the machine's, as SQLite tells it to every process with the file open.
//! The store's own clock, which a test may stop, is for recorded times only.

use std::time::Duration;

use rusqlite::{Connection, Error};

/// Now, in microseconds since 1970-01-01 UTC.
pub(super) fn now(conn: &Connection) -> Result<i64, Error> {
    // SQLite knows the time to the millisecond, and tells it as a fraction of seconds.
    conn.prepare_cached("SELECT CAST(round(unixepoch('now', 'subsec') * 1000) AS INTEGER) * 1000")?
        .query_row([], |row| row.get(0))
}

/// When a lease of `ttl` from now runs out.
pub(super) fn until(conn: &Connection, ttl: Duration) -> Result<i64, Error> {
    let ttl = i64::try_from(ttl.as_micros()).unwrap_or(i64::MAX);
    Ok(now(conn)?.saturating_add(ttl))
}
