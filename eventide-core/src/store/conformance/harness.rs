//! What the suite needs from whoever wrote the store.

use std::sync::Arc;

use async_trait::async_trait;

use crate::aggregate::BoxError;
use crate::ids::Position;
use crate::store::Store;
use crate::store::transfer::TransferStore;
use crate::time::Clock;

/// Makes storages to try a store on.
#[async_trait]
pub trait Harness: Send + Sync {
    /// A new, empty storage that nobody else uses: a fresh file, database or schema. It is gone
    /// when the box is dropped.
    ///
    /// # Errors
    /// Why there is none; the law that wanted it is then reported as violated.
    async fn storage(&self) -> Result<Box<dyn Storage>, BoxError>;
}

/// What a store keeps its events in, for as long as one law needs it.
#[async_trait]
pub trait Storage: Send + Sync {
    /// Opens a store on it that records the time of `clock`.
    ///
    /// Called again after a law has dropped the store it had: whatever was opened before is to be
    /// closed for good first, as if the process had ended, and nothing may be kept in memory.
    ///
    /// # Errors
    /// Why it does not open; the law that wanted it is then reported as violated.
    async fn open(&self, clock: Arc<dyn Clock>) -> Result<Arc<dyn Store>, BoxError>;

    /// Opens a second store on it, beside the one that is open and without closing that one, as
    /// another process would. `None` if the storage belongs to one store at a time; the laws about
    /// several do not apply then.
    ///
    /// # Errors
    /// Why it does not open; the law that wanted it is then reported as violated.
    async fn open_beside(&self, clock: Arc<dyn Clock>) -> Result<Option<Arc<dyn Store>>, BoxError> {
        let _ = clock;
        Ok(None)
    }

    /// As [`open`](Self::open), for a store that logs can be copied from and to. `None` if they
    /// cannot; the laws about that do not apply then.
    ///
    /// # Errors
    /// Why it does not open; the law that wanted it is then reported as violated.
    async fn open_for_transfer(
        &self,
        clock: Arc<dyn Clock>,
    ) -> Result<Option<Arc<dyn TransferStore>>, BoxError> {
        let _ = clock;
        Ok(None)
    }

    /// Whether it outlives the store. If not, the laws about that do not apply.
    fn is_durable(&self) -> bool {
        true
    }

    /// Whether the store records the time of the clock it was opened with, rather than, say, its
    /// database server's. If not, the laws that move the clock do not apply.
    fn obeys_clock(&self) -> bool {
        true
    }

    /// Whether the store keeps how a payload's JSON was written, rather than its value alone. If not,
    /// the laws that write one value in many ways do not apply.
    fn keeps_notation(&self) -> bool {
        true
    }

    /// Tries to tamper with a stored event behind the back of the open store: on a connection of
    /// its own, with the rights a careless colleague would have.
    async fn tamper(&self, tampering: Tampering) -> Tampered {
        let _ = tampering;
        Tampered::NotApplicable
    }
}

/// A deed that an append-only log does not suffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tampering {
    /// Change the payload of the event at this position: `UPDATE`.
    Update(Position),
    /// Remove the event at this position: `DELETE`.
    Delete(Position),
    /// Write another event over the one at this position: `INSERT OR REPLACE`, `MERGE`, or however
    /// the database calls it.
    Replace(Position),
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tampered {
    /// The database refused it for what it is. A lock that was in the way is no refusal.
    Refused,
    /// The database did it.
    Done,
    /// There is no database behind the store, or it knows no such deed.
    NotApplicable,
}
