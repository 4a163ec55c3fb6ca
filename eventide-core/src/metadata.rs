//! What is known of a message besides its content: who, why, from where, as part of what.

use std::collections::BTreeMap;
use std::net::IpAddr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::ids::{CausationId, CommandId, CorrelationId, EventId};

/// The circumstances of an event.
///
/// Correlation and causation are filled in when a command is executed: the correlation is the
/// command's own or, for a first cause, the command's id; the causation is the command's id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Metadata {
    /// The first cause this event follows from.
    pub correlation_id: CorrelationId,
    /// The message that caused this event: its command.
    pub causation_id: CausationId,
    /// The event a policy, saga or subscriber answered with that command, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reaction_to: Option<EventId>,
    /// On whose behalf the command was executed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// Where the request came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip_address: Option<IpAddr>,
    /// The W3C `traceparent` of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_parent: Option<String>,
    /// When it happened in the world, where that differs from when it was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<Timestamp>,
    /// The user's own keys.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<String, Value>,
}

impl Metadata {
    /// The metadata of what `command` causes, when it is itself a first cause.
    pub fn of_command(command: CommandId) -> Self {
        Self {
            correlation_id: command.into(),
            causation_id: command.into(),
            reaction_to: None,
            user_id: None,
            ip_address: None,
            trace_parent: None,
            occurred_at: None,
            extra: BTreeMap::new(),
        }
    }

    /// Whether only correlation and causation are set, so that a store can leave the rest out.
    pub fn is_plain(&self) -> bool {
        self.reaction_to.is_none()
            && self.user_id.is_none()
            && self.ip_address.is_none()
            && self.trace_parent.is_none()
            && self.occurred_at.is_none()
            && self.extra.is_empty()
    }

    /// For stores that keep correlation and causation by themselves: the rest as JSON, if there is
    /// any. [`of_parts`](Self::of_parts) reads it back.
    ///
    /// # Errors
    /// It does not become JSON.
    pub fn rest_as_json(&self) -> Result<Option<String>, serde_json::Error> {
        if self.is_plain() {
            return Ok(None);
        }
        let mut rest = serde_json::to_value(self)?;
        if let Value::Object(fields) = &mut rest {
            fields.remove(CORRELATION);
            fields.remove(CAUSATION);
        }
        serde_json::to_string(&rest).map(Some)
    }

    /// The metadata of these ids and this [`rest_as_json`](Self::rest_as_json).
    ///
    /// # Errors
    /// The rest is not what this program or an earlier one wrote.
    pub fn of_parts(
        correlation_id: CorrelationId,
        causation_id: CausationId,
        rest: Option<&[u8]>,
    ) -> Result<Self, serde_json::Error> {
        let Some(rest) = rest else {
            return Ok(Self {
                correlation_id,
                causation_id,
                ..Self::of_command(CommandId::from_uuid(*causation_id.as_uuid()))
            });
        };
        let mut fields: Map<String, Value> = serde_json::from_slice(rest)?;
        fields.insert(CORRELATION.to_owned(), correlation_id.to_string().into());
        fields.insert(CAUSATION.to_owned(), causation_id.to_string().into());
        serde_json::from_value(Value::Object(fields))
    }
}

const CORRELATION: &str = "correlation_id";
const CAUSATION: &str = "causation_id";
