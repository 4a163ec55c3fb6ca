//! What a command that was routed by name gives: no types, ready to be sent on.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::aggregate::Aggregate;
use crate::event::EventSet;
use crate::ids::{CommandId, CorrelationId, Position, SchemaVersion, Version};
use crate::repository::Receipt;
use crate::schema::EncodeError;

/// Proof that a command was executed, without the aggregate's types.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct AnyReceipt {
    /// The command's id.
    pub command_id: CommandId,
    /// What its events are correlated by.
    pub correlation_id: CorrelationId,
    /// The aggregate's type.
    pub aggregate_type: String,
    /// The aggregate's id.
    pub aggregate_id: String,
    /// The stream's version after the command.
    pub version: Version,
    /// The position of its last event; `None` if it caused none.
    pub position: Option<Position>,
    /// The events it caused, in order.
    pub events: Vec<AnyEvent>,
    /// Whether the command had been executed before.
    pub replayed: bool,
}

/// An event without its type.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct AnyEvent {
    /// The stored name of its type.
    pub event_type: &'static str,
    /// Its shape.
    pub schema_version: SchemaVersion,
    /// Its content.
    pub payload: Box<RawValue>,
}

impl AnyReceipt {
    pub(super) fn of<A: Aggregate>(receipt: &Receipt<A>) -> Result<Self, EncodeError> {
        let event = |event: &A::Event| {
            let info = event.info();
            let payload = event.encode()?;
            let payload = serde_json::from_slice(&payload)
                .map_err(|source| EncodeError::new(info.name, source))?;
            Ok(AnyEvent {
                event_type: info.name,
                schema_version: info.schema_version,
                payload,
            })
        };
        Ok(Self {
            command_id: receipt.command_id,
            correlation_id: receipt.correlation_id,
            aggregate_type: receipt.stream.aggregate_type().to_owned(),
            aggregate_id: receipt.stream.aggregate_id().to_owned(),
            version: receipt.version,
            position: receipt.position,
            events: receipt.events.iter().map(event).collect::<Result<_, _>>()?,
            replayed: receipt.replayed,
        })
    }
}
