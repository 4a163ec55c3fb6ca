//! Why a store could not do what it was asked.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use crate::aggregate::BoxError;

/// A store's failure. Opaque, so that core needs no driver's types; [`kind`](Self::kind) says what
/// to do about it, `source` has the driver's own words.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct StoreError {
    kind: StoreErrorKind,
    message: Arc<str>,
    #[source]
    source: Option<Arc<dyn Error + Send + Sync>>,
}

/// What kind of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// It cannot be reached now.
    Unavailable,
    /// Another process holds it.
    Locked,
    /// There is no space left.
    Full,
    /// It was opened for reading only.
    ReadOnly,
    /// It was closed.
    Closed,
    /// What it holds is damaged.
    Corrupt,
    /// It is not an eventide store.
    NotOurs,
    /// A later eventide made it.
    Newer,
    /// Events that were acknowledged are gone from it: an older backup was restored, or a standby
    /// that lagged behind took over.
    WentBack,
    /// Its settings break the durability that was asked for.
    NotDurable,
    /// A constraint of the database refused it.
    Constraint,
    /// Whether it was done is not known. Repeating the same request tells.
    Unknown,
    /// Anything else.
    Other,
}

impl StoreError {
    /// A failure of `kind`. `message` says what was attempted and on what, without the cause.
    pub fn new(kind: StoreErrorKind, message: impl fmt::Display) -> Self {
        Self {
            kind,
            message: message.to_string().into(),
            source: None,
        }
    }

    /// With what the driver said.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.source = Some(source.into().into());
        self
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }

    /// Whether the same request may succeed later, unchanged.
    pub fn is_retryable(&self) -> bool {
        matches!(
            self.kind,
            StoreErrorKind::Unavailable
                | StoreErrorKind::Locked
                | StoreErrorKind::Full
                | StoreErrorKind::Unknown
        )
    }
}
