//! What generated code calls. Not public API: it changes without notice.
#![allow(missing_docs, reason = "not public API")]

pub use crate::aggregate::{AggregateInfo, ServedBy};
pub use crate::command::{CommandInfo, CommandOfOneAggregate, CommandSet, Existence};
pub use crate::event::{EventInfo, EventSet};
pub use crate::outcome::EventOf;
pub use crate::schema::{DecodeError, EncodeError, decode_payload, encode, unknown_event};
pub use crate::snapshot::SnapshotSpec;
pub use serde_json;
