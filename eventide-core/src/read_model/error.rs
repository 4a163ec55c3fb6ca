//! Why a read model could not be read, or not be kept up to date.

use std::error::Error;
use std::fmt::Write;

use thiserror::Error;

use crate::aggregate::BoxError;
use crate::ids::Position;
use crate::schema::DecodeError;
use crate::store::{MarkError, StoreError};
use crate::subscription::{InvalidName, LeaseError};
use crate::view::InvalidViewKey;

/// Why a view or a projection could not be read, or not be kept up to date.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadModelError {
    /// The store keeps no read models.
    #[error("this store keeps nothing for read models; use one that does, such as `SqliteStore`")]
    NotKept,
    /// The code that handles its events is another than the one that began it.
    #[error(
        "`{read_model}` handles its events by other code than what version {version} of it was made \
         by: raise its version, so that it is built anew, or accept that it was made otherwise with \
         `ReadModelOptions::accept_changed_code`"
    )]
    #[non_exhaustive]
    CodeChanged {
        /// The name of the read model.
        read_model: &'static str,
        /// Its version.
        version: u32,
    },
    /// A document that is kept is not one of the view.
    #[error("document `{key}` of view `{view}` is not of its shape")]
    #[non_exhaustive]
    Document {
        /// The view's name.
        view: &'static str,
        /// The document's key.
        key: String,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// A key that is kept is not one of the view.
    #[error("view `{view}` holds a document under a key that is none of its own")]
    #[non_exhaustive]
    Key {
        /// The view's name.
        view: &'static str,
        /// What is wrong with it.
        #[source]
        source: InvalidViewKey,
    },
    /// It holds before an event that only another program can read.
    #[error("`{read_model}` holds before an event that this program cannot read")]
    #[non_exhaustive]
    Held {
        /// The name of the read model.
        read_model: &'static str,
        /// Why.
        #[source]
        source: DecodeError,
    },
    /// The log is not the one it was made of.
    #[error("`{read_model}` was made of another log, or of more of it")]
    #[non_exhaustive]
    Log {
        /// The name of the read model.
        read_model: &'static str,
        /// What is wrong.
        #[source]
        source: MarkError,
    },
    /// A projection could not handle an event, and was to stop then.
    #[error(
        "projection `{read_model}` stopped before event `{event_type}` at position {position}, \
         which its handler cannot handle"
    )]
    #[non_exhaustive]
    Stopped {
        /// The projection's name.
        read_model: &'static str,
        /// The event's stored type.
        event_type: String,
        /// Where it is in the log.
        position: Position,
        /// What the handler gave.
        #[source]
        source: BoxError,
    },
    /// The store a projection writes to is not the one its events come from.
    #[error("projection `{read_model}` was given another store than the application's")]
    #[non_exhaustive]
    OtherStore {
        /// The projection's name.
        read_model: &'static str,
    },
    /// Its name is no name of a subscription.
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// A partition changed hands.
    #[error(transparent)]
    Lease(#[from] LeaseError),
    /// The store cannot do it now.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An error and all its causes, each on a line of its own.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        // Writing to a `String` does not fail.
        let _ = write!(text, "\n{cause}");
        source = cause.source();
    }
    text
}
