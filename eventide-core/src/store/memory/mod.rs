//! A store in memory: the real semantics without a disk.

mod desk;
mod documents;
mod log;
mod subscriptions;
mod transfer;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use self::log::Log;
use self::subscriptions::ReadSide;
use super::append::{AppendError, AppendRequest, Appended, HandledCommand};
use super::error::StoreError;
use super::read::{LogPage, LogQuery, StreamPage, StreamQuery};
use super::schema_versions::{SeenVersion, VersionCount};
use super::step::{AppendStep, Appending};
use super::{EventStore, SnapshotStore, SubscriptionStore};
use crate::id_source::{IdSource, RandomIds};
use crate::ids::{CommandId, LogId, Position, Version};
use crate::snapshot::Snapshot;
use crate::stream::StreamId;
use crate::time::{Clock, SystemClock};

/// A store that keeps everything in memory and forgets it with its last handle: for tests, and for
/// trying things out.
///
/// A clone is another handle to the same store.
///
/// # Guarantees
/// Those of [`EventStore`], except durability: it passes the `conformance` suite.
///
/// ```
/// use eventide_core::Position;
/// use eventide_core::store::{EventStore, MemoryStore};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let store = MemoryStore::new();
/// assert_eq!(store.head().await?, Position::START);
/// # Ok::<(), eventide_core::store::StoreError>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct MemoryStore {
    id: LogId,
    state: Arc<Mutex<State>>,
    clock: Arc<dyn Clock>,
}

#[derive(Default)]
struct State {
    log: Log,
    snapshots: HashMap<StreamId, Snapshot>,
    read_side: ReadSide,
}

impl MemoryStore {
    /// An empty store that records the time of the operating system's clock.
    pub fn new() -> Self {
        Self::with_clock(Arc::new(SystemClock))
    }

    /// An empty store that records the time of `clock`.
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        Self {
            id: RandomIds.next_uuid().into(),
            state: Arc::default(),
            clock,
        }
    }

    // Nothing under this lock can fail halfway, so a poisoned state is still a whole one.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore")
            .field("head", &self.state().log.head())
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl EventStore for MemoryStore {
    async fn append(&self, request: AppendRequest) -> Result<Appended, AppendError> {
        let now = self.clock.now();
        self.state().log.append(request, now)
    }

    async fn append_with(
        &self,
        request: AppendRequest,
        step: Arc<dyn AppendStep>,
    ) -> Result<Appended, AppendError> {
        let now = self.clock.now();
        let State { log, read_side, .. } = &mut *self.state();
        let appended = log.judge(&request, now)?;
        let appending = Appending::new(&request, &appended);
        if !appending.events.is_empty() {
            read_side.take(step.begin(appending), now)?;
        }
        log.append(request, now)
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        query: StreamQuery,
    ) -> Result<StreamPage, StoreError> {
        Ok(self.state().log.read_stream(stream, query))
    }

    async fn stream_version(&self, stream: &StreamId) -> Result<Version, StoreError> {
        Ok(self.state().log.version(stream))
    }

    async fn read_log(&self, query: LogQuery) -> Result<LogPage, StoreError> {
        Ok(self.state().log.read(&query))
    }

    async fn head(&self) -> Result<Position, StoreError> {
        Ok(self.state().log.head())
    }

    async fn handled_commands(&self, ids: &[CommandId]) -> Result<Vec<HandledCommand>, StoreError> {
        Ok(self.state().log.handled(ids.iter()))
    }

    async fn seen_versions(&self, aggregate_type: &str) -> Result<Vec<SeenVersion>, StoreError> {
        Ok(self.state().log.seen_versions(aggregate_type))
    }

    async fn count_versions(&self) -> Result<Vec<VersionCount>, StoreError> {
        Ok(self.state().log.count_versions())
    }

    async fn log_id(&self) -> Result<LogId, StoreError> {
        Ok(self.id)
    }

    fn subscriptions(&self) -> Option<&dyn SubscriptionStore> {
        Some(self)
    }
}

#[async_trait]
impl SnapshotStore for MemoryStore {
    async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, StoreError> {
        Ok(self.state().snapshots.get(stream).cloned())
    }

    async fn save_snapshot(&self, snapshot: Snapshot) -> Result<(), StoreError> {
        let mut state = self.state();
        let outdated = state.snapshots.get(&snapshot.stream).is_some_and(|kept| {
            kept.fingerprint == snapshot.fingerprint && kept.version > snapshot.version
        });
        if !outdated {
            state.snapshots.insert(snapshot.stream.clone(), snapshot);
        }
        Ok(())
    }

    async fn delete_snapshot(&self, stream: &StreamId) -> Result<(), StoreError> {
        self.state().snapshots.remove(stream);
        Ok(())
    }
}
