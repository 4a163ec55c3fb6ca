//! What the work on a read model is, as the loop that does it sees it.

use std::future::Future;
use std::sync::Arc;

use super::holder::{Ended, Holder};
use crate::ids::{LogId, Position};
use crate::read_model::decoders::Decoders;
use crate::read_model::{ReadModel, ReadModelError};
use crate::schema::DecodeError;
use crate::store::{LogPage, StoreError, SubscriptionStore};
use crate::subscription::SubscriptionName;

/// A read model that is to be kept up to date.
pub(crate) trait Duty: Sized + Send + Sync + 'static {
    type ReadModel: ReadModel;
    type Services: Send + Sync + 'static;
    type Work: Work;

    fn decoders(&self) -> &Arc<Decoders<Self::ReadModel, Self::Services>>;

    /// The subscription that it is now.
    fn subscription(&self) -> Result<SubscriptionName, ReadModelError>;

    /// The same, as it serves now.
    fn serving(
        &self,
        kept: &dyn SubscriptionStore,
    ) -> impl Future<Output = Result<Self, StoreError>> + Send;

    /// Whether this is what serves.
    fn serves(
        &self,
        kept: &dyn SubscriptionStore,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Makes what its work needs, if it is not there.
    fn open(
        &self,
        kept: &dyn SubscriptionStore,
    ) -> impl Future<Output = Result<(), ReadModelError>> + Send;

    /// Whether the work can be divided.
    fn is_divisible(&self) -> bool;

    /// The work on one partition.
    fn work(&self, any_parked: bool) -> Result<Self::Work, ReadModelError>;
}

/// The work on one partition of a read model.
pub(crate) trait Work: Send + 'static {
    /// Whether it gains by several pages at once, where it is far behind.
    const GATHERS: bool = false;

    /// Does with the events of the page what there is to do, and moves the partition behind them. Gives
    /// why it holds before one of them, if it does. Where there are more, it may still be moving there
    /// until the next page is taken.
    fn take(
        &mut self,
        holder: &mut Holder,
        log: LogId,
        page: &Arc<LogPage>,
        from: Position,
    ) -> impl Future<Output = Result<Option<DecodeError>, Ended>> + Send;

    /// Waits until the partition is behind all that was taken.
    fn settle(
        &mut self,
        holder: &mut Holder,
    ) -> impl Future<Output = Result<Option<DecodeError>, Ended>> + Send;

    /// Whether this is still what serves.
    fn serves(
        &self,
        kept: &dyn SubscriptionStore,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;
}
