#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod laws;
mod made_up;
mod order;
mod story;
mod unlawful;

use std::panic::{AssertUnwindSafe, catch_unwind};

/// What `act` says as it panics.
fn panic_of(act: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(act)).expect_err("panics");
    *panic.downcast::<String>().expect("a formatted message")
}
