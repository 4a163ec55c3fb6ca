//! The testing kit of read models: what it lets pass, and what it catches.
#![cfg(feature = "testing")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod domain;
mod given;
mod projections;
mod services;
mod views;

use std::panic::{AssertUnwindSafe, catch_unwind};

/// What `act` says as it panics.
fn panic_of<T>(act: impl FnOnce() -> T) -> String {
    let Err(panic) = catch_unwind(AssertUnwindSafe(act)) else {
        panic!("it does not panic");
    };
    *panic.downcast::<String>().unwrap()
}
