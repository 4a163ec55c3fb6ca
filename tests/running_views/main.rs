//! Views: folded once for each event, parked by key, shared by workers. On every store.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod changed;
mod chaos;
mod domain;
mod folding;
mod healing;
mod ignored;
mod inline;
mod parked;
mod poison;
mod rebuilding;
#[cfg(feature = "postgres")]
#[path = "../support/server.rs"]
mod server;
mod shared;
mod support;
mod unique;
