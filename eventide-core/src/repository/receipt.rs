//! What a caller gets: loaded state, and proof of an executed command.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use jiff::Timestamp;

use crate::aggregate::Aggregate;
use crate::ids::{CommandId, CorrelationId, Position, Version};
use crate::stream::StreamId;

/// An aggregate's state as of a version. Derefs to the aggregate.
#[derive(Clone)]
pub struct Loaded<A> {
    pub(crate) state: Arc<A>,
    pub(crate) stream: StreamId,
    pub(crate) version: Version,
    pub(crate) recorded_at: Timestamp,
}

impl<A> Loaded<A> {
    /// The stream it was folded from.
    pub fn stream(&self) -> &StreamId {
        &self.stream
    }

    /// How many events it was folded from.
    pub fn version(&self) -> Version {
        self.version
    }

    /// When the last of them was recorded.
    pub fn recorded_at(&self) -> Timestamp {
        self.recorded_at
    }
}

impl<A: Clone> Loaded<A> {
    /// The state alone.
    pub fn into_state(self) -> A {
        Arc::unwrap_or_clone(self.state)
    }
}

impl<A> Deref for Loaded<A> {
    type Target = A;

    fn deref(&self) -> &A {
        &self.state
    }
}

impl<A: fmt::Debug> fmt::Debug for Loaded<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loaded")
            .field("stream", &self.stream)
            .field("version", &self.version)
            .field("recorded_at", &self.recorded_at)
            .field("state", &self.state)
            .finish()
    }
}

/// Proof that a command was executed: what it caused is durable.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Receipt<A: Aggregate> {
    /// The command's id.
    pub command_id: CommandId,
    /// What its events are correlated by.
    pub correlation_id: CorrelationId,
    /// The stream it was decided on.
    pub stream: StreamId,
    /// The stream's version after the command.
    pub version: Version,
    /// The position of its last event; `None` if it caused none.
    pub position: Option<Position>,
    /// The events it caused, in order.
    pub events: Vec<A::Event>,
    /// Whether the command had been executed before: this is then the first result, and nothing
    /// was done now.
    pub replayed: bool,
}
