//! The store: a handle that many tasks share.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use deadpool_postgres::Pool;
use eventide_core::snapshot::Snapshot;
use eventide_core::store::group_commit::{GroupCommit, Limits, NotAnswered};
use eventide_core::store::{
    AppendError, AppendRequest, AppendStep, Appended, EventStore, HandledCommand, LogPage,
    LogQuery, SeenVersion, SnapshotStore, StoreError, StoreErrorKind, StreamPage, StreamQuery,
    SubscriptionStore, VersionCount,
};
use eventide_core::{CommandId, LogId, Position, StreamId, Version};

use crate::address::Address;
use crate::append::{Appender, BATCH_WEIGHT, Item, Work, Writer, WriterStats};
use crate::error::Place;
use crate::holders::LockHolder;
use crate::link::{Link, Rows, patiently};
use crate::migrate::{self, Payload};
use crate::options::PostgresOptions;
use crate::schema_versions::Counts;
use crate::sql::{Schema, Sql, check_name};
use crate::subscriptions::ReadSide;
use crate::wake::{self, Wake, Wakeups};
use crate::{commands, connect, holders, log, schema_versions, server, snapshot, stream, transfer};

/// How many events are counted in one read.
const COUNTED_AT_ONCE: i64 = 100_000;

/// An event store in a schema of a PostgreSQL database.
///
/// A handle is cheap to clone; all clones share one writer and its connections. When the last one
/// is dropped, what was asked so far is still written; [`close`](Self::close) also waits for it.
///
/// Several stores, also in other processes, may be open on the same schema.
///
/// # Guarantees
/// Those of [`EventStore`]; in addition the database itself refuses to change or delete an event,
/// whoever asks. An append whose connection is lost is asked again until its outcome is known, for
/// as long as the [`patience`](PostgresOptions::patience) lasts. A store that has gone back, because
/// an older backup was restored or a lagging standby took over, is not appended to.
///
/// ```no_run
/// # async fn doc() -> Result<(), eventide_core::store::StoreError> {
/// use eventide_core::store::EventStore;
/// use eventide_postgres::PostgresStore;
///
/// PostgresStore::options().migrate("postgres://localhost/shop").await?;
/// let store = PostgresStore::open("postgres://localhost/shop").await?;
/// println!("the log ends at {}", store.head().await?);
/// store.close().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct PostgresStore(Arc<Shared>);

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) link: Link,
    pub(crate) place: Place,
    pub(crate) payload: Payload,
    read_only: bool,
    pub(crate) appender: Arc<Appender>,
    queue: Arc<GroupCommit<Writer>>,
    wake: Arc<Wake>,
    channel: String,
    stream: stream::Statements,
    log: log::Statements,
    snapshot: snapshot::Statements,
    schema_versions: schema_versions::Statements,
    pub(crate) commands: Sql,
    holders: Sql,
    pub(crate) transfer: transfer::Statements,
    read_side: ReadSide,
}

/// Runs a read until it succeeds, with patience: `reading!(self, "read", |session| ...)`.
macro_rules! reading {
    ($shared:expr, $attempt:literal, |$session:ident| $read:expr) => {
        patiently!(&mut $shared.link.retry($attempt), |$session| $read)
    };
}

impl PostgresStore {
    /// Opens the store at `address`, of the form `postgres://user@host:port/database`.
    ///
    /// # Errors
    /// As for [`PostgresOptions::open`].
    pub async fn open(address: &str) -> Result<Self, StoreError> {
        Self::options().open(address).await
    }

    /// Opens the store at `address` for reading only: appends are refused.
    ///
    /// # Errors
    /// As for [`PostgresOptions::open`].
    pub async fn open_read_only(address: &str) -> Result<Self, StoreError> {
        let options = PostgresOptions {
            read_only: true,
            ..PostgresOptions::default()
        };
        options.open(address).await
    }

    /// Options to open a store with.
    pub fn options() -> PostgresOptions {
        PostgresOptions::default()
    }

    pub(crate) async fn open_with(
        options: PostgresOptions,
        address: &str,
    ) -> Result<Self, StoreError> {
        let address = Address::parse(address, options)?;
        let (pools, dialer) = connect::pools(&address)?;
        let link = Link::new(pools, Some(dialer), &address.options, &address.place);
        Self::open_link(address.options, link, address.place).await
    }

