//! What folding asks: outside a transaction of the store, or inside one.

use super::{Document, ViewTable};
use crate::store::{StoreError, SubscriptionStore, Within};
use crate::stream::StreamId;
use crate::subscription::SubscriptionName;

type Answer<T> = Result<T, StoreError>;

/// What a view reads while it folds.
pub(super) trait Reads: Send + Sync {
    fn parked_among(
        &self,
        name: &SubscriptionName,
        units: &[String],
    ) -> impl Future<Output = Answer<Vec<String>>> + Send;

    fn routes(
        &self,
        name: &SubscriptionName,
        streams: &[StreamId],
    ) -> impl Future<Output = Answer<Vec<Option<String>>>> + Send;

    fn documents(
        &self,
        table: &ViewTable,
        keys: &[String],
    ) -> impl Future<Output = Answer<Vec<Option<Document>>>> + Send;
}

macro_rules! read {
    ($of:ty) => {
        impl Reads for $of {
            async fn parked_among(
                &self,
                name: &SubscriptionName,
                units: &[String],
            ) -> Answer<Vec<String>> {
                <$of>::parked_among(self, name, units).await
            }

            async fn routes(
                &self,
                name: &SubscriptionName,
                streams: &[StreamId],
            ) -> Answer<Vec<Option<String>>> {
                <$of>::routes(self, name, streams).await
            }

            async fn documents(
                &self,
                table: &ViewTable,
                keys: &[String],
            ) -> Answer<Vec<Option<Document>>> {
                <$of>::documents(self, table, keys).await
            }
        }
    };
}

read!(dyn SubscriptionStore + '_);
read!(Within);
