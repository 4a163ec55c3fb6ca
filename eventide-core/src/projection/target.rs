//! What a projection writes to.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::FutureExt;

use crate::aggregate::BoxError;
use crate::ids::LogId;
use crate::repository::panics::message_of;
use crate::store::{Advance, StoreError};
use crate::subscription::LeaseError;

/// What the handlers of a projection write to: the database of a store, in a transaction, or
/// [another system](super::Outside).
#[diagnostic::on_unimplemented(
    message = "a projection cannot write to `{Self}`",
    label = "no target of a projection",
    note = "use the target of a store, such as `eventide::sqlite::Sqlite`, or `Outside`"
)]
pub trait Target: Send + Sync + 'static {
    /// Whether what is written is one transaction with the checkpoint. If not, the lease is renewed
    /// while handlers run, however long they take.
    const TRANSACTIONAL: bool = true;

    /// What a handler is given to write with.
    type Tx<'t>;

    /// What a handler's work is: a future that is boxed, and `Send` where the target runs it on
    /// whatever thread there is.
    type Handling<'a>: Future<Output = Result<(), BoxError>>;
}

/// What is done in a transaction, in steps.
pub trait Attempt<T: Target>: Send + Sync {
    /// Does that step, counted from 0; `None` if there are no more. May be done again, if its
    /// transaction did not come through.
    fn step<'a>(&'a self, step: usize, tx: &'a T::Tx<'a>) -> Option<T::Handling<'a>>;
}

/// Does all steps of an attempt, for a store. A panic becomes an error.
///
/// # Errors
/// A step failed. Those before it were done: roll them back.
pub async fn attempt<'a, T: Target>(
    attempt: &'a dyn Attempt<T>,
    tx: &'a T::Tx<'a>,
) -> Result<(), BoxError> {
    let steps = async {
        let mut number = 0;
        while let Some(step) = attempt.step(number, tx) {
            step.await?;
            number += 1;
        }
        Ok(())
    };
    let done = AssertUnwindSafe(steps).catch_unwind().await;
    done.unwrap_or_else(|panic| Err(format!("it panicked: {}", message_of(&*panic)).into()))
}

/// A store in whose transactions projections write.
#[async_trait]
pub trait TransactionStore<T: Target>: Send + Sync {
    /// The log of the store; `None` if it is not a store's database that is written to.
    ///
    /// # Errors
    /// The store cannot do it now.
    async fn log_id(&self) -> Result<Option<LogId>, StoreError>;

    /// Writes one step of a partition, and in the same transaction what `attempt` writes.
    ///
    /// The lease is looked at first: whoever has lost it writes nothing.
    ///
    /// # Errors
    /// See [`AttemptError`]. Nothing is written then; only after an error of kind
    /// [`Unknown`](crate::store::StoreErrorKind::Unknown) may it have been, and
    /// [`renew`](crate::store::SubscriptionStore::renew) tells.
    async fn advance_with(
        &self,
        advance: &Advance,
        attempt: Arc<dyn Attempt<T>>,
    ) -> Result<(), AttemptError>;
}

/// Why a step was not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AttemptError {
    /// What was to be done in it failed.
    #[error("the projection's handler failed")]
    Failed(#[source] BoxError),
    /// The lease is lost, or the store cannot do it now.
    #[error(transparent)]
    Lease(#[from] LeaseError),
}

impl From<StoreError> for AttemptError {
    fn from(error: StoreError) -> Self {
        Self::Lease(error.into())
    }
}
