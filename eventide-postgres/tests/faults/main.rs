//! What the store promises, it promises under faults. Many clients append and readers follow while
//! a fault goes on; everybody logs what it asks and is told; then a checker, itself tested on
//! planted faults, judges that history against what the store holds.
//!
//! Each fault runs with one seed; with `EVENTIDE_SEEDS=20` with twenty, and with `EVENTIDE_SEED=7`
//! with that one. The requests and the schedule of the faults follow from the seed. A history that
//! does not hold is written to a file, and the failure names it.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod application;
mod backends;
mod chaos;
mod crowd;
mod failover;
mod full_disk;
mod life;
mod network;
mod paused;
mod postmaster;
mod steps;

/// Runs a fault with each seed, one after the other, as a test.
macro_rules! with_seeds {
    ($($(#[$doc:meta])* $name:ident => $fault:path;)*) => {$(
        $(#[$doc])*
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            for seed in crate::chaos::seeds() {
                println!("{}, seed {seed}", stringify!($name));
                $fault(stringify!($name), seed).await;
            }
        }
    )*};
}
pub(crate) use with_seeds;
