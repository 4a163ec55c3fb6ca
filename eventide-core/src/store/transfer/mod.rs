//! Moving a log from one store to another, whatever databases they are: every event as it was
//! recorded, with its position, and every handled command.
//!
//! [`copy`] does it in pages, takes up again where it was interrupted, and verifies what it did;
//! [`verify_copy`] only compares. Snapshots are a cache and are not moved.

mod copy;
mod difference;
mod error;
mod import;
mod progress;
mod verify;

use std::sync::Arc;

use async_trait::async_trait;

pub use copy::{Copied, CopyOptions, copy};
pub use difference::Difference;
pub use error::{CopyError, ImportError};
pub use import::check_import;
pub use progress::{Progress, Stage};
pub use verify::{Verified, verify_copy};

use super::{HandledCommand, PageSize, Store, StoreError};
use crate::envelope::RecordedEvent;
use crate::ids::{CommandId, Position};

/// A store that a log can be copied from, and to.
#[async_trait]
#[diagnostic::on_unimplemented(
    message = "logs cannot be copied from or to `{Self}`",
    label = "not a `TransferStore`"
)]
pub trait TransferStore: Store {
    /// Reads a page of the handled commands, ordered by their ids: those with ids above `after`.
    /// A page of fewer than asked for is the last.
    ///
    /// # Errors
    /// The store cannot do it now, or what it holds is damaged.
    async fn commands_after(
        &self,
        after: Option<CommandId>,
        page: PageSize,
    ) -> Result<Vec<HandledCommand>, StoreError>;

    /// Appends events of another log exactly as they are there: with their positions, streams,
    /// versions, ids, recorded times and all the rest. All or nothing, and durable once it is
    /// acknowledged. Whatever is appended afterwards follows on them.
    ///
    /// The log must end at `after`, so that of several who import, or append meanwhile, one
    /// succeeds. Whether an import whose answer got lost was done, the head tells.
    ///
    /// # Errors
    /// [`ImportError::NotAtEnd`] if the log does not end at `after`,
    /// [`ImportError::Hole`] if a version would not follow on the last one of its stream,
    /// [`ImportError::Invalid`] if positions do not grow or times decrease,
    /// [`ImportError::Store`] if the store cannot do it now, or if an event id is used already, as a
    /// constraint. Nothing is stored then; only after an error of kind
    /// [`Unknown`](super::StoreErrorKind::Unknown) may it have been.
    async fn import_events(
        &self,
        after: Position,
        events: Vec<RecordedEvent>,
    ) -> Result<(), ImportError>;

    /// Remembers commands that were handled by another log, with their results. Those that are
    /// known with the same result are left as they are. All or nothing, and durable once it is
    /// acknowledged.
    ///
    /// # Errors
    /// [`ImportError::AnotherResult`] if one of them is known with another result,
    /// [`ImportError::Store`] if the store cannot do it now. Nothing is stored then; it may be
    /// repeated.
    async fn import_commands(&self, commands: Vec<HandledCommand>) -> Result<(), ImportError>;
}

#[async_trait]
#[diagnostic::do_not_recommend]
impl<S: TransferStore + ?Sized> TransferStore for Arc<S> {
    async fn commands_after(
        &self,
        after: Option<CommandId>,
        page: PageSize,
    ) -> Result<Vec<HandledCommand>, StoreError> {
        (**self).commands_after(after, page).await
    }

    async fn import_events(
        &self,
        after: Position,
        events: Vec<RecordedEvent>,
    ) -> Result<(), ImportError> {
        (**self).import_events(after, events).await
    }

    async fn import_commands(&self, commands: Vec<HandledCommand>) -> Result<(), ImportError> {
        (**self).import_commands(commands).await
    }
}
