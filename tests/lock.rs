//! The schema lock: written, kept, proven, sampled and reported.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "a test fails by panicking"
)]

#[path = "lock/accepting.rs"]
mod accepting;
#[path = "lock/given.rs"]
mod given;
#[path = "lock/made_up.rs"]
mod made_up;
#[path = "lock/programs.rs"]
mod programs;
#[path = "lock/proving.rs"]
mod proving;
#[path = "lock/shop.rs"]
mod shop;
#[cfg(feature = "sqlite")]
#[path = "lock/stored.rs"]
mod stored;
mod support;
