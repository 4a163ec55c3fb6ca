//! The store: a handle that many tasks share.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use eventide_core::snapshot::Snapshot;
use eventide_core::store::group_commit::{GroupCommit, Limits, NotAnswered};
use eventide_core::store::{
    AppendError, AppendRequest, AppendStep, Appended, Density, EventStore, HandledCommand, LogPage,
    LogQuery, SeenVersion, SnapshotStore, StoreError, StoreErrorKind, StreamPage, StreamQuery,
    SubscriptionStore, VersionCount,
};
use eventide_core::{CommandId, LogId, Position, StreamId, Version};
use rusqlite::Connection;

use crate::error::{Place, of_store};
use crate::options::SqliteOptions;
use crate::readers::Readers;
use crate::row::JsonParts;
use crate::schema_versions::{self, Counts};
use crate::work::{Done, Work};
use crate::writer::{Counters, Writer, WriterStats};
use crate::{append, commands, connect, log, snapshot, stream, writer};

/// How many events are counted in one read.
const COUNTED_AT_ONCE: i64 = 100_000;

/// An event store in one SQLite file.
///
/// A handle is cheap to clone; all clones share one writer and its readers. When the last one is
/// dropped, what was asked so far is still written; [`close`](Self::close) also waits for it.
///
/// Several stores, also in other processes, may be open on the same file.
///
/// # Guarantees
/// Those of [`EventStore`]; in addition the file itself refuses to change or delete an event,
/// whatever program asks.
///
/// ```
/// # async fn doc(folder: &std::path::Path) -> Result<(), eventide_core::store::StoreError> {
/// use eventide_core::store::EventStore;
/// use eventide_sqlite::SqliteStore;
///
/// let store = SqliteStore::open(folder.join("shop.db")).await?;
/// println!("the log ends at {}", store.head().await?);
/// store.close().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct SqliteStore(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    place: Place,
    options: SqliteOptions,
    readers: Readers,
    counters: Arc<Counters>,
    density: Arc<Density>,
    /// None in a store that only reads.
    queue: Option<Arc<GroupCommit<Writer>>>,
}

impl SqliteStore {
    /// Opens the store in the file at `path`, which is created if it is missing.
    ///
    /// # Errors
    /// As for [`SqliteOptions::open`].
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::options().open(path).await
    }

    /// Opens the store in the existing file at `path` for reading only: appends are refused.
    ///
    /// # Errors
    /// As for [`SqliteOptions::open`].
    pub async fn open_read_only(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let options = SqliteOptions {
            read_only: true,
            ..SqliteOptions::default()
        };
        options.open(path).await
    }

    /// Options to open a store with.
    pub fn options() -> SqliteOptions {
        SqliteOptions::default()
    }

    pub(crate) async fn open_with(options: SqliteOptions, path: &Path) -> Result<Self, StoreError> {
        let place = Place {
            path: path.to_owned(),
            busy_timeout: options.busy_timeout,
        };
        let readers = Readers::new(place.clone(), options.readers);
        let counters = Arc::<Counters>::default();
        let queue = if options.read_only {
            connect::check_path(&place, &options)?;
            readers.open_first().await?;
            None
        } else {
            let limits = Limits::new(options.queue, options.max_batch);
            let writer = writer::start(&place, options.clone(), counters.clone()).await?;
            Some(Arc::new(GroupCommit::new(writer, limits)))
        };
        Ok(Self(Arc::new(Shared {
            place,
            options,
            readers,
            counters,
            density: Arc::default(),
            queue,
        })))
    }

    /// The file's path, as it was given.
    pub fn path(&self) -> &Path {
        self.0.place.path()
    }

    pub(crate) fn place(&self) -> &Place {
        &self.0.place
    }

    /// What the writer has done since the store was opened.
    pub fn stats(&self) -> WriterStats {
        self.0.counters.read()
    }

    /// Waits until everything asked so far is written, takes the write-ahead log into the file, and
    /// gives the file free. All handles are closed by it; whatever is asked of them later is an
    /// error of kind [`Closed`](StoreErrorKind::Closed). Closing twice is harmless.
    ///
    /// # Errors
    /// The file could not be brought to rest. What was acknowledged is durable all the same.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.0.readers.close().await;
        let Some(queue) = &self.0.queue else {
            return Ok(());
        };
        match queue.close(Work::Close).await {
            Ok(answer) => answer.map(|_| ()).map_err(of_store),
            Err(NotAnswered::Closed) => Ok(()),
            Err(NotAnswered::WriterEnded) => {
                Err(queue.writer().ended("close", StoreErrorKind::Other))
            }
        }
    }

    pub(crate) async fn write(&self, work: Work) -> Result<Done, AppendError> {
        let attempt = work.attempt();
        let Some(queue) = &self.0.queue else {
            return Err(self.refused(attempt).into());
        };
        match queue.submit(work).await {
            Ok(answer) => answer,
            Err(NotAnswered::Closed) => Err(self.0.place.closed(attempt).into()),
            Err(NotAnswered::WriterEnded) => {
                let writer = queue.writer();
                Err(writer.ended(attempt, StoreErrorKind::Unknown).into())
            }
        }
    }

    /// Runs `read` on a connection that reads.
    pub(crate) async fn read<T, F>(&self, read: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection, &Place) -> Result<T, StoreError> + Send + 'static,
    {
        self.0.readers.read(read).await
    }

    /// What the file was opened with, if it may be written to.
    pub(crate) fn to_write(&self, attempt: &str) -> Result<SqliteOptions, StoreError> {
        match &self.0.queue {
            Some(_) => Ok(self.0.options.clone()),
            None => Err(self.refused(attempt)),
        }
    }

    /// Does all of an append that does not need the database, on the caller's time.
    fn prepare(&self, request: &mut AppendRequest) -> Result<Vec<JsonParts>, AppendError> {
        request.check()?;
        let mut json = Vec::new();
        for event in request.streams.iter_mut().flat_map(|part| &mut part.events) {
            event.tags.sort_unstable();
            event.tags.dedup();
            json.push(JsonParts::of(event).map_err(|source| {
                let why = "an event's metadata does not become JSON";
                let place = &self.0.place;
                place
                    .error(StoreErrorKind::Other, "append to", why)
                    .with_source(source)
            })?);
        }
        Ok(json)
    }

    async fn appended(&self, work: Work) -> Result<Appended, AppendError> {
        match self.write(work).await? {
            Done::Appended(appended) => Ok(appended),
            Done::Kept => Err(self.refused("append to").into()),
        }
    }

    async fn keep(&self, work: Work) -> Result<(), StoreError> {
        self.write(work).await.map(|_| ()).map_err(of_store)
    }

    async fn last_position(&self) -> Result<i64, StoreError> {
        let read = |conn: &_, place: &Place| {
            log::head(conn).map_err(|source| place.failed("read", source))
        };
        self.0.readers.read(read).await
    }

    fn refused(&self, attempt: &str) -> StoreError {
        self.0.place.error(
            StoreErrorKind::ReadOnly,
            attempt,
            "it was opened for reading only; use `open`",
        )
    }
}

