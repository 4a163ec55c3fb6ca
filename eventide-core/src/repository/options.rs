//! What a caller may say about a command besides the command itself.

use std::collections::BTreeMap;
use std::net::IpAddr;

use jiff::Timestamp;
use serde_json::Value;

use crate::envelope::RecordedEvent;
use crate::ids::{CommandId, CorrelationId, EventId, Version};
use crate::metadata::Metadata;

/// The circumstances of a command. What is left out is filled in: a fresh command id, which is then
/// also the correlation.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct CommandOptions {
    /// The idempotency key. Give one to be able to repeat the command harmlessly.
    pub command_id: Option<CommandId>,
    /// The first cause the command follows from.
    pub correlation_id: Option<CorrelationId>,
    /// The event the command answers.
    pub reaction_to: Option<EventId>,
    /// The version the caller has seen: the command is refused if the aggregate has moved on.
    pub expected_version: Option<Version>,
    /// On whose behalf it is executed.
    pub user_id: Option<String>,
    /// Where the request came from.
    pub ip_address: Option<IpAddr>,
    /// The W3C `traceparent` of the request.
    pub trace_parent: Option<String>,
    /// When it happened in the world.
    pub occurred_at: Option<Timestamp>,
    /// The user's own keys.
    pub extra: BTreeMap<String, Value>,
}

impl CommandOptions {
    /// Correlation and cause of a command that answers `event`.
    #[must_use]
    pub fn reacting_to(mut self, event: &RecordedEvent) -> Self {
        self.correlation_id = Some(event.metadata.correlation_id);
        self.reaction_to = Some(event.id);
        self
    }

    pub(crate) fn metadata(&self, command: CommandId) -> Metadata {
        let mut metadata = Metadata::of_command(command);
        if let Some(correlation) = self.correlation_id {
            metadata.correlation_id = correlation;
        }
        metadata.reaction_to = self.reaction_to;
        metadata.user_id.clone_from(&self.user_id);
        metadata.ip_address = self.ip_address;
        metadata.trace_parent.clone_from(&self.trace_parent);
        metadata.occurred_at = self.occurred_at;
        metadata.extra.clone_from(&self.extra);
        metadata
    }
}
