//! What a handler may look at besides the aggregate's state and the command.

use std::fmt;

use jiff::Timestamp;
use uuid::Uuid;

use crate::id_source::IdSource;
use crate::ids::{CommandId, Version};
use crate::metadata::Metadata;
use crate::stream::StreamId;
use crate::time::Clock;

/// The circumstances of a decision: metadata, clock, ids, and the user's services `S`.
///
/// Time and fresh ids come from here rather than from the system, so that a decision can be
/// repeated in a test.
pub struct Context<'a, S> {
    pub(crate) stream: &'a StreamId,
    pub(crate) version: Version,
    pub(crate) command_id: CommandId,
    pub(crate) metadata: &'a Metadata,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) ids: &'a dyn IdSource,
    pub(crate) services: &'a S,
}

impl<S> Context<'_, S> {
    /// The stream the command is decided on.
    pub fn stream(&self) -> &StreamId {
        self.stream
    }

    /// How many events the state is folded from.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The id of the command.
    pub fn command_id(&self) -> CommandId {
        self.command_id
    }

    /// What the events will carry: user, correlation, business time.
    pub fn metadata(&self) -> &Metadata {
        self.metadata
    }

    /// The time by the application's clock.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A fresh id (UUID v7) from the application's id source.
    pub fn new_id(&self) -> Uuid {
        self.ids.next_uuid()
    }

    /// The user's services.
    pub fn services(&self) -> &S {
        self.services
    }
}

impl<S> fmt::Debug for Context<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("stream", self.stream)
            .field("version", &self.version)
            .field("command_id", &self.command_id)
            .field("metadata", self.metadata)
            .finish_non_exhaustive()
    }
}
