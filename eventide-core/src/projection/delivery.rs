//! Writing to another system.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::BoxFuture;

use super::handled::Projection;
use super::target::{self, Attempt, AttemptError, Target, TransactionStore};
use crate::aggregate::BoxError;
use crate::envelope::RecordedEvent;
use crate::ids::LogId;
use crate::read_model::{ReadModel, ReadModelInfo};
use crate::store::{Advance, Store, StoreError, StoreErrorKind};

/// The target of a projection that writes to another system: a search index, a mailer, a web hook.
///
/// Its checkpoint moves when the handlers are done, so each event is delivered at least once, and
/// after a crash the last ones again. The other system tells them by their
/// [key](Delivery::idempotency_key).
#[derive(Debug, Clone, Copy)]
pub enum Outside {}

impl Target for Outside {
    const TRANSACTIONAL: bool = false;

    type Tx<'t> = Delivery;
    type Handling<'a> = BoxFuture<'a, Result<(), BoxError>>;
}

/// What a handler of an [`Outside`] projection is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    projection: String,
}

impl Delivery {
    /// A key that is the same whenever this projection, in this version, delivers this event, and
    /// another for every other event, projection and version: for a system that forgets what it gets
    /// again under a key it knows.
    ///
    /// If one stored event is read as several, they share it.
    ///
    /// ```
    /// # use eventide_core::projection::Delivery;
    /// # fn of(delivery: &Delivery, recorded: &eventide_core::RecordedEvent) {
    /// let key = delivery.idempotency_key(recorded); // "mailer.v1/0192d3a4-…"
    /// # }
    /// ```
    pub fn idempotency_key(&self, recorded: &RecordedEvent) -> String {
        format!("{}/{}", self.projection, recorded.id)
    }
}

/// A store that keeps the checkpoint of a projection to another system.
pub(crate) struct Kept {
    store: Arc<dyn Store>,
    delivery: Delivery,
}

impl Kept {
    pub(crate) fn new<P: Projection>(store: Arc<dyn Store>) -> Self {
        let ReadModelInfo { name, version, .. } = <P as ReadModel>::INFO;
        let projection = format!("{name}.v{version}");
        Self {
            store,
            delivery: Delivery { projection },
        }
    }
}

#[async_trait]
impl TransactionStore<Outside> for Kept {
    async fn log_id(&self) -> Result<Option<LogId>, StoreError> {
        Ok(None)
    }

    /// The handlers first: what was delivered and not noted is delivered again.
    async fn advance_with(
        &self,
        advance: &Advance,
        attempt: Arc<dyn Attempt<Outside>>,
    ) -> Result<(), AttemptError> {
        let delivered = target::attempt(&*attempt, &self.delivery).await;
        delivered.map_err(AttemptError::Failed)?;
        let kept = self.store.subscriptions().ok_or_else(|| {
            let why = "the store keeps no checkpoints";
            StoreError::new(StoreErrorKind::Other, why)
        })?;
        Ok(kept.advance(advance).await?)
    }
}
