//! The conformance suite: what every store must do, as laws that try it.
//!
//! A store proves itself by passing them all. Say where it keeps its events, and let every law
//! become a test:
//!
//! ```
//! use std::sync::Arc;
//!
//! use async_trait::async_trait;
//! use eventide_core::store::conformance::{Harness, Storage};
//! use eventide_core::store::{MemoryStore, Store};
//! use eventide_core::time::Clock;
//! use eventide_core::BoxError;
//!
//! struct InMemory;
//!
//! #[async_trait]
//! impl Harness for InMemory {
//!     async fn storage(&self) -> Result<Box<dyn Storage>, BoxError> {
//!         Ok(Box::new(InMemory))
//!     }
//! }
//!
//! #[async_trait]
//! impl Storage for InMemory {
//!     async fn open(&self, clock: Arc<dyn Clock>) -> Result<Arc<dyn Store>, BoxError> {
//!         Ok(Arc::new(MemoryStore::with_clock(clock)))
//!     }
//!
//!     fn is_durable(&self) -> bool {
//!         false
//!     }
//! }
//!
//! eventide_core::conformance_tests!(InMemory);
//! ```
//!
//! A store that keeps nothing for subscriptions and views is not held to the laws about them.
//!
//! [`check`] tries all laws at once and gives a [`Report`]: for stores that are tried outside of
//! tests, such as a database in another place.
//!
//! The laws need no order among themselves, and wait for nothing but leases of a few milliseconds to
//! run out: by the clock they opened the store with, which they move, or by the time that passes.
//! What they can see of races depends on the runtime: use one with several threads.

mod harness;
mod law;
mod list;
mod report;
mod subscription_list;

mod along;
mod following;
mod foreign;
mod inventory;
mod reading;
mod samples;
mod steps;
mod subscribing;
mod trial;
mod unmet;
mod viewing;

mod advances;
mod append;
mod beside;
mod checkpoints;
mod columns;
mod commands;
mod counting;
mod dividing;
mod documents;
mod durability;
mod envelope;
mod expectations;
mod fencing;
mod filters;
mod forgetting;
mod identity;
mod imported_commands;
mod imports;
mod keeping;
mod leases;
mod letters;
mod live;
mod log;
mod opening;
mod order;
mod paging;
mod parked;
mod refusals;
mod routes;
mod schema_versions;
mod serving;
mod snapshots;
mod stream_ids;
mod streams;
mod tampering;
mod unique;
mod views;
mod with_appends;
mod workers;
mod writers;

pub use harness::{Harness, Storage, Tampered, Tampering};
pub use law::{Law, Verdict};
pub use list::laws;
pub use report::Report;

/// Tries all [`laws`], one after another, each on a storage of its own. Must run on a tokio
/// runtime, with its time enabled. Never panics.
pub async fn check(harness: &dyn Harness) -> Report {
    let mut findings = Vec::new();
    for law in laws() {
        findings.push((*law, law.check(harness).await));
    }
    Report::new(findings)
}

/// For [`conformance_tests!`](crate::conformance_tests): demands that the law called `name` is
/// not violated.
///
/// # Panics
/// It is, or there is no such law.
#[doc(hidden)]
pub async fn assert_law(harness: &dyn Harness, name: &str) {
    let law = laws().iter().find(|law| law.name == name);
    assert!(law.is_some(), "there is no law `{name}`");
    if let Some(law) = law {
        let verdict = law.check(harness).await;
        let broken = matches!(verdict, Verdict::Violated(_));
        assert!(!broken, "{verdict}\nthe law: {}", law.promise);
    }
}

/// Makes one test of every law: `conformance_tests!(harness)`, where `harness` is an expression
/// that gives a [`Harness`](crate::store::conformance::Harness).
///
/// The crate that uses it needs `tokio` with the features `macros` and `rt-multi-thread`.
#[macro_export]
macro_rules! conformance_tests {
    ($harness:expr) => {
        $crate::__eventide_laws! { [$crate::__eventide_law_tests] [$harness] }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __eventide_law_tests {
    ([$harness:expr] $($group:ident { $($name:ident: $promise:literal,)* })*) => {
        $($(
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $name() {
                $crate::store::conformance::assert_law(&$harness, stringify!($name)).await;
            }
        )*)*
    };
}
