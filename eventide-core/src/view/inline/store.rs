//! A store each of whose appends takes views along.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{Mutex, OnceCell};

use super::step::InlineStep;
use super::view::{InlineView, InlineViews};
use crate::ids::{CommandId, LogId, Position, Version};
use crate::read_model::ReadModelError;
use crate::snapshot::Snapshot;
use crate::store::{
    AppendError, AppendRequest, AppendStep, Appended, EventStore, HandledCommand, LogPage,
    LogQuery, SeenVersion, SnapshotStore, StepError, Store, StoreError, StreamPage, StreamQuery,
    SubscriptionStore, VersionCount,
};
use crate::stream::StreamId;

/// How often a view catches up for one append. It has to where a program appends that does not take
/// the view along, and such a program may do so again just after.
const CATCHES_UP: u32 = 100;

/// A store whose appends take views along.
pub(crate) struct InlineStore {
    inner: Arc<dyn Store>,
    views: Arc<InlineViews>,
    /// Made when the views are open.
    step: OnceCell<Arc<dyn AppendStep>>,
    /// One at a time brings the views to the log's end; others wait for that.
    catching_up: Mutex<()>,
}

impl InlineStore {
    pub(crate) fn new(inner: Arc<dyn Store>, views: InlineViews) -> Self {
        Self {
            inner,
            views: Arc::new(views),
            step: OnceCell::new(),
            catching_up: Mutex::new(()),
        }
    }

    async fn step(&self) -> Result<Arc<dyn AppendStep>, AppendError> {
        let open = async {
            self.catch_up().await?;
            let log = self.inner.log_id().await?;
            let views = self.views.clone();
            Ok::<Arc<dyn AppendStep>, AppendError>(Arc::new(InlineStep { views, log }))
        };
        self.step.get_or_try_init(|| open).await.cloned()
    }

    async fn catch_up(&self) -> Result<(), AppendError> {
        let _alone = self.catching_up.lock().await;
        for view in &*self.views {
            let caught_up = view.catch_up(&self.inner).await;
            caught_up.map_err(|error| stuck(&**view, error))?;
        }
        Ok(())
    }
}

fn stuck(view: &dyn InlineView, error: ReadModelError) -> AppendError {
    match error {
        ReadModelError::Store(error) => AppendError::Store(error),
        error => AppendError::Step(StepError::Stuck {
            view: view.name().to_owned(),
            source: Arc::new(error),
        }),
    }
}

#[async_trait]
impl EventStore for InlineStore {
    async fn append(&self, request: AppendRequest) -> Result<Appended, AppendError> {
        if request.streams.iter().all(|part| part.events.is_empty()) {
            return self.inner.append(request).await;
        }
        let mut caught_up = 0;
        loop {
            let step = self.step().await?;
            match self.inner.append_with(request.clone(), step).await {
                Err(AppendError::Step(StepError::Behind { .. })) if caught_up < CATCHES_UP => {
                    caught_up += 1;
                    self.catch_up().await?;
                }
                Err(AppendError::Step(StepError::Store(error))) => return Err(error.into()),
                done => return done,
            }
        }
    }

    async fn append_with(
        &self,
        request: AppendRequest,
        step: Arc<dyn AppendStep>,
    ) -> Result<Appended, AppendError> {
        self.inner.append_with(request, step).await
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
        self.inner.read_log(query).await
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

    async fn log_id(&self) -> Result<LogId, StoreError> {
        self.inner.log_id().await
    }

    async fn close(&self) -> Result<(), StoreError> {
        self.inner.close().await
    }

    fn subscriptions(&self) -> Option<&dyn SubscriptionStore> {
        self.inner.subscriptions()
    }

    async fn wait_for_append(&self, head: Position, at_most: Duration) {
        self.inner.wait_for_append(head, at_most).await;
    }
}

#[async_trait]
impl SnapshotStore for InlineStore {
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
