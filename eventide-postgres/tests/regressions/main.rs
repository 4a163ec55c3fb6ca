//! Bugs that other event stores on PostgreSQL have, or had, each as a test of its own.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod conflicts;
mod connections;
mod going_away;
mod order;
#[path = "../support/mod.rs"]
mod support;
mod told;
