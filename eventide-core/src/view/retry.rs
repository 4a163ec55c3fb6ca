//! Folding the events of a parked key again.

use async_trait::async_trait;

use super::View;
use super::duty::Generation;
use super::folder::{Folder, NotFolded};
use crate::envelope::RecordedEvent;
use crate::read_model::error::chain;
use crate::read_model::parked::{Retry, Retrying};
use crate::read_model::run::Duty;
use crate::read_model::{ReadModelError, ReadModelInfo};
use crate::store::{Advance, StoreErrorKind, SubscriptionStore};
use crate::subscription::{DeadLetter, Lease, LeaseError, SubscriptionName};

#[async_trait]
impl<V: View, S: Send + Sync + 'static> Retry for Generation<V, S> {
    fn info(&self) -> ReadModelInfo {
        V::INFO
    }

    fn has_generations(&self) -> bool {
        true
    }

    async fn begin(
        &self,
        kept: &dyn SubscriptionStore,
    ) -> Result<(SubscriptionName, Box<dyn Retrying>), ReadModelError> {
        let serving = self.serving(kept).await?;
        Ok((serving.subscription()?, Box::new(serving.work(true)?)))
    }
}

#[async_trait]
impl<V: View, S: Send + Sync + 'static> Retrying for Folder<V, S> {
    async fn retry(
        &mut self,
        kept: &dyn SubscriptionStore,
        lease: &Lease,
        letter: &DeadLetter,
        recorded: &RecordedEvent,
    ) -> Result<Option<String>, ReadModelError> {
        let folded = self.fold_parked(kept, recorded, &letter.id.key).await;
        let folded = folded.map_err(not_folded::<V>)?;
        if let Some(held) = &folded.held {
            return Ok(Some(chain(held)));
        }
        let mine = folded.parked.iter().find(|it| it.id == letter.id);
        if let Some(error) = mine.and_then(|mine| mine.error.clone()) {
            return Ok(Some(error));
        }
        let mut advance = Advance::new(lease.clone(), None);
        advance.table = Some(self.table.clone());
        advance.documents = folded.documents;
        advance.routes = folded.routes;
        advance.parked = folded.parked;
        advance.handled = vec![letter.id.clone()];
        match kept.advance(&advance).await {
            Ok(()) => Ok(None),
            Err(LeaseError::Store(error)) if error.kind() == StoreErrorKind::Constraint => {
                self.forget();
                Ok(Some(chain(&error)))
            }
            Err(error) => Err(error.into()),
        }
    }
}

pub(super) fn not_folded<V: View>(error: NotFolded) -> ReadModelError {
    match error {
        NotFolded::Store(error) => error.into(),
        NotFolded::View(error) => error,
        NotFolded::LookUp(source) => ReadModelError::Held {
            read_model: V::INFO.name,
            source,
        },
    }
}
