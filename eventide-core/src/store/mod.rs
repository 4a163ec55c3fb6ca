//! What a store is: a few small object-safe traits over one append-only log.
//!
//! | trait | what it keeps |
//! |---|---|
//! | [`EventStore`] | the log: appends, streams, the total order, handled commands |
//! | [`SnapshotStore`] | folded states, a cache |
//! | [`SubscriptionStore`] | how far readers came, what they could not handle, and the documents of views |
//!
//! [`TransferStore`](transfer::TransferStore) adds what copying a log to another store needs.
//!
//! Everything else in eventide is written once, against these traits. A store proves itself with
//! the `conformance` suite.

mod append;
#[cfg(feature = "conformance")]
pub mod conformance;
mod density;
mod error;
pub mod group_commit;
mod mark;
mod memory;
mod read;
mod rows;
mod schema_versions;
mod step;
mod subscriptions;
pub mod transfer;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::sleep;

pub use append::{
    AppendError, AppendRequest, Appended, AppendedStream, CommandMark, ExpectedVersion,
    HandledCommand, StreamAppend,
};
pub use density::Density;
pub use error::{StoreError, StoreErrorKind};
pub use mark::{LogMark, MarkError};
pub use memory::MemoryStore;
pub use read::{Direction, LogFilter, LogPage, LogQuery, PageSize, StreamPage, StreamQuery};
pub use rows::{Names, PageBuilder};
pub use schema_versions::{SeenVersion, VersionCount};
pub use step::{
    Answer, AppendStep, Appending, Question, RunningStep, StepError, Taken, Turn, Within,
};
pub use subscriptions::{Advance, NewSubscription, SubscriptionStore};

use crate::ids::{CommandId, LogId, Position, Version};
use crate::snapshot::Snapshot;
use crate::stream::StreamId;

/// An append-only log of events, divided into streams.
///
/// # Guarantees
/// - An append is atomic over all its streams, and durable once it is acknowledged.
/// - The versions of a stream are 1, 2, 3 … without holes.
/// - The log has one total order; whoever read up to a position has seen everything before it that
///   will ever be visible.
/// - `recorded_at` never decreases along the log.
/// - A command id is handled once.
/// - The log has an identity of its own, by which, with what stands at a position, a restored backup
///   is told from the log that was read before: see [`LogMark`].
/// - What shapes of events it holds is known as soon as the first event of a shape is.
#[async_trait]
pub trait EventStore: Send + Sync {
    /// Appends to one or several streams, all or nothing.
    ///
    /// Command ids are judged first, then expected versions: a repeated command is told so even
    /// where its stream has moved on.
    ///
    /// # Errors
    /// [`AppendError::AlreadyHandled`] if a command id of the request is known,
    /// [`AppendError::Conflict`] if a stream is not at its expected version,
    /// [`AppendError::InvalidRequest`] if the request contradicts itself,
    /// [`AppendError::Store`] if the store cannot do it now. Nothing is stored then; only after an
    /// error of kind [`StoreErrorKind::Unknown`] may it have been, and repeating the same request
    /// tells.
    async fn append(&self, request: AppendRequest) -> Result<Appended, AppendError>;

    /// Appends, and takes `step` in the same transaction: both happen, or neither does. Where there are no
    /// events, there is no step. Appends of other processes wait meanwhile.
    ///
    /// # Errors
    /// As for [`append`](Self::append), and [`AppendError::Step`] if the step does not happen. Nothing is
    /// stored then.
    async fn append_with(
        &self,
        request: AppendRequest,
        step: Arc<dyn AppendStep>,
    ) -> Result<Appended, AppendError> {
        let _ = (request, step);
        let why = "this store does nothing in the transaction of an append";
        Err(StoreError::new(StoreErrorKind::Other, why).into())
    }

    /// Reads a page of one stream. A stream without events is an empty page at version zero.
    ///
    /// # Errors
    /// The store cannot do it now, or what it holds is damaged.
    async fn read_stream(
        &self,
        stream: &StreamId,
        query: StreamQuery,
    ) -> Result<StreamPage, StoreError>;

    /// How many events `stream` holds, without reading them.
    ///
    /// # Errors
    /// The store cannot do it now.
    async fn stream_version(&self, stream: &StreamId) -> Result<Version, StoreError>;

    /// Reads a page of the whole log, in its order or backwards.
    ///
    /// # Errors
    /// The store cannot do it now, or what it holds is damaged.
    async fn read_log(&self, query: LogQuery) -> Result<LogPage, StoreError>;

    /// The position of the last event; [`Position::START`] if there is none.
    ///
    /// # Errors
    /// The store cannot do it now.
    async fn head(&self) -> Result<Position, StoreError>;

    /// What the store knows of commands: those of `ids` that were handled, in the order asked.
    ///
    /// # Errors
    /// The store cannot do it now.
    async fn handled_commands(&self, ids: &[CommandId]) -> Result<Vec<HandledCommand>, StoreError>;

    /// Every event type and schema version that was ever appended to an aggregate of this type,
    /// each once, sorted. Kept by the appends themselves, so that it is cheap and never behind them.
    ///
    /// # Errors
    /// The store cannot do it now.
    async fn seen_versions(&self, aggregate_type: &str) -> Result<Vec<SeenVersion>, StoreError>;