    pub(crate) async fn open_on(options: PostgresOptions, pool: Pool) -> Result<Self, StoreError> {
        let place = Place::new("the database of a pool".to_owned(), options.schema.clone());
        check_name(&options.schema)
            .map_err(|why| place.error(StoreErrorKind::Other, "open", why))?;
        let link = Link::new([pool.clone(), pool], None, &options, &place);
        Self::open_link(options, link, place).await
    }

    async fn open_link(
        options: PostgresOptions,
        link: Link,
        place: Place,
    ) -> Result<Self, StoreError> {
        if options.migrate_on_open && !options.read_only {
            migrate::apply(&link, &options, &place).await?;
        }
        let payload = server::check(&link, &options, &place).await?;
        let schema = Schema::new(&options.schema);
        let wake = Arc::new(Wake::new(options.notify && link.keeps_sessions()));
        let channel = wake::channel(&options.schema);
        wake::tell_others(&wake, &link, &channel);
        let clock = options.clock.clone();
        let appender = Appender::new(link.clone(), clock, &schema, payload, wake.clone());
        let appender = Arc::new(appender);
        let limits = Limits::new(options.queue, options.max_batch).batch_weight(BATCH_WEIGHT);
        let writer = Writer::new(appender.clone());
        Ok(Self(Arc::new(Shared {
            place,
            payload,
            read_only: options.read_only,
            appender,
            queue: Arc::new(GroupCommit::new(writer, limits)),
            wake,
            channel,
            stream: stream::Statements::new(&schema),
            log: log::Statements::new(&schema),
            snapshot: snapshot::Statements::new(&schema),
            schema_versions: schema_versions::Statements::new(&schema),
            commands: commands::statement(&schema),
            holders: holders::statement(&schema),
            transfer: transfer::Statements::new(&schema, payload),
            read_side: ReadSide::new(&link, &options.schema),
            link,
        })))
    }

    /// The schema of the database that holds the store, as it was given and without quotes: for tables
    /// of your own beside it.
    pub fn schema(&self) -> &str {
        &self.0.place.schema
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.0
    }

    pub(crate) fn read_side(&self) -> &ReadSide {
        &self.0.read_side
    }

    pub(crate) fn may_write(&self, attempt: &str) -> Result<(), StoreError> {
        if self.0.read_only {
            let why = "it was opened for reading only; use `open`";
            return Err(self.0.place.error(StoreErrorKind::ReadOnly, attempt, why));
        }
        Ok(())
    }

    /// What the writer has done since the store was opened.
    pub fn stats(&self) -> WriterStats {
        self.0.appender.counters.read()
    }

    /// Hears of appends: by this process at once, by others through the server where it lets us.
    /// One connection listens for the whole process, from the first call on.
    pub fn wakeups(&self) -> Wakeups {
        self.begin_to_listen();
        self.0.wake.wakeups()
    }

    fn begin_to_listen(&self) {
        let Shared {
            wake,
            link,
            channel,
            log,
            ..
        } = &*self.0;
        if wake.begins_to_listen() {
            wake::listen(wake, link, channel, log.end());
        }
    }

    /// The sessions that hold the log's lock, or wait for it, the oldest first: whoever keeps
    /// everybody from appending is among them.
    ///
    /// # Errors
    /// The server cannot do it now.
    pub async fn lock_holders(&self) -> Result<Vec<LockHolder>, StoreError> {
        let rows: Vec<tokio_postgres::Row> = reading!(self.0, "look at the locks of", |session| {
            session.rows(&self.0.holders, &[])
        })?;
        let holders = rows.iter().map(holders::of_row).collect::<Result<_, _>>();
        holders.map_err(|source| self.0.place.failed("look at the locks of", source))
    }

    /// Waits until everything asked so far is written, and closes the connections. All handles are
    /// closed by it; whatever is asked of them later is an error of kind
    /// [`Closed`](eventide_core::store::StoreErrorKind::Closed). Closing twice is harmless.
    ///
    /// # Errors
    /// None at present.
    pub async fn close(&self) -> Result<(), StoreError> {
        // The writer answers a `Close` by dropping it, once all before it is answered.
        let _ = self.0.queue.close(Work::Close).await;
        self.0.link.close();
        Ok(())
    }
}

