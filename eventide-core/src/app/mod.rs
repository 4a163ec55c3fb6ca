//! The application: a domain on a store.
//!
//! ```
//! # use eventide::prelude::*;
//! # use serde::{Deserialize, Serialize};
//! # #[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
//! # struct DoorId(String);
//! # #[derive(Debug, Clone, Serialize, Deserialize, Event)]
//! # struct Opened;
//! # #[derive(Debug, Clone, Serialize, Deserialize, Event)]
//! # struct Closed;
//! # #[derive(Debug, Clone, Serialize, Deserialize, Command)]
//! # #[command(upserts)]
//! # struct Open(#[command(id)] DoorId);
//! # #[derive(Debug, Clone, Serialize, Deserialize, Command)]
//! # struct Close(#[command(id)] DoorId);
//! # #[derive(Debug, Default, Clone, Aggregate)]
//! # #[aggregate(id = DoorId, error = &'static str, events(Opened, Closed), commands(Open, Close))]
//! # struct Door {
//! #     open: bool,
//! # }
//! # #[handlers]
//! # impl Door {
//! #     fn open(&self, _: Open) -> Result<Opened, &'static str> {
//! #         if self.open { Err("open already") } else { Ok(Opened) }
//! #     }
//! #     fn close(&self, _: Close) -> Option<Closed> {
//! #         self.open.then_some(Closed)
//! #     }
//! #     fn opened(&mut self, _: &Opened) {
//! #         self.open = true;
//! #     }
//! #     fn closed(&mut self, _: &Closed) {
//! #         self.open = false;
//! #     }
//! # }
//! # #[derive(Domain)]
//! # #[domain(aggregates(Door))]
//! # struct House;
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), BoxError> {
//! let app = App::<House>::new(MemoryStore::new());
//! let front = DoorId::from("front".to_owned());
//!
//! // Typed; with options before the `.await`.
//! let opened = app.execute(Open(front.clone())).as_user("ada").await?;
//! assert_eq!(opened.version, Version::new(1));
//!
//! // By name, as a command comes in over HTTP; the JSON has the command's own form.
//! let closed = app.execute_json("Close", br#""front""#).await?;
//! assert_eq!(closed.events[0].event_type, "Closed");
//!
//! // A command id acts once.
//! let id = CommandId::derived("doc", "open again");
//! app.execute(Open(front.clone())).command_id(id).await?;
//! let again = app.execute(Open(front.clone())).command_id(id).await?;
//! assert!(again.replayed);
//!
//! // As it is, and as it was.
//! assert!(app.load::<Door>(&front).await?.open);
//! assert!(!app.load_at::<Door>(&front, Version::new(2)).await?.open);
//! # Ok(())
//! # }
//! ```

mod builder;
mod middleware;
mod receipt;
mod route;

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use builder::AppBuilder;
pub use middleware::{CommandRequest, CommandResponse, CommandService};
pub use receipt::{AnyEvent, AnyReceipt};
pub use route::{RouteError, route, unknown_command};

pub use crate::repository::CommandOptions;

use crate::aggregate::Aggregate;
use crate::command::CommandSet;
use crate::domain::{CommandIn, Contains, Domain, Lists, ProjectionIn, ViewVisitor};
use crate::projection::{Kept, Outside, ProjectionOf, Projector, TransactionStore};
use crate::read_model::run::Starting;
use crate::read_model::wait::applied;
use crate::read_model::{
    Parked, ReadModel, ReadModelError, ReadModelOptions, RunningReadModels, Waited,
};
use crate::repository::handshake::check_schema;
use crate::repository::{
    AsOf, BatchAnswer, CheckSchemaError, ExecuteError, Execution, LoadError, Loaded, Receipt,
    Repository,
};
use crate::store::Store;
use crate::view::{Documents, Generation, Rebuild, View, ViewOf};
use middleware::Outgoing;

/// A running domain `D`: commands go to its aggregates, middleware around them. Cheap to clone;
/// clones share memory.
///
/// Must be used within a tokio runtime with timers enabled.
pub struct App<D: Domain> {
    inner: Arc<AppInner<D>>,
}

struct AppInner<D: Domain> {
    store: Arc<dyn Store>,
    services: Arc<D::Services>,
    repositories: D::Repositories,
    /// `None` without middleware: commands then go straight to their repository.
    pipeline: Option<CommandService>,
}

impl<D: Domain<Services = ()>> App<D> {
    /// The domain on `store`, with default options. For services, middleware and other options, see
    /// [`builder`](Self::builder).
    pub fn new(store: impl Store + 'static) -> Self {
        Self::builder(store).build()
    }

    /// Starts building an application whose handlers ask for no services.
    pub fn builder(store: impl Store + 'static) -> AppBuilder<D> {
        AppBuilder::new(Arc::new(store), ())
    }
}

impl<D: Domain> App<D> {
    /// Starts building an application whose handlers may ask for `services`.
    pub fn with_services(store: impl Store + 'static, services: D::Services) -> AppBuilder<D> {
        AppBuilder::new(Arc::new(store), services)
    }

    /// The store underneath.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.inner.store
    }

    /// The repository of aggregate `A`. Commands given to it pass by the middleware.
    pub fn repository<A: Aggregate>(&self) -> &Repository<A>
    where
        D: Contains<A>,
    {
        D::repository(&self.inner.repositories)
    }

    /// Compares what the store has seen of all aggregates of the domain with what this program knows
    /// of them: to be asked at start-up. See [`Repository::check_schema`].
    ///
    /// # Errors
    /// See [`CheckSchemaError`].
    pub async fn check_schema(&self) -> Result<(), CheckSchemaError> {
        check_schema(&*self.inner.store, D::AGGREGATES).await
    }

    /// See [`Repository::load`].
    ///
    /// # Errors
    /// See [`LoadError`].
    pub async fn load<A: Aggregate>(&self, id: &A::Id) -> Result<Loaded<A>, LoadError>
    where
        D: Contains<A>,
    {
        self.repository::<A>().load(id).await
    }

    /// See [`Repository::load_at`].
    ///
    /// # Errors
    /// See [`LoadError`].
    pub async fn load_at<A: Aggregate>(
        &self,
        id: &A::Id,
        as_of: impl Into<AsOf> + Send,
    ) -> Result<Loaded<A>, LoadError>
    where
        D: Contains<A>,
    {
        self.repository::<A>().load_at(id, as_of).await
    }

    /// Executes a command, through the middleware. See [`Repository::execute`].
    ///
    /// # Errors
    /// See [`ExecuteError`].
    #[expect(
        clippy::type_complexity,
        reason = "spelt out, it tells what a command gives"
    )]
    pub fn execute<C: CommandIn<D>>(
        &self,
        command: C,
    ) -> Execution<
        '_,
        Result<Receipt<C::Aggregate>, ExecuteError<<C::Aggregate as Aggregate>::Error>>,
    > {
        let repository = C::repository(&self.inner.repositories);
        let Some(pipeline) = &self.inner.pipeline else {
            return repository.execute(command);
        };
        let id = command.aggregate_id().clone();
        through(
            pipeline,
            repository,
            id,
            C::INFO.name,
            command,
            Repository::execute,
        )
    }

    /// Executes several commands on one aggregate in one atomic append, through the middleware. See
    /// [`Repository::execute_all`].
    ///
    /// # Errors
    /// See [`ExecuteError`].
    pub fn execute_all<A: Aggregate>(
        &self,
        commands: impl IntoIterator<Item = A::Command>,
    ) -> Execution<'_, Result<Receipt<A>, ExecuteError<A::Error>>>
    where
        D: Contains<A>,
    {
        self.batch(commands.into_iter().collect(), Repository::execute_all)
    }

    /// Executes several commands on one aggregate in one append, each judged on its own, through the
    /// middleware. See [`Repository::execute_each`].
    ///
    /// # Errors
    /// See [`ExecuteError`].
    pub fn execute_each<A: Aggregate>(
        &self,
        commands: impl IntoIterator<Item = A::Command>,
    ) -> Execution<'_, BatchAnswer<A>>
    where
        D: Contains<A>,
    {
        self.batch(commands.into_iter().collect(), Repository::execute_each)
    }

    /// Executes the command called `name`, given as JSON: for HTTP and message consumers.
    ///
    /// # Errors
    /// See [`RouteError`].
    pub fn execute_json<'a>(
        &'a self,
        name: &'a str,
        json: &'a [u8],
    ) -> Execution<'a, Result<AnyReceipt, RouteError>> {
        Execution::new(&self.inner.store, move |options| {
            Box::pin(D::route(self, name, json, options))
        })
    }

    /// The documents of a view of the domain. They are as far as the view has come: see [`run_views`](Self::run_views).
    pub fn view<V: View>(&self) -> Documents<V>
    where
        D: Lists<V>,
    {
        Documents::new(self.inner.store.clone())
    }

    /// Keeps all views of the domain up to date from now on, in tasks of their own. Any number of
    /// processes may do so: they share the work.
    ///
    /// # Errors
    /// The store keeps nothing for views, or cannot do it now; a view folds its events by other code
    /// than what its documents were made by.
    pub async fn run_views(
        &self,
        options: ReadModelOptions,
    ) -> Result<RunningReadModels, ReadModelError> {
        if self.inner.store.subscriptions().is_none() {
            return Err(ReadModelError::NotKept);
        }
        let mut views = Views::<D> {
            services: self.inner.services.clone(),
            starting: Starting::new(self.inner.store.clone(), options),
        };
        D::visit_views(&mut views);
        views.starting.run().await
    }

    /// A projection that writes to tables in the store's own database, in the transaction that moves
    /// its checkpoint. `store` is the application's store, or one opened on the same database.
    pub fn projection<P: ProjectionOf<D> + ProjectionIn<D>>(
        &self,
        store: impl TransactionStore<P::Target> + 'static,
        projection: P,
    ) -> Projector<P, D::Services> {
        let with = (self.inner.store.clone(), self.inner.services.clone());
        Projector::new::<D>(with, Arc::new(store), projection)
    }

    /// A projection that writes to another system, each event at least once.
    pub fn outside<P: ProjectionOf<D, Target = Outside> + ProjectionIn<D>>(
        &self,
        projection: P,
    ) -> Projector<P, D::Services> {
        let store = self.inner.store.clone();
        let kept = Kept::new::<P>(store.clone());
        let with = (store, self.inner.services.clone());
        Projector::new::<D>(with, Arc::new(kept), projection)
    }

    /// Waits until a view or a projection has applied what a command caused, but no longer than
    /// `at_most`: for whoever reads what it has just written. Some process must run it.
    ///
    /// The answer tells a late read model from a failed command: the command has succeeded in any
    /// case.
    ///
    /// # Errors
    /// The store cannot do it now.
    pub async fn wait_for<R: ReadModel, A: Aggregate>(
        &self,
        receipt: &Receipt<A>,
        at_most: Duration,
    ) -> Result<Waited, ReadModelError> {
        applied::<R, A>(&*self.inner.store, receipt, at_most).await
    }

    /// What a view of the domain could not handle, and what can be done about it.
    pub fn parked<V: ViewOf<D>>(&self) -> Parked
    where
        D: Lists<V>,
    {
        let view = Generation::<V, _>::first::<D>(self.inner.services.clone());
        Parked::new(self.inner.store.clone(), view)
    }

    /// Builds a view of the domain anew, beside the generation that serves.
    pub fn rebuild<V: ViewOf<D>>(&self) -> Rebuild<V, D::Services>
    where
        D: Lists<V>,
    {
        let view = Generation::first::<D>(self.inner.services.clone());
        Rebuild::new(self.inner.store.clone(), view)
    }

    fn batch<A: Aggregate, T: Send + 'static>(
        &self,
        commands: Vec<A::Command>,
        run: Outgoing<A, Vec<A::Command>, T>,
    ) -> Execution<'_, Result<T, ExecuteError<A::Error>>>
    where
        D: Contains<A>,
    {
        let repository = self.repository::<A>();
        match (&self.inner.pipeline, commands.first()) {
            (Some(pipeline), Some(first)) => {
                let (id, name) = (first.aggregate_id().clone(), first.info().name);
                through(pipeline, repository, id, name, commands, run)
            }
            _ => run(repository, commands),
        }
    }
}

