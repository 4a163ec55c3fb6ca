//! What SQLite's failures mean for the store, and what to do about them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use eventide_core::store::{AppendError, StoreError, StoreErrorKind};
use rusqlite::ErrorCode;

/// What messages need to know: which file, and how long it waits for a lock.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) path: PathBuf,
    pub(crate) busy_timeout: Duration,
}

impl Place {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The failure of `attempt` ("append to", "read"), by what SQLite said.
    pub(crate) fn failed(
        &self,
        attempt: &str,
        source: impl Into<Arc<rusqlite::Error>>,
    ) -> StoreError {
        let source = source.into();
        let kind = kind_of(&source);
        let message = format!(
            "cannot {attempt} {}: {}",
            self.path.display(),
            self.advice(kind)
        );
        StoreError::new(kind, message).with_source(source)
    }

    /// The failure of a COMMIT. After an input/output error nobody can say whether the log has it.
    pub(crate) fn commit_failed(&self, attempt: &str, source: Arc<rusqlite::Error>) -> StoreError {
        if source.sqlite_error_code() != Some(ErrorCode::SystemIoFailure) {
            return self.failed(attempt, source);
        }
        let message = format!(
            "cannot tell whether the attempt to {attempt} {} was kept: writing it to the disk \
             failed; repeat the same request to know",
            self.path.display()
        );
        StoreError::new(StoreErrorKind::Unknown, message).with_source(source)
    }

    /// A failure that SQLite has no part in.
    pub(crate) fn error(&self, kind: StoreErrorKind, attempt: &str, why: &str) -> StoreError {
        StoreError::new(
            kind,
            format!("cannot {attempt} {}: {why}", self.path.display()),
        )
    }

    pub(crate) fn closed(&self, attempt: &str) -> StoreError {
        self.error(
            StoreErrorKind::Closed,
            attempt,
            "the store was closed; open it anew",
        )
    }

    /// What is stored is not what the store writes.
    pub(crate) fn damaged(&self, what: &str, reason: &str) -> StoreError {
        self.error(
            StoreErrorKind::Corrupt,
            "read",
            &format!("{what} is damaged, {reason}; restore the file from a backup"),
        )
    }

    fn advice(&self, kind: StoreErrorKind) -> String {
        match kind {
            StoreErrorKind::Locked => format!(
                "another process kept it locked for {:?}; try again, or raise `busy_timeout`",
                self.busy_timeout
            ),
            StoreErrorKind::Full => "there is no space left; free some and try again".to_owned(),
            StoreErrorKind::ReadOnly => {
                "it may only be read; change its permissions, or use `open_read_only` and do not \
                 write"
                    .to_owned()
            }
            StoreErrorKind::Corrupt => "it is damaged; restore it from a backup".to_owned(),
            StoreErrorKind::NotOurs => {
                "it is not an SQLite database; choose another path".to_owned()
            }
            StoreErrorKind::Constraint => {
                "a constraint of its tables refused it; an event id must be new".to_owned()
            }
            StoreErrorKind::Unavailable => {
                "the operating system does not give access to it; check that it exists, with its \
                 directory, and may be opened"
                    .to_owned()
            }
            _ => "SQLite refused".to_owned(),
        }
    }
}

fn kind_of(source: &rusqlite::Error) -> StoreErrorKind {
    match source.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreErrorKind::Locked,
        Some(ErrorCode::DiskFull) => StoreErrorKind::Full,
        Some(ErrorCode::ReadOnly) => StoreErrorKind::ReadOnly,
        Some(ErrorCode::DatabaseCorrupt) => StoreErrorKind::Corrupt,
        Some(ErrorCode::NotADatabase) => StoreErrorKind::NotOurs,
        Some(ErrorCode::ConstraintViolation) => StoreErrorKind::Constraint,
        Some(ErrorCode::CannotOpen | ErrorCode::SystemIoFailure | ErrorCode::PermissionDenied) => {
            StoreErrorKind::Unavailable
        }
        _ => StoreErrorKind::Other,
    }
}

/// Whether another connection was in the way.
pub(crate) fn is_locked(source: &rusqlite::Error) -> bool {
    kind_of(source) == StoreErrorKind::Locked
}

/// The error of what is no append, so that the store can be its only cause.
pub(crate) fn of_store(error: AppendError) -> StoreError {
    match error {
        AppendError::Store(error) => error,
        other => StoreError::new(StoreErrorKind::Other, other),
    }
}
