//! Views and projections kept up to date by several processes, which are killed, stopped and started
//! again, while the database restarts and appends go on.
//!
//! Each test runs with one seed; with `EVENTIDE_SEEDS=20` with twenty, and with `EVENTIDE_SEED=7` with
//! that one. What is done follows from the seed; when exactly it meets the processes does not.

#![cfg(feature = "sqlite")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
#![cfg_attr(
    not(feature = "postgres"),
    allow(
        clippy::unused_async,
        clippy::unused_self,
        reason = "a server is asked where there is one"
    )
)]

mod appends;
mod chaos;
mod child;
mod domain;
mod faults;
mod judge;
mod parked;
mod place;
mod processes;
mod projecting;
mod rebuilding;
mod rows;
mod table;
mod waits;
mod witness;

/// Runs a scenario with each seed, one after the other, as a test.
macro_rules! with_seeds {
    ($($(#[$meta:meta])* $name:ident => $scenario:path, $place:path;)*) => {$(
        $(#[$meta])*
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            for seed in crate::place::seeds() {
                // Shown if it fails.
                println!("EVENTIDE_SEED={seed}");
                $scenario(seed, $place(stringify!($name), seed).await).await;
            }
        }
    )*};
}
pub(crate) use with_seeds;
