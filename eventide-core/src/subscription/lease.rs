//! Who works on a partition.

use std::fmt;
use std::sync::Arc;

use thiserror::Error;
use uuid::Uuid;

use super::{Checkpoint, SubscriptionName};
use crate::store::StoreError;

/// Names a worker: a task of a process, for as long as it runs. Shown to operators.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct WorkerId(Arc<str>);

impl WorkerId {
    /// A name no other worker has: the process's number, and random letters.
    pub fn new() -> Self {
        let id = Uuid::now_v7().simple().to_string();
        let tail = id.get(20..).unwrap_or_default();
        Self(format!("{}-{tail}", std::process::id()).into())
    }

    /// The text of it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for WorkerId {
    fn default() -> Self {
        Self::new()
    }
}

impl From<&str> for WorkerId {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

impl fmt::Display for WorkerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for WorkerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WorkerId({})", self.0)
    }
}

/// A fencing token: higher with every change of hands of a partition, so that what a former holder
/// still writes is known by its token and refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token(u64);

impl Token {
    /// Of the number a store keeps.
    pub const fn from_raw(token: u64) -> Self {
        Self(token)
    }

    /// The number a store keeps.
    pub const fn as_raw(self) -> u64 {
        self.0
    }
}

/// The right to work on one partition of a subscription, until somebody else takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lease {
    /// Of which subscription.
    pub subscription: SubscriptionName,
    /// Which partition, from 0.
    pub partition: u16,
    /// What every write is measured by.
    pub token: Token,
}

impl Lease {
    /// The lease of that partition, with that token.
    pub const fn new(subscription: SubscriptionName, partition: u16, token: Token) -> Self {
        Self {
            subscription,
            partition,
            token,
        }
    }
}

/// A partition that was claimed, and where its work goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claimed {
    /// The lease.
    pub lease: Lease,
    /// How far the ranges of its slices came, in their order. After a division anew there may be
    /// several, at different places.
    pub checkpoints: Vec<Checkpoint>,
}

impl Claimed {
    /// That lease, with those checkpoints.
    pub const fn new(lease: Lease, checkpoints: Vec<Checkpoint>) -> Self {
        Self { lease, checkpoints }
    }
}

/// Why a holder of a lease could not do what it has to hold the lease for.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum LeaseError {
    /// Somebody else has the partition by now, or it was divided anew. Nothing was written.
    #[error(
        "partition {} of subscription `{}` changed hands: nothing was written, the new holder goes on",
        lease.partition,
        lease.subscription
    )]
    Lost {
        /// The lease that no longer counts.
        lease: Lease,
    },
    /// The store cannot do it now.
    #[error(transparent)]
    Store(#[from] StoreError),
}
