//! To which key the events of a stream belong.

use eventide_core::StreamId;
use eventide_core::subscription::SubscriptionName;
use rusqlite::{Connection, Error, OptionalExtension, params};

/// Remembers routes; known ones stay as they are.
pub(super) fn remember(
    conn: &Connection,
    name: &SubscriptionName,
    routes: &[(StreamId, String)],
) -> Result<(), Error> {
    let mut insert = conn.prepare_cached(
        "INSERT OR IGNORE INTO subscription_routes \
         (subscription, aggregate_type, aggregate_id, key) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for (stream, key) in routes {
        insert.execute(params![
            name.as_str(),
            stream.aggregate_type(),
            stream.aggregate_id(),
            key
        ])?;
    }
    Ok(())
}

/// The keys of these streams, in the order asked.
pub(super) fn find(
    conn: &Connection,
    name: &SubscriptionName,
    streams: &[StreamId],
) -> Result<Vec<Option<String>>, Error> {
    let mut select = conn.prepare_cached(
        "SELECT key FROM subscription_routes \
         WHERE subscription = ?1 AND aggregate_type = ?2 AND aggregate_id = ?3",
    )?;
    let mut key = |stream: &StreamId| {
        let stream = (
            name.as_str(),
            stream.aggregate_type(),
            stream.aggregate_id(),
        );
        select.query_row(stream, |row| row.get(0)).optional()
    };
    streams.iter().map(&mut key).collect()
}
