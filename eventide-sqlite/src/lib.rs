//! The embedded event store of eventide: one SQLite file, no server.
//!
//! [`SqliteStore`] implements core's `EventStore`, `SnapshotStore` and `SubscriptionStore`.
//!
//! - One thread writes, on one connection, in the write-ahead log mode of SQLite. What many tasks
//!   ask at the same time shares a transaction, and so one wait for the disk.
//! - A few connections read, beside the writer and without waiting for it.
//! - The tables are meant to be looked at: `sqlite3 shop.db "SELECT * FROM events"` shows names,
//!   and payloads as JSON. Triggers refuse to change or delete events and handled commands.
//! - Each view has a table of its own, with an index on each of its columns. What a projection on
//!   [`Sqlite`] writes, it writes in the transaction that moves its checkpoint.

#![warn(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used
)]

mod append;
mod bell;
mod bounds;
mod change;
mod commands;
mod connect;
mod error;
mod log;
mod migrate;
mod options;
mod plan;
mod readers;
mod row;
mod schema_versions;
mod snapshot;
mod store;
mod stream;
mod subscriptions;
mod transaction;
mod transfer;
mod views;
mod work;
mod writer;

pub use options::{Durability, SqliteOptions};
pub use rusqlite;
pub use store::SqliteStore;
pub use subscriptions::Sqlite;
pub use writer::WriterStats;
