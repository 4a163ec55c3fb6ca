//! What generated code calls. Not public API: it changes without notice.
#![allow(missing_docs, reason = "not public API")]

mod command;
mod fallback;
mod message;
mod snapshot;
mod unique;

pub use command::{aggregate_id, command_info, command_is, deserialize_command, validate_command};
pub use fallback::{AnyId, after_an_error};
pub use snapshot::snapshot;
pub(crate) use unique::fnv1a;
pub use unique::{Names, unique_in_domain};

pub use crate::app::{AnyReceipt, App, CommandOptions, RouteError, route, unknown_command};
pub use crate::domain::{Contains, Domain};
pub use crate::repository::{Repository, RepositorySetup};

pub use crate::aggregate::{Aggregate, AggregateInfo, Apply, BoxError, Handle, Provide, ServedBy};
pub use crate::command::{
    Command, CommandInfo, CommandOfOneAggregate, CommandSet, Existence, InvalidCommand,
};
pub use crate::context::Context;
pub use crate::envelope::{InvalidTag, RecordedEvent, Tag};
pub use crate::event::{Event, EventInfo, EventSet};
pub use crate::ids::SchemaVersion;
pub use crate::outcome::{EventOf, Outcome};
pub use crate::schema::{DecodeError, EncodeError, unknown_event};
pub use crate::snapshot::SnapshotSpec;
pub use crate::stream::{AggregateId, InvalidAggregateId};
#[cfg(feature = "validation")]
pub use crate::validation::validate;
pub use serde::Deserializer;
pub use serde_json;

use std::fmt::Display;
use std::str::FromStr;

/// Reads the inner type of an aggregate's id; `wanted` is the id type's name.
pub fn parse_id<T: FromStr<Err: Display>>(
    text: &str,
    wanted: &'static str,
) -> Result<T, InvalidAggregateId> {
    text.parse()
        .map_err(|reason| InvalidAggregateId::new(text, wanted, reason))
}
