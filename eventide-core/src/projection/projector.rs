//! A projection that can be run, and the handle on it.

use std::fmt;
use std::sync::Arc;

use super::handled::{Projection, ProjectionOf};
use super::step::Handler;
use super::target::TransactionStore;
use crate::domain::Domain;
use crate::read_model::decoders::Decoders;
use crate::read_model::parked::Parked;
use crate::read_model::run::{Duty, Starting};
use crate::read_model::{ReadModel, ReadModelError, ReadModelOptions, RunningReadModels};
use crate::schema::Lookups;
use crate::store::{Store, StoreError, SubscriptionStore};
use crate::subscription::SubscriptionName;

/// A projection with what it writes to; from [`App::projection`](crate::App::projection) and
/// [`App::outside`](crate::App::outside).
pub struct Projector<P: Projection, S> {
    store: Arc<dyn Store>,
    projection: Arc<P>,
    target: Arc<dyn TransactionStore<P::Target>>,
    decoders: Arc<Decoders<P, S>>,
    services: Arc<S>,
}

impl<P: Projection, S: Send + Sync + 'static> Projector<P, S> {
    pub(crate) fn new<D: Domain<Services = S>>(
        (store, services): (Arc<dyn Store>, Arc<S>),
        target: Arc<dyn TransactionStore<P::Target>>,
        projection: P,
    ) -> Self
    where
        P: ProjectionOf<D>,
    {
        Self {
            store,
            projection: Arc::new(projection),
            target,
            decoders: Arc::new(Decoders::new(P::visit_served)),
            services,
        }
    }

    /// The projection itself.
    pub fn projection(&self) -> &P {
        &self.projection
    }

    /// Keeps it up to date from now on, in tasks of their own. Any number of processes may do so:
    /// they share the work.
    ///
    /// # Errors
    /// The store keeps nothing for read models, or cannot do it now; it handles its events by other
    /// code than what it was made by; it was given another store than the application's.
    pub async fn run(
        &self,
        options: ReadModelOptions,
    ) -> Result<RunningReadModels, ReadModelError> {
        if self.store.subscriptions().is_none() {
            return Err(ReadModelError::NotKept);
        }
        if let Some(log) = self.target.log_id().await?
            && log != self.store.log_id().await?
        {
            let read_model = <P as ReadModel>::INFO.name;
            return Err(ReadModelError::OtherStore { read_model });
        }
        let mut starting = Starting::new(self.store.clone(), options);
        starting.add(self.clone());
        starting.run().await
    }

    /// The streams it could not handle, and what can be done about them.
    pub fn parked(&self) -> Parked {
        Parked::new(self.store.clone(), self.clone())
    }
}

impl<P: Projection, S: Send + Sync + 'static> Duty for Projector<P, S> {
    type ReadModel = P;
    type Services = S;
    type Work = Handler<P, S>;

    fn decoders(&self) -> &Arc<Decoders<P, S>> {
        &self.decoders
    }

    fn subscription(&self) -> Result<SubscriptionName, ReadModelError> {
        <P as ReadModel>::INFO.subscription()
    }

    async fn serving(&self, _: &dyn SubscriptionStore) -> Result<Self, StoreError> {
        Ok(self.clone())
    }

    async fn serves(&self, _: &dyn SubscriptionStore) -> Result<bool, StoreError> {
        Ok(true)
    }

    async fn open(&self, _: &dyn SubscriptionStore) -> Result<(), ReadModelError> {
        Ok(())
    }

    fn is_divisible(&self) -> bool {
        true
    }

    fn work(&self, any_parked: bool) -> Result<Handler<P, S>, ReadModelError> {
        Ok(Handler {
            projection: self.projection.clone(),
            target: self.target.clone(),
            decoders: self.decoders.clone(),
            services: self.services.clone(),
            name: self.subscription()?,
            lookups: Lookups::new(),
            any_parked,
        })
    }
}

impl<P: Projection, S> Clone for Projector<P, S> {
    fn clone(&self) -> Self {
        Self {
            store: self.store.clone(),
            projection: self.projection.clone(),
            target: self.target.clone(),
            decoders: self.decoders.clone(),
            services: self.services.clone(),
        }
    }
}

impl<P: Projection, S> fmt::Debug for Projector<P, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Projector")
            .field("projection", &<P as ReadModel>::INFO.name)
            .finish_non_exhaustive()
    }
}
