//! A storage to try one law on, and what laws do with it again and again.

use std::sync::Arc;

use futures_util::future::try_join_all;
use jiff::Timestamp;
use tokio::sync::Barrier;

use super::harness::{Harness, Storage, Tampered, Tampering};
use super::unmet::{Unmet, in_full};
use crate::store::Store;
use crate::store::transfer::TransferStore;
use crate::time::FixedClock;

/// A new storage, and the clock its stores are opened with.
pub(super) struct Trial<'h> {
    pub(super) clock: Arc<FixedClock>,
    harness: &'h dyn Harness,
    storage: Box<dyn Storage>,
}

impl<'h> Trial<'h> {
    pub(super) async fn new(harness: &'h dyn Harness) -> Result<Self, Unmet> {
        let storage = harness.storage().await;
        Ok(Self {
            clock: Arc::new(FixedClock::at(start())),
            harness,
            storage: storage.map_err(|error| Unmet::Violated(in_full(&*error)))?,
        })
    }

    /// Another new storage, apart from this one.
    pub(super) async fn another(&self) -> Result<Self, Unmet> {
        Self::new(self.harness).await
    }

    /// Opens the storage. Drop the store that was open before.
    pub(super) async fn open(&self) -> Result<Arc<dyn Store>, Unmet> {
        let store = self.storage.open(self.clock.clone()).await;
        store.map_err(|error| Unmet::Violated(in_full(&*error)))
    }

    /// Opens a second store on the storage that is open already.
    pub(super) async fn open_beside(&self) -> Result<Arc<dyn Store>, Unmet> {
        let store = self.storage.open_beside(self.clock.clone()).await;
        let store = store.map_err(|error| Unmet::Violated(in_full(&*error)))?;
        store.ok_or(Unmet::NotApplicable(
            "its storage belongs to one store at a time",
        ))
    }

    /// Opens the storage, to copy from it and to it. Drop the store that was open before.
    pub(super) async fn open_for_transfer(&self) -> Result<Arc<dyn TransferStore>, Unmet> {
        let store = self.storage.open_for_transfer(self.clock.clone()).await;
        let store = store.map_err(|error| Unmet::Violated(in_full(&*error)))?;
        store.ok_or(Unmet::NotApplicable("logs cannot be copied from or to it"))
    }

    /// Closes `store`, which must be the last handle, and opens its storage again.
    pub(super) async fn reopen(&self, store: Arc<dyn Store>) -> Result<Arc<dyn Store>, Unmet> {
        if !self.storage.is_durable() {
            return Err(Unmet::NotApplicable(
                "its storage does not outlive the store",
            ));
        }
        drop(store);
        self.open().await
    }

    /// For laws that move the clock.
    pub(super) fn needs_clock(&self) -> Result<(), Unmet> {
        if self.storage.obeys_clock() {
            Ok(())
        } else {
            Err(Unmet::NotApplicable("it records another clock's time"))
        }
    }

    /// For laws about how a payload is written.
    pub(super) fn needs_notation(&self) -> Result<(), Unmet> {
        if self.storage.keeps_notation() {
            Ok(())
        } else {
            Err(Unmet::NotApplicable(
                "it keeps the value of a payload, not its notation",
            ))
        }
    }

    pub(super) async fn tamper(&self, tampering: Tampering) -> Tampered {
        self.storage.tamper(tampering).await
    }
}

/// When every trial's clock starts: a time with a fraction below what stores keep.
pub(super) fn start() -> Timestamp {
    Timestamp::constant(1_291_191_960, 123_456_789)
}

/// Runs all of `tasks` at once, each as a task of the runtime, and waits for their results.
pub(super) async fn together<T, F>(tasks: impl IntoIterator<Item = F>) -> Result<Vec<T>, Unmet>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let tasks: Vec<F> = tasks.into_iter().collect();
    let start = Arc::new(Barrier::new(tasks.len()));
    let running = tasks.into_iter().map(|task| {
        let start = start.clone();
        tokio::spawn(async move {
            start.wait().await;
            task.await
        })
    });
    Ok(try_join_all(running).await?)
}