#[async_trait]
impl EventStore for SqliteStore {
    async fn append(&self, mut request: AppendRequest) -> Result<Appended, AppendError> {
        let json = self.prepare(&mut request)?;
        self.appended(Work::Append(request, json)).await
    }

    async fn append_with(
        &self,
        mut request: AppendRequest,
        step: Arc<dyn AppendStep>,
    ) -> Result<Appended, AppendError> {
        let json = self.prepare(&mut request)?;
        if json.is_empty() {
            return self.appended(Work::Append(request, json)).await;
        }
        self.appended(Work::AppendWith(request, json, step)).await
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        query: StreamQuery,
    ) -> Result<StreamPage, StoreError> {
        let stream = stream.clone();
        let read = move |conn: &_, place: &_| stream::read(conn, place, &stream, query);
        self.0.readers.read(read).await
    }

    async fn stream_version(&self, stream: &StreamId) -> Result<Version, StoreError> {
        let stream = stream.clone();
        let read = move |conn: &Connection, place: &Place| {
            conn.prepare_cached(append::VERSION)
                .and_then(|mut statement| append::version(&mut statement, &stream))
                .map_err(|source| place.failed("read", source))
        };
        self.0.readers.read(read).await
    }

    async fn read_log(&self, query: LogQuery) -> Result<LogPage, StoreError> {
        let density = Arc::clone(&self.0.density);
        let read = move |conn: &_, place: &_| log::read(conn, place, &density, &query);
        self.0.readers.read(read).await
    }

    async fn head(&self) -> Result<Position, StoreError> {
        let head = self.last_position().await?;
        Ok(Position::from_raw(head.unsigned_abs()))
    }

    async fn handled_commands(&self, ids: &[CommandId]) -> Result<Vec<HandledCommand>, StoreError> {
        let ids = ids.to_vec();
        let read = move |conn: &_, place: &Place| {
            commands::find_all(conn, &ids).map_err(|source| place.failed("read", source))
        };
        self.0.readers.read(read).await
    }

    async fn seen_versions(&self, aggregate_type: &str) -> Result<Vec<SeenVersion>, StoreError> {
        let aggregate_type = aggregate_type.to_owned();
        let read = move |conn: &_, place: &Place| {
            schema_versions::seen(conn, &aggregate_type)
                .map_err(|source| place.failed("read", source))
        };
        self.0.readers.read(read).await
    }

    async fn count_versions(&self) -> Result<Vec<VersionCount>, StoreError> {
        // What is at or before the head never changes: many short reads count what one would, and
        // none keeps the write-ahead log from being taken in.
        let head = self.last_position().await?;
        let (mut counts, mut after) = (Counts::default(), 0);
        while after < head {
            let until = head.min(after.saturating_add(COUNTED_AT_ONCE));
            let read = move |conn: &_, place: &Place| {
                let counted = counts.add(conn, after, until);
                counted.map_err(|source| place.failed("read", source))?;
                Ok(counts)
            };
            counts = self.0.readers.read(read).await?;
            after = until;
        }
        Ok(counts.into_vec())
    }

    async fn log_id(&self) -> Result<LogId, StoreError> {
        self.0.readers.read(log::id).await
    }

    async fn close(&self) -> Result<(), StoreError> {
        Self::close(self).await
    }

    fn subscriptions(&self) -> Option<&dyn SubscriptionStore> {
        Some(self)
    }

    async fn wait_for_append(&self, head: Position, at_most: Duration) {
        self.0.counters.bell.wait(head, at_most).await;
    }
}

#[async_trait]
impl SnapshotStore for SqliteStore {
    async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, StoreError> {
        let stream = stream.clone();
        let read = move |conn: &_, place: &_| snapshot::load(conn, place, &stream);
        self.0.readers.read(read).await
    }

    async fn save_snapshot(&self, snapshot: Snapshot) -> Result<(), StoreError> {
        self.keep(Work::SaveSnapshot(snapshot)).await
    }

    async fn delete_snapshot(&self, stream: &StreamId) -> Result<(), StoreError> {
        self.keep(Work::DeleteSnapshot(stream.clone())).await
    }
}