    /// How many events are stored of each aggregate type, event type and schema version, sorted, as
    /// of one instant. May read the whole log, piece by piece: for reports.
    ///
    /// # Errors
    /// The store cannot do it now.
    async fn count_versions(&self) -> Result<Vec<VersionCount>, StoreError>;

    /// Which log this is: made once, when the store's storage is created, and never changed. All
    /// stores on one storage tell the same; no two storages that were created apart do. A copy of a
    /// storage, such as a backup of it, keeps the identity.
    ///
    /// # Errors
    /// The store cannot do it now, or what it holds is damaged.
    async fn log_id(&self) -> Result<LogId, StoreError>;

    /// Waits until everything asked so far is done, and gives free what the store holds. All handles
    /// are closed by it. A store that holds nothing has nothing to do.
    ///
    /// # Errors
    /// What was to be given free could not be brought to rest; what was acknowledged is durable all
    /// the same.
    async fn close(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// What it keeps for subscriptions and views; `None` if it keeps nothing for them.
    fn subscriptions(&self) -> Option<&dyn SubscriptionStore> {
        None
    }

    /// Waits until something may have been appended that was not there at `head`, but no longer than
    /// `at_most`. Only a hint: whoever waits reads the log after it, however it ended.
    async fn wait_for_append(&self, head: Position, at_most: Duration) {
        let _ = head;
        sleep(at_most.min(POLLED_EVERY)).await;
    }
}

/// How often the log is looked at where its store gives no hint.
const POLLED_EVERY: Duration = Duration::from_millis(20);

/// Keeps at most one snapshot per stream.
#[async_trait]
pub trait SnapshotStore: Send + Sync {
    /// The snapshot of `stream`, if one is kept, exactly as it was saved.
    ///
    /// # Errors
    /// The store cannot do it now.
    async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, StoreError>;

    /// Keeps `snapshot`, unless one of the same fingerprint and a later version is kept already.
    ///
    /// # Errors
    /// The store cannot do it now.
    async fn save_snapshot(&self, snapshot: Snapshot) -> Result<(), StoreError>;

    /// Forgets the snapshot of `stream`.
    ///
    /// # Errors
    /// The store cannot do it now.
    async fn delete_snapshot(&self, stream: &StreamId) -> Result<(), StoreError>;
}

/// All that an application needs of its storage.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a store",
    label = "not a store",
    note = "use a store such as `SqliteStore` or `MemoryStore`, or implement `EventStore` and `SnapshotStore`"
)]
pub trait Store: EventStore + SnapshotStore {}

#[diagnostic::do_not_recommend]
impl<S: EventStore + SnapshotStore + ?Sized> Store for S {}

#[async_trait]
#[diagnostic::do_not_recommend]
impl<S: EventStore + ?Sized> EventStore for Arc<S> {
    async fn append(&self, request: AppendRequest) -> Result<Appended, AppendError> {
        (**self).append(request).await
    }

    async fn append_with(
        &self,
        request: AppendRequest,
        step: Arc<dyn AppendStep>,
    ) -> Result<Appended, AppendError> {
        (**self).append_with(request, step).await
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        query: StreamQuery,
    ) -> Result<StreamPage, StoreError> {
        (**self).read_stream(stream, query).await
    }

    async fn stream_version(&self, stream: &StreamId) -> Result<Version, StoreError> {
        (**self).stream_version(stream).await
    }

    async fn read_log(&self, query: LogQuery) -> Result<LogPage, StoreError> {
        (**self).read_log(query).await
    }

    async fn head(&self) -> Result<Position, StoreError> {
        (**self).head().await
    }

    async fn handled_commands(&self, ids: &[CommandId]) -> Result<Vec<HandledCommand>, StoreError> {
        (**self).handled_commands(ids).await
    }

    async fn seen_versions(&self, aggregate_type: &str) -> Result<Vec<SeenVersion>, StoreError> {
        (**self).seen_versions(aggregate_type).await
    }

    async fn count_versions(&self) -> Result<Vec<VersionCount>, StoreError> {
        (**self).count_versions().await
    }

    async fn close(&self) -> Result<(), StoreError> {
        (**self).close().await
    }

    async fn log_id(&self) -> Result<LogId, StoreError> {
        (**self).log_id().await
    }

    fn subscriptions(&self) -> Option<&dyn SubscriptionStore> {
        (**self).subscriptions()
    }

    async fn wait_for_append(&self, head: Position, at_most: Duration) {
        (**self).wait_for_append(head, at_most).await;
    }
}

#[async_trait]
#[diagnostic::do_not_recommend]
impl<S: SnapshotStore + ?Sized> SnapshotStore for Arc<S> {
    async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, StoreError> {
        (**self).load_snapshot(stream).await
    }

    async fn save_snapshot(&self, snapshot: Snapshot) -> Result<(), StoreError> {
        (**self).save_snapshot(snapshot).await
    }

    async fn delete_snapshot(&self, stream: &StreamId) -> Result<(), StoreError> {
        (**self).delete_snapshot(stream).await
    }
}
