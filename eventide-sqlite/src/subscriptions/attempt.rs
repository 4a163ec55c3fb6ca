//! One step of a partition with what a projection writes in it.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use eventide_core::projection::{self, Attempt, AttemptError, Target, TransactionStore};
use eventide_core::store::{Advance, EventStore, StoreError, StoreErrorKind};
use eventide_core::{BoxError, LogId};
use rusqlite::Connection;
use tokio::runtime::Handle;
use tokio::time::timeout;

use super::CHANGE;
use super::advance::advance;
use crate::SqliteStore;
use crate::change::Undone;
use crate::error::Place;

/// The target of a projection that writes to tables in the store's file, in the transaction that
/// moves its checkpoint: its handlers take a `&rusqlite::Connection` that is inside it.
///
/// They run on the thread that writes the file, and nothing else is written meanwhile: let them wait
/// for nothing but the database. One that takes longer than the store's busy timeout has failed; let
/// the lease be longer than that. The transaction ends by itself: a handler begins and commits none.
#[derive(Debug, Clone, Copy)]
pub enum Sqlite {}

impl Target for Sqlite {
    type Tx<'t> = Connection;
    type Handling<'a> = Pin<Box<dyn Future<Output = Result<(), BoxError>> + 'a>>;
}

#[async_trait]
impl TransactionStore<Sqlite> for SqliteStore {
    async fn log_id(&self) -> Result<Option<LogId>, StoreError> {
        EventStore::log_id(self).await.map(Some)
    }

    async fn advance_with(
        &self,
        step: &Advance,
        attempt: Arc<dyn Attempt<Sqlite>>,
    ) -> Result<(), AttemptError> {
        let runtime = Handle::try_current().map_err(|source| {
            let why = "handlers run in a tokio runtime";
            let error = self.place().error(StoreErrorKind::Other, CHANGE, why);
            error.with_source(source)
        })?;
        let step = step.clone();
        let failed = Arc::new(Mutex::new(None));
        let tell = Arc::clone(&failed);
        let changed = self.change(CHANGE, move |conn, place| {
            advance(conn, place, &step)?;
            let mut failed = tell.lock().unwrap_or_else(PoisonError::into_inner);
            let why = "the projection's handler failed";
            let refused = || Undone::from(place.error(StoreErrorKind::Other, CHANGE, why));
            if failed.is_some() {
                // The transaction is done again for those who share it.
                return Err(refused());
            }
            let error = match handle(&runtime, &*attempt, (conn, place)) {
                Ok(()) if conn.is_autocommit() => "a handler ended its transaction".into(),
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            *failed = Some(error);
            Err(refused())
        });
        let changed = changed.await;
        let failed = failed.lock().unwrap_or_else(PoisonError::into_inner).take();
        match (changed, failed) {
            (Err(_), Some(error)) => Err(AttemptError::Failed(error)),
            (changed, _) => Ok(changed?),
        }
    }
}

/// Nobody else writes while a handler runs, so it has no longer than others wait for the file: one
/// that waits for more than the database, such as for an append to the same store, waits for itself.
fn handle(
    runtime: &Handle,
    attempt: &dyn Attempt<Sqlite>,
    (conn, place): (&Connection, &Place),
) -> Result<(), BoxError> {
    let at_most = place.busy_timeout;
    let handled = async { timeout(at_most, projection::attempt(attempt, conn)).await };
    runtime.block_on(handled).unwrap_or_else(|_| {
        let why = format!(
            "a handler waited longer than {at_most:?}, the store's busy timeout; while it runs nothing \
             else is written, so let it wait for the database alone, and append nothing"
        );
        Err(why.into())
    })
}
