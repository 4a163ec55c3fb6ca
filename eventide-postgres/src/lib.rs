//! The server event store of eventide, on PostgreSQL 13 and later.
//!
//! [`PostgresStore`] implements core's `EventStore`, `SnapshotStore` and `SubscriptionStore`.
//!
//! - What many tasks ask at the same time is judged and written by one call, in one round trip and
//!   one commit: see `schema/0002_append.sql`. A conflict in one request fails no other.
//! - Positions are taken under the log's lock and held until the commit, so a reader that went past
//!   a position has seen everything before it that will ever be visible. No timeout is involved.
//! - A connection that is lost during a commit is no guess: the same batch is asked again, and what
//!   was stored already is found by its event and command ids.
//! - A step of a subscription is one transaction, which first compares the token of its lease: see
//!   `schema/0005_subscriptions.sql`. The documents of a view have a table of their own;
//!   what a projection on [`Postgres`] writes, it writes in that transaction.
//! - The tables are meant to be looked at: payloads are JSON. Triggers refuse to change or delete
//!   events and handled commands, whoever asks.

#![warn(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used
)]

mod address;
mod append;
mod commands;
mod connect;
mod error;
mod holders;
mod link;
mod log;
mod migrate;
mod options;
mod plan;
mod row;
mod schema_versions;
mod server;
mod snapshot;
mod sql;
mod store;
mod stream;
mod subscriptions;
mod transfer;
mod value;
mod view;
mod wake;
mod whole;

pub use append::{Connection, Pending, WriterStats};
pub use deadpool_postgres::Pool;
pub use holders::LockHolder;
pub use migrate::{Migration, Payload};
pub use options::{Durability, Pooler, PostgresOptions};
pub use store::PostgresStore;
pub use subscriptions::Postgres;
pub use tokio_postgres;
pub use wake::Wakeups;
