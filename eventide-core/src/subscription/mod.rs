//! Subscriptions: named, durable readers of the log, shared by several processes.
//!
//! A subscription reads the log in its order and remembers in the store's own database how far it
//! came. Its work is divided by *key* (for a view the key of a document, otherwise the aggregate):
//! each key has a [`Slice`] for ever, and each [partition](PartitionCount) of the subscription is a
//! range of slices. Whoever holds the [`Lease`] of a partition works on it, and nobody else: the
//! lease runs out by the *database's* clock, and each change of hands raises a fencing token that
//! every later write of the former holder is measured by. So a process that was paused for an hour
//! wakes up, writes, and is refused.
//!
//! An event that cannot be handled parks its own key: that event and all later ones of the key go
//! to the dead letters, in order, while the other keys flow on.
//!
//! | concept | is | type |
//! |---|---|---|
//! | slice | one 1024th of all keys | [`Slice`], [`Slices`] |
//! | partition | a range of slices, worked on by one owner at a time | [`PartitionCount`] |
//! | lease | the right to work on a partition, for a while | [`Lease`] |
//! | checkpoint | how far a range of slices has come | [`Checkpoint`] |
//! | dead letter | an event that waits for somebody's decision | [`DeadLetter`] |
//!
//! What a store does for them is [`SubscriptionStore`](crate::store::SubscriptionStore).

mod lease;
mod letter;
mod name;
mod slice;
mod status;

pub use lease::{Claimed, Lease, LeaseError, Token, WorkerId};
pub use letter::{DeadLetter, Decision, LetterId, ParkedKey};
pub use name::{InvalidName, SubscriptionName};
pub use slice::{Checkpoint, PartitionCount, Slice, Slices};
pub use status::{PartitionStatus, SubscriptionStatus};
