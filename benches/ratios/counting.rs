//! A store that counts what is read from it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use eventide::prelude::*;
use eventide::snapshot::Snapshot;
use eventide::store::{
    AppendError, AppendRequest, Appended, EventStore, HandledCommand, LogPage, LogQuery,
    SeenVersion, SnapshotStore, StoreError, StreamPage, StreamQuery, VersionCount,
};
use eventide::{LogId, Position, StreamId};

/// Counts.
#[derive(Debug, Clone)]
pub(crate) struct CountingStore {
    store: SqliteStore,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    calls: AtomicU64,
    events: AtomicU64,
}

impl CountingStore {
    pub(crate) fn new(store: SqliteStore) -> Self {
        Self {
            store,
            counts: Arc::default(),
        }
    }

    /// Calls of the store and events read since the last time.
    pub(crate) fn take(&self) -> (u64, u64) {
        let take = |count: &AtomicU64| count.swap(0, Ordering::Relaxed);
        (take(&self.counts.calls), take(&self.counts.events))
    }

    fn called(&self) -> &SqliteStore {
        self.counts.calls.fetch_add(1, Ordering::Relaxed);
        &self.store
    }

    fn has_read(&self, events: usize) {
        self.counts
            .events
            .fetch_add(events as u64, Ordering::Relaxed);
    }
}

#[async_trait]
impl EventStore for CountingStore {
    async fn append(&self, request: AppendRequest) -> Result<Appended, AppendError> {
        self.called().append(request).await
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        query: StreamQuery,
    ) -> Result<StreamPage, StoreError> {
        let page = self.called().read_stream(stream, query).await?;
        self.has_read(page.events.len());
        Ok(page)
    }

    async fn stream_version(&self, stream: &StreamId) -> Result<Version, StoreError> {
        self.called().stream_version(stream).await
    }

    async fn read_log(&self, query: LogQuery) -> Result<LogPage, StoreError> {
        let page = self.called().read_log(query).await?;
        self.has_read(page.events.len());
        Ok(page)
    }

    async fn head(&self) -> Result<Position, StoreError> {
        self.called().head().await
    }

    async fn handled_commands(&self, ids: &[CommandId]) -> Result<Vec<HandledCommand>, StoreError> {
        self.called().handled_commands(ids).await
    }

    async fn seen_versions(&self, aggregate_type: &str) -> Result<Vec<SeenVersion>, StoreError> {
        self.called().seen_versions(aggregate_type).await
    }

    async fn count_versions(&self) -> Result<Vec<VersionCount>, StoreError> {
        self.called().count_versions().await
    }

    async fn log_id(&self) -> Result<LogId, StoreError> {
        self.called().log_id().await
    }
}

#[async_trait]
impl SnapshotStore for CountingStore {
    async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, StoreError> {
        self.called().load_snapshot(stream).await
    }

    async fn save_snapshot(&self, snapshot: Snapshot) -> Result<(), StoreError> {
        self.called().save_snapshot(snapshot).await
    }

    async fn delete_snapshot(&self, stream: &StreamId) -> Result<(), StoreError> {
        self.called().delete_snapshot(stream).await
    }
}
