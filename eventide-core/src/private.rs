//! What generated code calls. Not public API: it changes without notice.
#![allow(missing_docs, reason = "not public API")]

mod chain;
mod command;
mod fallback;
mod lock;
mod message;
mod retired;
mod snapshot;
mod unique;
mod view;

pub use chain::{Below, apply_split, converted, follows, is_below, step_asking};
pub use command::{aggregate_id, command_info, command_is, deserialize_command, validate_command};
pub use fallback::{AnyId, after_an_error};
pub use lock::{
    LockFile, Locked, LockedLine, Mode, Unlocked, as_in_lock, hints, known_mode, lock_file,
    lock_is_there, nothing_is_lost,
};
pub use retired::{emits_no_retired, retired};
pub use snapshot::snapshot;
pub use unique::{Names, unique_in_domain, unique_read_model};
pub use view::{Differ, Same, finds_documents, observes_event};

pub use crate::app::{AnyReceipt, App, CommandOptions, RouteError, route, unknown_command};
pub use crate::domain::{AggregateVisitor, Contains, Domain, Lists, ProjectionIn, ViewVisitor};
pub use crate::repository::{Repository, RepositorySetup};

pub use crate::aggregate::{Aggregate, AggregateInfo, Apply, BoxError, Handle, Provide, ServedBy};
pub use crate::command::{
    Command, CommandInfo, CommandOfOneAggregate, CommandSet, Existence, InvalidCommand,
};
pub use crate::context::Context;
pub use crate::envelope::{InvalidTag, RecordedEvent, Tag};
pub use crate::event::{Event, EventInfo, EventSet, EventVisitor, Step};
pub use crate::ids::SchemaVersion;
pub use crate::outcome::{EventOf, Outcome, first_retired};
pub use crate::projection::{
    Failure, IntoHandled, OnFailure, Outside, Projected, Projecting, Projection, ProjectionOf,
    Target,
};
pub use crate::read_model::{
    IntoKeys, KeyRule, KeysOf, Kind, NoKey, Observe, Observed, ObservedBy, Observer, ReadModel,
    ReadModelInfo, ServedObserver, Taker, Writes,
};
pub use crate::schema::shape::{Field, Shape, Tagging, TypeShape, Variant};
pub use crate::schema::steps::{Asks, is_split, split, step, step_raw, step_with};
pub use crate::schema::{
    DecodeError, EncodeError, FieldError, Lookups, Split, TryUpcast, Upcast, UpcastRaw, UpcastWith,
    unknown_event,
};
pub use crate::snapshot::SnapshotSpec;
pub use crate::stream::{AggregateId, InvalidAggregateId};
#[cfg(feature = "validation")]
pub use crate::validation::validate;
pub use crate::view::{
    Change, Column, ColumnType, ColumnValue, Folded, Folding, IntoChange, View, ViewColumn, ViewOf,
};
pub use serde::{self, Deserializer};
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
