//! Repositories: load one kind of aggregate, execute its commands.
//!
//! A command goes: *load* (from memory, a snapshot, the stream) → *decide* → *append* → answer.
//! Commands on the same aggregate are sequenced within the process: decided one after another on
//! the state in memory and appended together. What other processes append is caught by the expected
//! version; the command is then decided again on the new state.

mod cache;
mod decide;
mod error;
mod execution;
pub(crate) mod handshake;
mod job;
mod load;
mod options;
pub(crate) mod panics;
mod reading;
mod receipt;
mod replay;
mod retry;
mod serve;
mod setup;
mod slot;
mod snapshots;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use tokio::sync::oneshot;
use tracing::{Instrument, Span, info_span};

pub use error::{ExecuteError, LoadError};
pub use execution::{Awaited, Execution};
pub use handshake::{AheadEvent, CheckSchemaError, SchemaAhead};
pub use load::AsOf;
pub use options::CommandOptions;
pub use reading::DecodedPage;
pub use receipt::{Loaded, Receipt};
pub use retry::RetryPolicy;
pub use setup::{RepositoryOptions, RepositorySetup};

use crate::aggregate::{Aggregate, ServedBy};
use crate::command::CommandSet;
use crate::id_source::IdSource;
use crate::ids::{CommandId, Version};
use crate::schema::Lookups;
use crate::snapshot::{Fingerprint, SnapshotSpec};
use crate::store::{PageSize, Store, StoreError, StoreErrorKind};
use crate::stream::StreamId;
use crate::time::Clock;
use cache::Cache;
use handshake::Handshake;
use job::{Answer, Job, Unit};
use setup::ServicesOf;
use slot::Folded;

/// Loads aggregates of type `A` and executes their commands. Cheap to clone; clones share memory.
///
/// # Guarantees
/// - What is answered is durable.
/// - A command id acts once; repeated, it gives the first result.
/// - State in memory never gives an answer the store would not: it is checked against the stream's
///   version before it is shown or a refusal rests on it.
pub struct Repository<A: Aggregate> {
    inner: Arc<Inner<A>>,
}

/// What every clone of a repository shares.
pub(crate) struct Inner<A: Aggregate> {
    store: Arc<dyn Store>,
    services: Arc<dyn ServicesOf<A>>,
    cache: Cache<A>,
    retry: RetryPolicy,
    page: PageSize,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    fingerprint: OnceLock<Fingerprint>,
    handshake: Handshake,
    /// What upcasters looked up, unless a reader has it.
    lookups: Mutex<Lookups>,
    counters: Arc<Counters>,
}

#[derive(Debug, Default)]
struct Counters {
    conflicts: AtomicU64,
    snapshots_taken: AtomicU64,
    snapshots_failed: AtomicU64,
}

/// What a repository has seen since it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RepositoryStats {
    /// Aggregates in memory now.
    pub cached: usize,
    /// Rounds that were decided again because the stream had moved on.
    pub conflicts: u64,
    /// Snapshots saved.
    pub snapshots_taken: u64,
    /// Snapshots that could not be saved; loads take longer, nothing else.
    pub snapshots_failed: u64,
}

impl<A: Aggregate> Inner<A> {
    fn snapshots(&self) -> Option<(SnapshotSpec<A>, Fingerprint)> {
        let spec = A::SNAPSHOT?;
        let fingerprint = *self.fingerprint.get_or_init(|| spec.fingerprint());
        Some((spec, fingerprint))
    }
}

impl<A: Aggregate> Repository<A> {
    /// A repository on `store` for an aggregate without services, with default options.
    pub fn new<S: Store + Clone + 'static>(store: &S) -> Self
    where
        A: ServedBy<()>,
    {
        Self::with_services(store, (), RepositoryOptions::default())
    }

    /// A repository on `store` whose handlers may ask for `services`.
    pub fn with_services<S, T>(store: &S, services: T, options: RepositoryOptions) -> Self
    where
        S: Store + Clone + 'static,
        T: Send + Sync + 'static,
        A: ServedBy<T>,
    {
        RepositorySetup {
            store: Arc::new(store.clone()),
            services: Arc::new(services),
            options,
        }
        .repository()
    }

