//! The store in memory keeps every law.

#![cfg(feature = "conformance")]

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use eventide_core::BoxError;
use eventide_core::store::conformance::{Harness, Storage};
use eventide_core::store::transfer::TransferStore;
use eventide_core::store::{MemoryStore, Store};
use eventide_core::time::Clock;

struct InMemory;

/// The store that was opened first: others beside it are its clones.
#[derive(Default)]
struct First(OnceLock<MemoryStore>);

#[async_trait]
impl Harness for InMemory {
    async fn storage(&self) -> Result<Box<dyn Storage>, BoxError> {
        Ok(Box::new(First::default()))
    }
}

#[async_trait]
impl Storage for First {
    async fn open(&self, clock: Arc<dyn Clock>) -> Result<Arc<dyn Store>, BoxError> {
        let first = self.0.get_or_init(|| MemoryStore::with_clock(clock));
        Ok(Arc::new(first.clone()))
    }

    async fn open_beside(&self, _: Arc<dyn Clock>) -> Result<Option<Arc<dyn Store>>, BoxError> {
        let first = self.0.get().cloned();
        Ok(first.map(|store| Arc::new(store) as Arc<dyn Store>))
    }

    async fn open_for_transfer(
        &self,
        clock: Arc<dyn Clock>,
    ) -> Result<Option<Arc<dyn TransferStore>>, BoxError> {
        let first = self.0.get_or_init(|| MemoryStore::with_clock(clock));
        Ok(Some(Arc::new(first.clone())))
    }

    fn is_durable(&self) -> bool {
        false
    }
}

eventide_core::conformance_tests!(InMemory);
