//! How a subscription is doing, as its store knows.

use jiff::Timestamp;

use super::{Checkpoint, PartitionCount, SubscriptionName, Token, WorkerId};

/// How a subscription is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SubscriptionStatus {
    /// Its name.
    pub name: SubscriptionName,
    /// Into how many partitions it is divided.
    pub count: PartitionCount,
    /// What the code that handles its events was when it began; see
    /// [`NewSubscription`](crate::store::NewSubscription).
    pub fingerprint: u64,
    /// Each partition, in order.
    pub partitions: Vec<PartitionStatus>,
    /// How many keys are parked.
    pub parked_keys: u64,
    /// How many letters they have altogether.
    pub letters: u64,
}

impl SubscriptionStatus {
    /// A subscription with nothing parked.
    pub const fn new(
        name: SubscriptionName,
        count: PartitionCount,
        fingerprint: u64,
        partitions: Vec<PartitionStatus>,
    ) -> Self {
        Self {
            name,
            count,
            fingerprint,
            partitions,
            parked_keys: 0,
            letters: 0,
        }
    }
}

/// How a partition is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PartitionStatus {
    /// Its number, from 0.
    pub partition: u16,
    /// How far its ranges came.
    pub checkpoints: Vec<Checkpoint>,
    /// Who holds it, if the lease has not run out.
    pub owner: Option<WorkerId>,
    /// The token of the last claim; 0 if there was none.
    pub token: Token,
    /// When its checkpoint last moved, by the database's clock.
    pub moved_at: Timestamp,
}

impl PartitionStatus {
    /// A partition that nobody holds.
    pub const fn new(
        partition: u16,
        checkpoints: Vec<Checkpoint>,
        token: Token,
        moved_at: Timestamp,
    ) -> Self {
        Self {
            partition,
            checkpoints,
            owner: None,
            token,
            moved_at,
        }
    }
}
