//! Mistakes other event sourcing libraries have made in their read side, each as a test that it is not
//! made here. The numbers are those of the survey they were found in.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod checkpoint;
mod domain;
mod hidden;
mod publish;
mod rebuild;
#[cfg(feature = "postgres")]
#[path = "../support/server.rs"]
mod server;
mod troubled;