#[async_trait]
impl EventStore for PostgresStore {
    async fn append(&self, request: AppendRequest) -> Result<Appended, AppendError> {
        let item = Item::new(request, &self.0.place)?;
        self.may_write("append to")?;
        match self.0.queue.submit(Work::Append(item)).await {
            Ok(verdict) => verdict,
            Err(NotAnswered::Closed) => Err(self.0.place.closed("append to").into()),
            Err(NotAnswered::WriterEnded) => Err(self.0.place.unknown("append to", None).into()),
        }
    }

    async fn append_with(
        &self,
        request: AppendRequest,
        step: Arc<dyn AppendStep>,
    ) -> Result<Appended, AppendError> {
        self.append_taking(&request, &*step).await
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        query: StreamQuery,
    ) -> Result<StreamPage, StoreError> {
        reading!(self.0, "read", |session| {
            self.0.stream.read(&session, &self.0.place, stream, query)
        })
    }

    async fn stream_version(&self, stream: &StreamId) -> Result<Version, StoreError> {
        reading!(self.0, "read", |session| {
            self.0.stream.version(&session, stream)
        })
    }

    async fn read_log(&self, query: LogQuery) -> Result<LogPage, StoreError> {
        reading!(self.0, "read", |session| {
            self.0.log.read(&session, &self.0.place, &query)
        })
    }

    async fn head(&self) -> Result<Position, StoreError> {
        let head: i64 = reading!(self.0, "read", |session| self.0.log.head(&session))?;
        Ok(Position::from_raw(head.unsigned_abs()))
    }

    async fn log_id(&self) -> Result<LogId, StoreError> {
        reading!(self.0, "read", |session| self
            .0
            .log
            .id(&session, &self.0.place))
    }

    async fn handled_commands(&self, ids: &[CommandId]) -> Result<Vec<HandledCommand>, StoreError> {
        reading!(self.0, "read", |session| {
            commands::find(&session, &self.0.place, &self.0.commands, ids)
        })
    }

    async fn seen_versions(&self, aggregate_type: &str) -> Result<Vec<SeenVersion>, StoreError> {
        reading!(self.0, "read", |session| {
            self.0.schema_versions.seen(&session, aggregate_type)
        })
    }

    async fn count_versions(&self) -> Result<Vec<VersionCount>, StoreError> {
        // What is at or before the head never changes: many short reads count what one would, and
        // none holds up vacuum.
        let head: i64 = reading!(self.0, "read", |session| self.0.log.head(&session))?;
        let (mut counts, mut after) = (Counts::default(), 0);
        while after < head {
            let until = head.min(after.saturating_add(COUNTED_AT_ONCE));
            let more: Result<Counts, StoreError> = reading!(self.0, "read", |session| {
                self.0.schema_versions.count(&session, after, until)
            });
            counts.add(more?);
            after = until;
        }
        Ok(counts.into_vec())
    }

    async fn close(&self) -> Result<(), StoreError> {
        Self::close(self).await
    }

    fn subscriptions(&self) -> Option<&dyn SubscriptionStore> {
        Some(self)
    }

    async fn wait_for_append(&self, head: Position, at_most: Duration) {
        self.begin_to_listen();
        self.0.wake.wait(head, at_most).await;
    }
}

#[async_trait]
impl SnapshotStore for PostgresStore {
    async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, StoreError> {
        reading!(self.0, "read", |session| {
            self.0.snapshot.load(&session, &self.0.place, stream)
        })
    }

    async fn save_snapshot(&self, snapshot: Snapshot) -> Result<(), StoreError> {
        self.may_write("change a snapshot in")?;
        reading!(self.0, "change a snapshot in", |session| {
            self.0.snapshot.save(&session, &snapshot)
        })
    }

    async fn delete_snapshot(&self, stream: &StreamId) -> Result<(), StoreError> {
        self.may_write("change a snapshot in")?;
        reading!(self.0, "change a snapshot in", |session| {
            self.0.snapshot.delete(&session, stream)
        })
    }
}
