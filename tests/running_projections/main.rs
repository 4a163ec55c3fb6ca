//! Projections: handlers that write in the transaction which moves their checkpoint, or to another
//! system. On SQLite, and on PostgreSQL where the feature is on.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod beginning;
mod domain;
mod failing;
mod once;
mod outside;
#[cfg(feature = "postgres")]
#[path = "../support/server.rs"]
mod server;
mod support;
mod trapped;
