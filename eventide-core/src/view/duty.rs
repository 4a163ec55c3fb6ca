//! Keeping one generation of a view up to date.

use std::sync::Arc;

use super::folder::Folder;
use super::table::ViewTable;
use super::{View, ViewOf};
use crate::domain::Domain;
use crate::read_model::ReadModelError;
use crate::read_model::decoders::Decoders;
use crate::read_model::run::Duty;
use crate::store::{StoreError, SubscriptionStore};
use crate::subscription::SubscriptionName;

/// A generation of a view.
pub(crate) struct Generation<V: View, S> {
    pub(crate) services: Arc<S>,
    pub(crate) decoders: Arc<Decoders<V, S>>,
    pub(crate) table: ViewTable,
}

impl<V: View, S: Send + Sync + 'static> Generation<V, S> {
    /// The first.
    pub(crate) fn first<D: Domain<Services = S>>(services: Arc<S>) -> Self
    where
        V: ViewOf<D>,
    {
        Self {
            services,
            decoders: Arc::new(Decoders::new(V::visit_served)),
            table: V::INFO.table(1),
        }
    }

    /// The one that this table is of.
    pub(crate) fn of(&self, table: ViewTable) -> Self {
        Self {
            services: self.services.clone(),
            decoders: self.decoders.clone(),
            table,
        }
    }
}

/// The name of the subscription that a view's documents are made by.
pub(crate) fn subscription_of(table: &ViewTable) -> Result<SubscriptionName, ReadModelError> {
    let ViewTable {
        name,
        version,
        generation,
        ..
    } = table;
    let name = SubscriptionName::new(format!("{name}.v{version}.g{generation}"))?;
    Ok(name)
}

impl<V: View, S: Send + Sync + 'static> Duty for Generation<V, S> {
    type ReadModel = V;
    type Services = S;
    type Work = Folder<V, S>;

    fn decoders(&self) -> &Arc<Decoders<V, S>> {
        &self.decoders
    }

    fn subscription(&self) -> Result<SubscriptionName, ReadModelError> {
        subscription_of(&self.table)
    }

    async fn serving(&self, kept: &dyn SubscriptionStore) -> Result<Self, StoreError> {
        Ok(self.of(V::INFO.serving(kept).await?))
    }

    async fn serves(&self, kept: &dyn SubscriptionStore) -> Result<bool, StoreError> {
        Ok(V::INFO.serving(kept).await? == self.table)
    }

    async fn open(&self, kept: &dyn SubscriptionStore) -> Result<(), ReadModelError> {
        Ok(kept.open_view(&self.table).await?)
    }

    fn is_divisible(&self) -> bool {
        self.decoders.is_keyed_by_aggregate()
    }

    fn work(&self, any_parked: bool) -> Result<Folder<V, S>, ReadModelError> {
        Ok(Folder::new(
            self.decoders.clone(),
            self.services.clone(),
            self.subscription()?,
            self.table.clone(),
            any_parked,
        ))
    }
}
