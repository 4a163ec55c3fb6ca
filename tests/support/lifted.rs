//! A store whose streams start at a high version, as if they were that long.

use async_trait::async_trait;
use eventide::snapshot::Snapshot;
use eventide::store::{
    AppendError, AppendRequest, Appended, EventStore, ExpectedVersion, HandledCommand, LogPage,
    LogQuery, MemoryStore, SeenVersion, SnapshotStore, StoreError, StreamPage, StreamQuery,
    VersionCount,
};
use eventide::{CommandId, LogId, Position, StreamId, Version};

#[derive(Debug, Clone)]
pub struct Lifted {
    pub base: u64,
    pub store: MemoryStore,
}

impl Lifted {
    fn up(&self, version: Version) -> Version {
        version.plus(self.base)
    }

    fn down(&self, version: Version) -> Version {
        Version::new(version.since(Version::new(self.base)))
    }
}

#[async_trait]
impl EventStore for Lifted {
    async fn append(&self, mut request: AppendRequest) -> Result<Appended, AppendError> {
        for part in &mut request.streams {
            if let ExpectedVersion::Exact(version) = part.expected {
                part.expected = ExpectedVersion::Exact(self.down(version));
            }
        }
        let lift = |mut first: HandledCommand| {
            first.after = self.up(first.after);
            first
        };
        let mut appended = self
            .store
            .append(request)
            .await
            .map_err(|error| match error {
                AppendError::AlreadyHandled(handled) => {
                    AppendError::AlreadyHandled(handled.into_iter().map(lift).collect())
                }
                other => other,
            })?;
        for part in &mut appended.streams {
            part.version = self.up(part.version);
        }
        Ok(appended)
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        mut query: StreamQuery,
    ) -> Result<StreamPage, StoreError> {
        query.after = self.down(query.after);
        query.until = query.until.map(|version| self.down(version));
        let mut page = self.store.read_stream(stream, query).await?;
        page.version = self.up(page.version);
        for event in &mut page.events {
            event.version = self.up(event.version);
        }
        Ok(page)
    }

    async fn stream_version(&self, stream: &StreamId) -> Result<Version, StoreError> {
        Ok(self.up(self.store.stream_version(stream).await?))
    }

    async fn read_log(&self, query: LogQuery) -> Result<LogPage, StoreError> {
        self.store.read_log(query).await
    }

    async fn head(&self) -> Result<Position, StoreError> {
        self.store.head().await
    }

    async fn handled_commands(&self, ids: &[CommandId]) -> Result<Vec<HandledCommand>, StoreError> {
        self.store.handled_commands(ids).await
    }

    async fn seen_versions(&self, aggregate_type: &str) -> Result<Vec<SeenVersion>, StoreError> {
        self.store.seen_versions(aggregate_type).await
    }

    async fn count_versions(&self) -> Result<Vec<VersionCount>, StoreError> {
        self.store.count_versions().await
    }

    async fn log_id(&self) -> Result<LogId, StoreError> {
        self.store.log_id().await
    }
}

#[async_trait]
impl SnapshotStore for Lifted {
    async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, StoreError> {
        self.store.load_snapshot(stream).await
    }

    async fn save_snapshot(&self, snapshot: Snapshot) -> Result<(), StoreError> {
        self.store.save_snapshot(snapshot).await
    }

    async fn delete_snapshot(&self, stream: &StreamId) -> Result<(), StoreError> {
        self.store.delete_snapshot(stream).await
    }
}
