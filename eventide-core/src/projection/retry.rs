//! Handling the events of a parked stream again.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;

use super::batch::Batch;
use super::handled::Projection;
use super::page;
use super::projector::Projector;
use super::step::Handler;
use super::target::AttemptError;
use crate::envelope::RecordedEvent;
use crate::read_model::error::chain;
use crate::read_model::parked::{Retry, Retrying};
use crate::read_model::run::Duty;
use crate::read_model::{ReadModel, ReadModelError, ReadModelInfo};
use crate::store::{Advance, SubscriptionStore};
use crate::subscription::{DeadLetter, Lease, SubscriptionName};

#[async_trait]
impl<P: Projection, S: Send + Sync + 'static> Retry for Projector<P, S> {
    fn info(&self) -> ReadModelInfo {
        <P as ReadModel>::INFO
    }

    fn has_generations(&self) -> bool {
        false
    }

    async fn begin(
        &self,
        _: &dyn SubscriptionStore,
    ) -> Result<(SubscriptionName, Box<dyn Retrying>), ReadModelError> {
        Ok((self.subscription()?, Box::new(self.work(true)?)))
    }
}

#[async_trait]
impl<P: Projection, S: Send + Sync + 'static> Retrying for Handler<P, S> {
    async fn retry(
        &mut self,
        kept: &dyn SubscriptionStore,
        lease: &Lease,
        letter: &DeadLetter,
        recorded: &RecordedEvent,
    ) -> Result<Option<String>, ReadModelError> {
        let events = std::slice::from_ref(recorded);
        let with = (&*self.decoders, &*self.services);
        let ready = page::decode(with, &mut self.lookups, events, None, HashSet::new()).await;
        let ready = ready.map_err(|source| {
            let read_model = <P as ReadModel>::INFO.name;
            ReadModelError::Held { read_model, source }
        })?;
        if let Some(held) = &ready.held {
            return Ok(Some(chain(held)));
        }
        if let Some(failed) = ready.parked.first() {
            return Ok(failed.error.clone());
        }
        let mut advance = Advance::new(lease.clone(), None);
        advance.handled = vec![letter.id.clone()];
        let parts = ready.parts.into_iter();
        let handled: Vec<_> = parts.map(|(_, parts)| (recorded.clone(), parts)).collect();
        if handled.is_empty() {
            kept.advance(&advance).await?;
            return Ok(None);
        }
        let batch = Arc::new(Batch::new(self.projection.clone(), handled));
        match self.target.advance_with(&advance, batch).await {
            Ok(()) => Ok(None),
            Err(AttemptError::Failed(error)) => Ok(Some(chain(&*error))),
            Err(AttemptError::Lease(error)) => Err(error.into()),
        }
    }
}
