//! What tests and benches put around a store: a private PostgreSQL server that can be killed,
//! stopped and failed over, and a network that can be cut.
//!
//! - [`Server`]: PostgreSQL on a data folder of its own, gone when it is dropped.
//! - [`Proxy`]: a TCP proxy that delays, cuts, or swallows what passes through it.
//!
//! Needs Linux: processes are looked up in `/proc`.

#![warn(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used
)]

mod error;
mod folder;
mod ports;
mod processes;
mod programs;
mod proxy;
mod server;

pub use error::{Error, Result};
pub use proxy::{Direction, Proxy};
pub use server::{Options, Server, Standby};