/// The views of a domain, on their way to being run.
struct Views<D: Domain> {
    services: Arc<D::Services>,
    starting: Starting,
}

impl<D: Domain> ViewVisitor<D> for Views<D> {
    fn visit<V: ViewOf<D>>(&mut self) {
        let view = Generation::<V, _>::first::<D>(self.services.clone());
        self.starting.add(view);
    }
}

/// Sends a payload through the pipeline to the repository, and its typed answer back.
fn through<'a, A, P, T>(
    pipeline: &'a CommandService,
    repository: &Repository<A>,
    id: A::Id,
    command: &'static str,
    payload: P,
    run: Outgoing<A, P, T>,
) -> Execution<'a, Result<T, ExecuteError<A::Error>>>
where
    A: Aggregate,
    P: Any + Send + Sync,
    T: Send + 'static,
{
    let repository = repository.clone();
    let store = repository.store().clone();
    Execution::new(&store, move |options| {
        Box::pin(async move {
            let stream = A::stream(&id).map_err(ExecuteError::InvalidStream)?;
            let request = CommandRequest::new(command, stream, options, payload, repository, run);
            middleware::send(pipeline.clone(), request).await
        })
    })
}

impl<D: Domain> Clone for App<D> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
        }
    }
}

impl<D: Domain> fmt::Debug for App<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("domain", &D::NAME)
            .finish_non_exhaustive()
    }
}
