//! Putting an application together.

use std::fmt;
use std::sync::Arc;

use tower::util::BoxCloneSyncService;
use tower::{Layer, Service, ServiceExt};

use super::middleware::{CommandRequest, CommandResponse, CommandService, dispatch};
use super::{App, AppInner};
use crate::aggregate::BoxError;
use crate::domain::Domain;
use crate::id_source::IdSource;
use crate::repository::{RepositoryOptions, RepositorySetup, RetryPolicy};
use crate::store::{PageSize, Store};
use crate::time::Clock;

type Wrap = Box<dyn FnOnce(CommandService) -> CommandService + Send>;

/// An application being put together.
#[must_use = "call `build` to get the application"]
pub struct AppBuilder<D: Domain> {
    setup: RepositorySetup<D::Services>,
    layers: Vec<Wrap>,
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

    /// The application.
    pub fn build(self) -> App<D> {
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
            .finish()
    }
}
