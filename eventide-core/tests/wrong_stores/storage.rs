//! Where a wrong store keeps what it holds.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use eventide_core::BoxError;
use eventide_core::store::conformance::{Harness, Storage, Tampered, Tampering};
use eventide_core::store::transfer::TransferStore;
use eventide_core::store::{MemoryStore, Store};
use eventide_core::time::Clock;

use crate::wrong::{Fault, WrongStore};

/// Makes the fault of a store; told whether its storage was open before.
pub(crate) type MakeFault = fn(reopened: bool) -> Fault;

pub(crate) struct Wrong(pub(crate) MakeFault);

#[async_trait]
impl Harness for Wrong {
    async fn storage(&self) -> Result<Box<dyn Storage>, BoxError> {
        Ok(Box::new(WrongStorage {
            make_fault: self.0,
            kept: Mutex::new(None),
        }))
    }
}

struct WrongStorage {
    make_fault: MakeFault,
    kept: Mutex<Option<MemoryStore>>,
}

impl WrongStorage {
    fn open_again(&self, clock: Arc<dyn Clock>) -> WrongStore {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let fault = (self.make_fault)(kept.is_some());
        if fault.forgetful {
            *kept = None;
        }
        let inner = kept.get_or_insert_with(|| MemoryStore::with_clock(clock));
        WrongStore {
            inner: inner.clone(),
            fault,
        }
    }
}

#[async_trait]
impl Storage for WrongStorage {
    async fn open(&self, clock: Arc<dyn Clock>) -> Result<Arc<dyn Store>, BoxError> {
        Ok(Arc::new(self.open_again(clock)))
    }

    async fn open_for_transfer(
        &self,
        clock: Arc<dyn Clock>,
    ) -> Result<Option<Arc<dyn TransferStore>>, BoxError> {
        Ok(Some(Arc::new(self.open_again(clock))))
    }

    async fn open_beside(&self, clock: Arc<dyn Clock>) -> Result<Option<Arc<dyn Store>>, BoxError> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let fault = (self.make_fault)(false);
        let shared = kept.clone().filter(|_| !fault.apart);
        let inner = shared.unwrap_or_else(|| MemoryStore::with_clock(clock));
        Ok(Some(Arc::new(WrongStore { inner, fault })))
    }

    async fn tamper(&self, _: Tampering) -> Tampered {
        (self.make_fault)(true).tampered
    }
}
