//! What a repository is made of.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::Repository;
use super::retry::RetryPolicy;
use crate::aggregate::{Aggregate, ServedBy};
use crate::id_source::{IdSource, RandomIds};
use crate::store::{PageSize, Store};
use crate::time::{Clock, SystemClock};

/// How repositories work: the same for all aggregates of an application.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RepositoryOptions {
    /// How many aggregates of each kind stay in memory between commands; zero for none.
    pub cached_aggregates: usize,
    /// What happens after a conflict with another process.
    pub retry: RetryPolicy,
    /// How many events are read at once.
    pub page: PageSize,
    /// Where handlers get the time from.
    pub clock: Arc<dyn Clock>,
    /// Where fresh ids come from.
    pub ids: Arc<dyn IdSource>,
}

impl Default for RepositoryOptions {
    fn default() -> Self {
        Self {
            cached_aggregates: 1024,
            retry: RetryPolicy::default(),
            page: PageSize::default(),
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds),
        }
    }
}

/// Makes the repositories of a domain with services `S`.
#[derive(Clone)]
pub struct RepositorySetup<S> {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) services: Arc<S>,
    pub(crate) options: RepositoryOptions,
}

impl<S: Send + Sync + 'static> RepositorySetup<S> {
    /// The repository of aggregate `A`.
    pub fn repository<A: ServedBy<S>>(&self) -> Repository<A> {
        let services = Arc::new(Served {
            all: Arc::clone(&self.services),
            aggregate: PhantomData,
        });
        Repository::assemble(Arc::clone(&self.store), services, self.options.clone())
    }
}

impl<S> fmt::Debug for RepositorySetup<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RepositorySetup")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// Gives aggregate `A` its part of some services, whatever their type.
pub(super) trait ServicesOf<A: Aggregate>: Send + Sync {
    fn services(&self) -> &A::Services;
}

struct Served<S, A> {
    all: Arc<S>,
    aggregate: PhantomData<fn() -> A>,
}

impl<S: Send + Sync, A: ServedBy<S>> ServicesOf<A> for Served<S, A> {
    fn services(&self) -> &A::Services {
        A::services(&self.all)
    }
}
