//! Changes beside the log: each is made whole or not at all, whatever shares its transaction. Most
//! are made, so a batch is tried without savepoints first.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use eventide_core::store::{StoreError, StoreErrorKind};
use eventide_core::subscription::LeaseError;
use rusqlite::{Connection, Error, ffi};

use crate::SqliteStore;
use crate::append::Judging;
use crate::error::{Place, of_store};
use crate::work::Work;

/// Whether what was written is to be kept. It may be run more than once, if its transaction fails.
type Run = Box<dyn Fn(&Connection, &Place) -> Result<bool, Error> + Send + Sync>;

/// Something the writer does that may be refused.
pub(crate) struct Change {
    attempt: &'static str,
    run: Run,
}

impl Change {
    /// For messages: what was attempted.
    pub(crate) fn attempt(&self) -> &'static str {
        self.attempt
    }

    /// Makes the change in the transaction under way. An error is one of the whole transaction.
    pub(crate) fn run(
        &self,
        conn: &Connection,
        place: &Place,
        judging: Judging,
    ) -> Result<(), Error> {
        if judging == Judging::ByWriting {
            let stands = (self.run)(conn, place)?;
            return if stands { Ok(()) } else { Err(refused()) };
        }
        in_savepoint(conn, || (self.run)(conn, place)).map(|_| ())
    }
}

/// Does what may be refused, and undoes it if it is; whether it stands.
///
/// Within a savepoint SQLite keeps a copy of every page that is changed, and takes half as long again
/// for a large step.
pub(crate) fn in_savepoint(
    conn: &Connection,
    run: impl FnOnce() -> Result<bool, Error>,
) -> Result<bool, Error> {
    let execute = |sql| conn.prepare_cached(sql)?.execute([]);
    execute("SAVEPOINT change")?;
    let stands = run()?;
    if !stands {
        execute("ROLLBACK TO change")?;
    }
    execute("RELEASE change")?;
    Ok(stands)
}

/// As if a constraint of the tables had refused it: the transaction is rolled back and judged by
/// looking.
pub(crate) fn refused() -> Error {
    Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_CONSTRAINT), None)
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Change").field(&self.attempt).finish()
    }
}

/// Why a change was not made.
pub(crate) enum Undone {
    /// It does not stand; what shares its transaction does.
    Refused(LeaseError),
    /// SQLite failed.
    Failed(Error),
}

impl From<LeaseError> for Undone {
    fn from(error: LeaseError) -> Self {
        Self::Refused(error)
    }
}

impl From<StoreError> for Undone {
    fn from(error: StoreError) -> Self {
        Self::Refused(error.into())
    }
}

impl From<Error> for Undone {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl SqliteStore {
    /// Has the writer make a change, and waits until it is durable.
    pub(crate) async fn change<T, F>(
        &self,
        attempt: &'static str,
        change: F,
    ) -> Result<T, LeaseError>
    where
        T: Send + 'static,
        F: Fn(&Connection, &Place) -> Result<T, Undone> + Send + Sync + 'static,
    {
        let outcome = Arc::new(Mutex::new(None));
        let told = Arc::clone(&outcome);
        let run = move |conn: &Connection, place: &Place| {
            let done = match change(conn, place) {
                Ok(done) => Ok(done),
                Err(Undone::Refused(error)) => Err(error),
                Err(Undone::Failed(source)) if is_damage(&source) => {
                    Err(of_read(place, source).into())
                }
                Err(Undone::Failed(source)) => return Err(source),
            };
            let stands = done.is_ok();
            *told.lock().unwrap_or_else(PoisonError::into_inner) = Some(done);
            Ok(stands)
        };
        let run = Box::new(run);
        let answer = self.write(Work::Change(Change { attempt, run })).await;
        answer.map_err(of_store)?;
        let done = outcome
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        done.unwrap_or_else(|| {
            let why = "its writer did not tell what became of it";
            let place = self.place();
            Err(place.error(StoreErrorKind::Unknown, attempt, why).into())
        })
    }

    /// As [`change`](Self::change), for what needs no lease.
    pub(crate) async fn change_freely<T, F>(
        &self,
        attempt: &'static str,
        change: F,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(&Connection, &Place) -> Result<T, Undone> + Send + Sync + 'static,
    {
        match self.change(attempt, change).await {
            Ok(done) => Ok(done),
            Err(LeaseError::Store(error)) => Err(error),
            Err(other) => {
                Err(self
                    .place()
                    .error(StoreErrorKind::Other, attempt, &other.to_string()))
            }
        }
    }
}

impl SqliteStore {
    /// Reads what is kept beside the log.
    pub(crate) async fn look<T, F>(&self, look: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection, &Place) -> Result<T, Undone> + Send + 'static,
    {
        self.read(move |conn, place| look(conn, place).map_err(|undone| of_undone(place, undone)))
            .await
    }
}

/// Why something that was asked is not answered.
pub(crate) fn of_undone(place: &Place, undone: Undone) -> StoreError {
    match undone {
        Undone::Refused(LeaseError::Store(error)) => error,
        Undone::Refused(other) => place.error(StoreErrorKind::Other, "read", &other.to_string()),
        Undone::Failed(source) => of_read(place, source),
    }
}

/// The failure of a read beside the log.
fn of_read(place: &Place, source: Error) -> StoreError {
    if is_damage(&source) {
        let what = "what is kept for a subscription or view";
        return place
            .damaged(what, "a column has the wrong form")
            .with_source(source);
    }
    place.failed("read", source)
}

/// Whether a value was found that the store does not write.
fn is_damage(source: &Error) -> bool {
    matches!(
        source,
        Error::FromSqlConversionFailure(..)
            | Error::IntegralValueOutOfRange(..)
            | Error::InvalidColumnType(..)
    )
}
