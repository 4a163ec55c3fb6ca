//! A store in memory with habits, most of them bad.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use eventide_core::snapshot::Snapshot;
use eventide_core::store::{
    AppendError, AppendRequest, Appended, AppendedStream, EventStore, HandledCommand, LogPage,
    LogQuery, MemoryStore, SeenVersion, SnapshotStore, StoreError, StoreErrorKind, StreamPage,
    StreamQuery, VersionCount,
};
use eventide_core::{CommandId, LogId, Position, StreamId, Version};
use jiff::Timestamp;

/// What a store does with every so-and-so-manieth append or page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Habit {
    /// Nothing.
    Right,
    /// Acknowledges an append and stores nothing.
    Loses,
    /// Stores an append and says that it cannot be reached.
    Denies,
    /// Stores an append and says that it does not know.
    Unsure,
    /// Waits before an append and again before it answers.
    Slow,
    /// Leaves an event out of a page.
    Skips,
    /// Stores only the first stream of an append.
    Tears,
}

#[derive(Debug)]
pub(crate) struct Habitual {
    inner: MemoryStore,
    habit: Habit,
    every: u64,
    calls: AtomicU64,
}

impl Habitual {
    pub(crate) fn new(habit: Habit, every: u64) -> Self {
        Self {
            inner: MemoryStore::new(),
            habit,
            every,
            calls: AtomicU64::new(0),
        }
    }

    fn is_turn(&self) -> bool {
        let call = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        call.is_multiple_of(self.every)
    }
}

#[async_trait]
impl EventStore for Habitual {
    async fn append(&self, mut request: AppendRequest) -> Result<Appended, AppendError> {
        // Lets the tasks of the clients meet.
        tokio::task::yield_now().await;
        if self.habit == Habit::Skips || !self.is_turn() {
            return self.inner.append(request).await;
        }
        match self.habit {
            Habit::Loses => made_up(&self.inner, request).await,
            Habit::Denies => {
                self.inner.append(request).await?;
                let unavailable = StoreErrorKind::Unavailable;
                Err(StoreError::new(unavailable, "the store cannot be reached").into())
            }
            Habit::Unsure => {
                self.inner.append(request).await?;
                Err(StoreError::new(StoreErrorKind::Unknown, "the connection broke").into())
            }
            Habit::Slow => {
                tokio::time::sleep(Duration::from_millis(1)).await;
                let appended = self.inner.append(request).await;
                tokio::time::sleep(Duration::from_millis(1)).await;
                appended
            }
            Habit::Tears => {
                request.streams.truncate(1);
                self.inner.append(request).await?;
                Err(StoreError::new(StoreErrorKind::Unknown, "the connection broke").into())
            }
            Habit::Right | Habit::Skips => self.inner.append(request).await,
        }
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        query: StreamQuery,
    ) -> Result<StreamPage, StoreError> {
        self.inner.read_stream(stream, query).await
    }

    async fn stream_version(&self, stream: &StreamId) -> Result<Version, StoreError> {
        self.inner.stream_version(stream).await
    }

    async fn read_log(&self, query: LogQuery) -> Result<LogPage, StoreError> {
        let mut page = self.inner.read_log(query).await?;
        if self.habit == Habit::Skips && page.events.len() > 1 && self.is_turn() {
            page.events.remove(0);
        }
        Ok(page)
    }

    async fn log_id(&self) -> Result<LogId, StoreError> {
        self.inner.log_id().await
    }

    async fn head(&self) -> Result<Position, StoreError> {
        self.inner.head().await
    }

    async fn handled_commands(&self, ids: &[CommandId]) -> Result<Vec<HandledCommand>, StoreError> {
        self.inner.handled_commands(ids).await
    }

    async fn seen_versions(&self, aggregate_type: &str) -> Result<Vec<SeenVersion>, StoreError> {
        self.inner.seen_versions(aggregate_type).await
    }

    async fn count_versions(&self) -> Result<Vec<VersionCount>, StoreError> {
        self.inner.count_versions().await
    }
}

/// What an append would be told if it were stored now.
async fn made_up(store: &MemoryStore, request: AppendRequest) -> Result<Appended, AppendError> {
    let mut position = store.head().await?.as_raw();
    let mut streams = Vec::new();
    for part in request.streams {
        let events = part.events.len() as u64;
        let positions = (position + 1..=position + events).map(Position::from_raw);
        position += events;
        streams.push(AppendedStream {
            version: store.stream_version(&part.stream).await?.plus(events),
            stream: part.stream,
            positions: positions.collect(),
        });
    }
    Ok(Appended {
        streams,
        recorded_at: Timestamp::now(),
    })
}

#[async_trait]
impl SnapshotStore for Habitual {
    async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, StoreError> {
        self.inner.load_snapshot(stream).await
    }

    async fn save_snapshot(&self, snapshot: Snapshot) -> Result<(), StoreError> {
        self.inner.save_snapshot(snapshot).await
    }

    async fn delete_snapshot(&self, stream: &StreamId) -> Result<(), StoreError> {
        self.inner.delete_snapshot(stream).await
    }
}