    fn assemble(
        store: Arc<dyn Store>,
        services: Arc<dyn ServicesOf<A>>,
        options: RepositoryOptions,
    ) -> Self {
        let RepositoryOptions {
            cached_aggregates,
            retry,
            page,
            clock,
            ids,
        } = options;
        let inner = Inner {
            store,
            services,
            cache: Cache::new(cached_aggregates),
            retry,
            page,
            clock,
            ids,
            fingerprint: OnceLock::new(),
            handshake: Handshake::default(),
            lookups: Mutex::default(),
            counters: Arc::default(),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// The aggregate's present state.
    ///
    /// State in memory is used if the stream is still at its version; only later events are read.
    ///
    /// # Errors
    /// See [`LoadError`].
    pub async fn load(&self, id: &A::Id) -> Result<Loaded<A>, LoadError> {
        let stream = A::stream(id)?;
        match self.inner.load_kept(&stream).await? {
            folded if folded.version == Version::ZERO => Err(LoadError::NotFound { stream }),
            folded => Ok(loaded(stream, &folded)),
        }
    }

    /// The aggregate's state as it was at a [`Version`], or at a time by the store's clock.
    ///
    /// # Errors
    /// See [`LoadError`].
    pub async fn load_at(
        &self,
        id: &A::Id,
        as_of: impl Into<AsOf> + Send,
    ) -> Result<Loaded<A>, LoadError> {
        let (stream, as_of) = (A::stream(id)?, as_of.into());
        let folded = self.inner.load_until(&stream, Some(as_of)).await?;
        match as_of {
            AsOf::Version(asked) if folded.version < asked => Err(match folded.version {
                Version::ZERO => LoadError::NotFound { stream },
                actual => LoadError::VersionNotReached {
                    stream,
                    asked,
                    actual,
                },
            }),
            AsOf::Time(asked) if folded.version == Version::ZERO => {
                match self.inner.store.stream_version(&stream).await? {
                    Version::ZERO => Err(LoadError::NotFound { stream }),
                    _ => Err(LoadError::NotYet { stream, asked }),
                }
            }
            AsOf::Version(_) | AsOf::Time(_) => Ok(loaded(stream, &folded)),
        }
    }

    /// Executes a command.
    ///
    /// # Errors
    /// See [`ExecuteError`].
    pub fn execute<C>(
        &self,
        command: C,
    ) -> Execution<'_, Result<Receipt<A>, ExecuteError<A::Error>>>
    where
        C: Into<A::Command>,
    {
        self.execute_all([command.into()])
    }

    /// Executes several commands on one aggregate in one atomic append: each is decided on what the
    /// one before left, and all go through or none. They share one command id.
    ///
    /// # Errors
    /// See [`ExecuteError`]; the first command that is refused stops all.
    pub fn execute_all(
        &self,
        commands: impl IntoIterator<Item = A::Command>,
    ) -> Execution<'_, Result<Receipt<A>, ExecuteError<A::Error>>> {
        let commands: Vec<_> = commands.into_iter().collect();
        Execution::new(&self.inner.store, move |options| {
            Box::pin(async move {
                for command in &commands {
                    command.validate().map_err(ExecuteError::Invalid)?;
                }
                let id = self.command_id(&options);
                let unit = Unit::new(id, commands);
                let mut answers = self.submit(vec![unit], options).await?;
                answers.pop().unwrap_or_else(|| Err(interrupted()))
            })
        })
    }

    /// Executes several commands on one aggregate in one append, each judged on its own: what is
    /// accepted goes through together, what is refused is answered with its error, in order. If a view that
    /// is kept with the appends refuses what goes through, it refuses all of it.
    ///
    /// Command number `n`, from 0, has the id [`CommandId::nth`]`(n)` of the given one.
    ///
    /// # Errors
    /// See [`ExecuteError`]: outside if the batch as a whole is not possible, inside per command.
    pub fn execute_each(
        &self,
        commands: impl IntoIterator<Item = A::Command>,
    ) -> Execution<'_, BatchAnswer<A>> {
        let commands: Vec<_> = commands.into_iter().collect();
        Execution::new(&self.inner.store, move |options| {
            Box::pin(async move {
                let first = self.command_id(&options);
                let unit = |(n, command): (u32, A::Command)| {
                    let invalid = command.validate().err();
                    let mut unit = Unit::new(first.nth(n), vec![command]);
                    unit.answer = invalid.map(|error| Err(ExecuteError::Invalid(error)));
                    unit
                };
                self.submit((0..).zip(commands).map(unit).collect(), options)
                    .await
            })
        })
    }

