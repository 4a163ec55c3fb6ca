//! Dead letters: events that wait for somebody's decision.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Slice, SubscriptionName};
use crate::ids::{EventId, Position};

/// Names a dead letter: an event that a subscription could not handle, for one of its keys.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct LetterId {
    /// What is parked.
    pub key: Arc<str>,
    /// Where in the log the event stands; the letters of a key are in this order.
    pub position: Position,
}

impl LetterId {
    /// The letter of that key for the event at that position.
    pub fn new(key: impl Into<Arc<str>>, position: Position) -> Self {
        Self {
            key: key.into(),
            position,
        }
    }
}

/// An event that waits: it failed, or it stands behind one of its key that did. The event itself
/// stays where it is, in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeadLetter {
    /// Its name.
    pub id: LetterId,
    /// The event.
    pub event: EventId,
    /// Why it failed, each cause on a line of its own; `None` if it was never tried, because one
    /// before it failed.
    pub error: Option<String>,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was parked, by the database's clock. What a store is given is not looked at.
    pub parked_at: Timestamp,
}

impl DeadLetter {
    /// A letter that was tried and failed. NUL characters, which no database keeps in text, become
    /// U+FFFD.
    pub fn failed(id: LetterId, event: EventId, error: &str, attempts: u32) -> Self {
        Self {
            id,
            event,
            error: Some(error.replace('\0', "\u{fffd}")),
            attempts,
            parked_at: Timestamp::UNIX_EPOCH,
        }
    }

    /// A letter that stands behind another.
    pub fn waiting(id: LetterId, event: EventId) -> Self {
        Self {
            id,
            event,
            error: None,
            attempts: 0,
            parked_at: Timestamp::UNIX_EPOCH,
        }
    }

    /// The slice of its key.
    pub fn slice(&self) -> Slice {
        Slice::of(&self.id.key)
    }
}

/// A key whose events go to the dead letters.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParkedKey {
    /// The key.
    pub key: Arc<str>,
    /// How many letters wait.
    pub letters: u64,
    /// The first of them, with the error that parked the key.
    pub first: DeadLetter,
}

impl ParkedKey {
    /// A key with that many letters.
    pub const fn new(key: Arc<str>, letters: u64, first: DeadLetter) -> Self {
        Self {
            key,
            letters,
            first,
        }
    }
}

/// A letter that was dropped on purpose, and who decided so.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decision {
    /// Of which subscription.
    pub subscription: SubscriptionName,
    /// The letter as it was.
    pub letter: DeadLetter,
    /// Why, in the words of whoever decided.
    pub reason: String,
    /// Who.
    pub by: String,
    /// When, by the database's clock. What a store is given is not looked at.
    pub at: Timestamp,
}

impl Decision {
    /// The decision to drop a letter of a subscription.
    pub fn drop_letter(
        subscription: SubscriptionName,
        letter: DeadLetter,
        reason: impl Into<String>,
        by: impl Into<String>,
    ) -> Self {
        Self {
            subscription,
            letter,
            reason: reason.into(),
            by: by.into(),
            at: Timestamp::UNIX_EPOCH,
        }
    }
}
