//! Histories of what clients asked of a store and were told, and a checker of such histories.
//!
//! For fault tests: many clients append while the store is killed, cut off and restarted. Each
//! logs what it invokes and what becomes of it ([`record`]); readers log what they see. In the end
//! the checker gets the history and what the store then holds, and decides ([`mod@check`]). A seeded
//! driver makes the traffic ([`workload`]).
//!
//! ```
//! use std::sync::Arc;
//!
//! use eventide_core::store::{MemoryStore, Store};
//! use eventide_history::{End, History, Workload, check};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
//! let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
//! let history = History::new();
//! let workload = Workload { seed: 7, requests: 20, ..Workload::default() };
//! workload.run(&[store.clone()], &history, || false).await?;
//!
//! let entries = history.entries()?;
//! let report = check(&entries, &End::read(&store, &entries).await?);
//! // To look into a failure: `record::write(&entries, file)`.
//! assert!(report.is_clean(), "seed {}: {report}", workload.seed);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! An append is *acknowledged*, *refused* (a conflict, a command handled before, a store's error
//! that promises that nothing was stored) or *unknown*: the store said
//! [`Unknown`](eventide_core::store::StoreErrorKind::Unknown), the caller dropped the future, or
//! the process died before an answer. The order of the entries is the real-time order: an append
//! is logged before the store is called, its answer after the store answered.
//!
//! | of | must hold | else |
//! |---|---|---|
//! | the log | positions grow, time never goes back, each stream counts 1, 2, 3 … | `PositionWentBack`, `TimeWentBack`, `VersionHole` |
//! | | each event was invoked, is there once, and is what was appended | `Phantom`, `EventTwice`, `EventChanged` |
//! | an acknowledged append | all there, with the versions, positions and time told | `Lost`, `WrongVersion`, `WrongPosition`, `WrongTime`, `WrongAnswer` |
//! | | an event is acknowledged once | `AcknowledgedTwice` |
//! | a refused append | nothing there, unless another attempt may have stored it | `StoredThoughRefused` |
//! | an unknown append | all or nothing, in one piece per stream, at one time | `Torn`, `WrongVersion`, `WrongTime` |
//! | any stored append | follows the version it expected | `DoesNotFollow` |
//! | | comes after all that was acknowledged or seen before it was invoked | `OutOfOrder` |
//! | a conflict | of a stream of the request, with a version other than expected | `WrongAnswer` |
//! | | at least the version known when invoked, at most what was invoked by then | `VersionTooLow`, `VersionTooHigh` |
//! | a command | acts once | `CommandActedTwice` |
//! | | is known to the store exactly if its append is stored, with that append's result | `CommandForgotten`, `PhantomCommand`, `Torn`, `WrongResult` |
//! | | told as handled only if another append of it may have been stored by then | `NotHandledBefore` |
//! | | told as handled, before any conflict, once one was acknowledged | `NotTold` |
//! | a reader | sees each event up to where it is once, in the log's order, for ever | `Skipped`, `ReaderWentBack`, `Vanished` |
//! | | sees nothing before it was invoked | `SeenTooEarly` |
//! | | a last page, or a head, holds all that was acknowledged or seen before it was asked for | `Stale` |
//! | | a head is the position of an event | `Vanished` |
//! | the history | each append is invoked once and answered at most once | `Malformed` |
//!
//! Checking takes a few passes over hash maps: linear in entries and events.
//!
//! A repeated attempt must repeat all its events: their ids are what ties attempts together.

#![warn(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used
)]

pub mod check;
pub mod entry;
pub mod record;
pub mod workload;

pub use check::{End, Report, Violation, check};
pub use entry::{Answer, Entry, Op, Requested};
pub use record::{Client, Follower, History, HistoryError};
pub use workload::{Mix, Workload, WorkloadError};