    /// The store underneath.
    pub(crate) fn store(&self) -> &Arc<dyn Store> {
        &self.inner.store
    }

    /// What the repository has seen since it was made.
    pub fn stats(&self) -> RepositoryStats {
        let counters = &self.inner.counters;
        RepositoryStats {
            cached: self.inner.cache.len(),
            conflicts: counters.conflicts.load(Ordering::Relaxed),
            snapshots_taken: counters.snapshots_taken.load(Ordering::Relaxed),
            snapshots_failed: counters.snapshots_failed.load(Ordering::Relaxed),
        }
    }

    fn command_id(&self, options: &CommandOptions) -> CommandId {
        options
            .command_id
            .unwrap_or_else(|| self.inner.ids.next_uuid().into())
    }

    async fn submit(&self, units: Vec<Unit<A>>, options: CommandOptions) -> BatchAnswer<A> {
        let stream = common_stream(&units)?;
        let span = command_span(&stream, &units);
        let slot = self.inner.cache.slot(&stream);
        let (reply, answers) = oneshot::channel();
        let may_be_repeated = options.command_id.is_some();
        let job = Job {
            units,
            options,
            may_be_repeated,
            reply,
            span: span.clone(),
        };
        if let Some(service) = slot.push(job) {
            tokio::spawn(serve::serve(Arc::clone(&self.inner), service));
        }
        answers.instrument(span).await.map_err(|_| interrupted())
    }
}

/// What [`Repository::execute_each`] gives.
pub type BatchAnswer<A> = Result<Vec<Answer<A>>, ExecuteError<<A as Aggregate>::Error>>;

fn loaded<A>(stream: StreamId, folded: &Folded<A>) -> Loaded<A> {
    Loaded {
        state: Arc::clone(&folded.state),
        stream,
        version: folded.version,
        recorded_at: folded.recorded_at,
    }
}

fn common_stream<A: Aggregate>(units: &[Unit<A>]) -> Result<StreamId, ExecuteError<A::Error>> {
    let mut ids = units
        .iter()
        .flat_map(|unit| &unit.commands)
        .map(CommandSet::aggregate_id);
    let first = ids.next().ok_or(ExecuteError::EmptyBatch)?;
    let stream = |id| A::stream(id).map_err(ExecuteError::InvalidStream);
    if let Some(other) = ids.find(|id| *id != first) {
        return Err(ExecuteError::MixedAggregates {
            first: stream(first)?,
            second: stream(other)?,
        });
    }
    stream(first)
}

fn command_span<A: Aggregate>(stream: &StreamId, units: &[Unit<A>]) -> Span {
    let mut commands = units.iter().flat_map(|unit| &unit.commands);
    let name = commands.next().map_or("", |command| command.info().name);
    let id = units.first().map(|unit| unit.id);
    let more = commands.count();
    info_span!("command", name, more, %stream, id = id.map(tracing::field::display))
}

fn interrupted<E: fmt::Debug>() -> ExecuteError<E> {
    ExecuteError::Store(StoreError::new(
        StoreErrorKind::Unknown,
        "the task that executed the command ended before its answer",
    ))
}

impl<A: Aggregate> Clone for Repository<A> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
        }
    }
}

impl<A: Aggregate> fmt::Debug for Repository<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Repository")
            .field("aggregate", &A::INFO.name)
            .field("cache", &self.inner.cache)
            .finish_non_exhaustive()
    }
}
