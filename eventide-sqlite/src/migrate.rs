//! The tables, and how a file gets them: one SQL file per schema version, each in a transaction.

use rusqlite::{Connection, Error, Transaction, TransactionBehavior};

/// "EVNT": marks a file as ours.
pub(crate) const APPLICATION_ID: i64 = 0x4556_4E54;

/// The schema versions in order, the first is version 1. A file that was released never changes.
const MIGRATIONS: &[&str] = &[
    include_str!("schema/0001_init.sql"),
    include_str!("schema/0002_schema_versions.sql"),
    include_str!("schema/0003_log.sql"),
    include_str!("schema/0004_subscriptions.sql"),
];

/// The schema version this program reads and writes.
pub(crate) const CURRENT: usize = MIGRATIONS.len();

/// What a file turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// An empty database.
    Empty,
    /// Ours, of a schema version this program can bring up to date.
    Ours(usize),
    /// Ours, of a later schema version.
    Newer(i64),
    /// Somebody else's.
    Foreign,
}

/// Looks at a file without writing to it, in one instant: another process may be at [`migrate`].
pub(crate) fn look(conn: &Connection) -> Result<Found, Error> {
    let instant = conn.unchecked_transaction()?;
    inspect(&instant)
}

fn inspect(conn: &Connection) -> Result<Found, Error> {
    let number = |sql| conn.query_row(sql, [], |row| row.get::<_, i64>(0));
    let application = number("PRAGMA application_id")?;
    let version = number("PRAGMA user_version")?;
    if application == APPLICATION_ID {
        return Ok(match usize::try_from(version) {
            Ok(known @ 1..=CURRENT) => Found::Ours(known),
            Ok(0) | Err(_) => Found::Foreign,
            Ok(_) => Found::Newer(version),
        });
    }
    let tables = number("SELECT count(*) FROM sqlite_schema")?;
    if application == 0 && version == 0 && tables == 0 {
        Ok(Found::Empty)
    } else {
        Ok(Found::Foreign)
    }
}

/// Brings an empty or older file up to date. Another process may be doing the same: each step looks
/// again once it holds the write lock.
pub(crate) fn migrate(conn: &Connection) -> Result<Found, Error> {
    loop {
        let transaction = Transaction::new_unchecked(conn, TransactionBehavior::Immediate)?;
        let found = inspect(&transaction)?;
        let version = match found {
            Found::Empty => 0,
            Found::Ours(version) => version,
            Found::Newer(_) | Found::Foreign => return Ok(found),
        };
        let Some(sql) = MIGRATIONS.get(version) else {
            return Ok(found);
        };
        transaction.execute_batch(sql)?;
        transaction.execute_batch(&format!(
            "PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {}",
            version + 1
        ))?;
        transaction.commit()?;
    }
}
