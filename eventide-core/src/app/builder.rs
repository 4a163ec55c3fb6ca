//! Putting an application together.

use std::fmt;
use std::sync::Arc;

use tower::util::BoxCloneSyncService;
use tower::{Layer, Service, ServiceExt};

use super::middleware::{CommandRequest, CommandResponse, CommandService, dispatch};
use super::{App, AppInner};
use crate::aggregate::BoxError;
use crate::domain::{Domain, Lists};
use crate::id_source::IdSource;
use crate::repository::{RepositoryOptions, RepositorySetup, RetryPolicy};
use crate::store::{PageSize, Store};
use crate::time::Clock;
use crate::view::{Generation, Inline, InlineStore, InlineViews, ViewOf};

type Wrap = Box<dyn FnOnce(CommandService) -> CommandService + Send>;

/// An application being put together.
#[must_use = "call `build` to get the application"]
pub struct AppBuilder<D: Domain> {
    setup: RepositorySetup<D::Services>,
    layers: Vec<Wrap>,
    inline: InlineViews,
}

impl<D: Domain> AppBuilder<D> {
    pub(super) fn new(store: Arc<dyn Store>, services: D::Services) -> Self {
        let setup = RepositorySetup {
            store,
            services: Arc::new(services),
            options: RepositoryOptions::default(),
        };
        Self {
            setup,
            layers: Vec::new(),
            inline: Vec::new(),
        }
    }

    /// Wraps every command in a tower layer: authorisation, logging, timeouts. The layer added first
    /// sees the command first.
    ///
    /// A layer that gives up waiting abandons the command: if it is not being appended yet, it is
    /// not executed.
    pub fn layer<L, S>(mut self, layer: L) -> Self
    where
        L: Layer<CommandService, Service = S> + Send + 'static,
        S: Service<CommandRequest, Response = CommandResponse> + Clone + Send + Sync + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send + 'static,
    {
        self.layers.push(Box::new(move |inner| {
            BoxCloneSyncService::new(layer.layer(inner).map_err(Into::into))
        }));
        self
    }

    /// How many aggregates of each kind stay in memory between commands; zero for none.
    pub fn cached_aggregates(mut self, count: usize) -> Self {
        self.setup.options.cached_aggregates = count;
        self
    }

    /// What happens after a conflict with another process.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.setup.options.retry = policy;
        self
    }

    /// How many events are read at once.
    pub fn page_size(mut self, page: PageSize) -> Self {
        self.setup.options.page = page;
        self
    }

    /// Where handlers get the time from.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.setup.options.clock = clock;
        self
    }

    /// Where fresh ids come from.
    pub fn ids(mut self, ids: Arc<dyn IdSource>) -> Self {
        self.setup.options.ids = ids;
        self
    }

    /// Keeps a view of the domain up to date in the transaction of each append: whoever reads it after a
    /// command was answered, reads what the command caused, in any process and without waiting. Where
    /// that is not needed, views that [run](App::run_views) beside the appends cost these nothing.
    ///
    /// # Guarantees
    /// - An event and what it changes of the view are durable together, or neither is.
    /// - What the view cannot take is not appended: the command fails with
    ///   [`ExecuteError::View`](crate::repository::ExecuteError::View), where a view that runs would park its key. So a
    ///   unique column is a rule that no two commands break, on whatever
    ///   aggregates.
    ///
    /// ```
    /// # use eventide::prelude::*;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
    /// # struct UserId(String);
    /// # #[derive(Debug, Clone, Serialize, Deserialize, Event)]
    /// # struct Registered { email: String }
    /// # #[derive(Debug, Clone, Serialize, Deserialize, Command)]
    /// # #[command(creates)]
    /// # struct Register { #[command(id)] user: UserId, email: String }
    /// # #[derive(Debug, Default, Clone, Aggregate)]
    /// # #[aggregate(id = UserId, error = String, events(Registered), commands(Register))]
    /// # struct User;
    /// # #[handlers]
    /// # impl User {
    /// #     fn register(&self, command: Register) -> Registered {
    /// #         Registered { email: command.email }
    /// #     }
    /// #     fn registered(&mut self, _: &Registered) {}
    /// # }
    /// #[derive(Debug, Default, Clone, Serialize, Deserialize, View)]
    /// #[view(key = UserId, observes(User))]
    /// struct Login {
    ///     #[view(unique)]
    ///     email: String,
    /// }
    ///
    /// #[folds]
    /// impl Login {
    ///     fn registered(&mut self, event: &Registered) {
    ///         self.email.clone_from(&event.email);
    ///     }
    /// }
    /// # #[derive(Domain)]
    /// # #[domain(aggregates(User), views(Login))]
    /// # struct Accounts;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), BoxError> {
    /// # let (ada, bob) = (UserId("ada".into()), UserId("bob".into()));
    ///
    /// let app = App::<Accounts>::builder(MemoryStore::new()).inline::<Login>().build();
    /// let email = "ada@example.org".to_owned();
    /// app.execute(Register { user: ada.clone(), email: email.clone() }).await?;
    /// assert!(app.view::<Login>().get(&ada).await?.is_some());
    ///
    /// let taken = app.execute(Register { user: bob, email }).await;
    /// assert!(matches!(taken, Err(ExecuteError::View(_))));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # What it costs
    /// Appends with such views are made one after another, in all processes. In PostgreSQL each is a
    /// transaction of its own, with some round trips for each view; in SQLite they still share
    /// commits. A command that is one of many on an aggregate may be decided again, if a view refuses
    /// another.
    ///
    /// # Who else appends
    /// Every program that appends to the log should take the view along. What one that does not appends,
    /// the view takes before the next append that does, or by [`run_views`](App::run_views). The same goes
    /// for a view that is new: the first command waits until it has come to the end of the log.
    pub fn inline<V: ViewOf<D>>(mut self) -> Self
    where
        D: Lists<V>,
    {
        if self.inline.iter().all(|view| view.name() != V::INFO.name) {
            let view = Generation::<V, _>::first::<D>(self.setup.services.clone());
            self.inline.push(Box::new(Inline::new(view)));
        }
        self
    }

    /// The application.
    pub fn build(mut self) -> App<D> {
        if !self.inline.is_empty() {
            let store = InlineStore::new(self.setup.store, self.inline);
            self.setup.store = Arc::new(store);
        }
        let pipeline = (!self.layers.is_empty()).then(|| {
            self.layers
                .into_iter()
                .rev()
                .fold(dispatch(), |inner, wrap| wrap(inner))
        });
        let repositories = D::repositories(&self.setup);
        App {
            inner: Arc::new(AppInner {
                store: self.setup.store,
                services: self.setup.services,
                repositories,
                pipeline,
            }),
        }
    }
}

impl<D: Domain> fmt::Debug for AppBuilder<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppBuilder")
            .field("domain", &D::NAME)
            .field("setup", &self.setup)
            .field("layers", &self.layers.len())
            .field("inline", &self.inline.len())
            .finish()
    }
}
