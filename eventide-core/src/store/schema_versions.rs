//! Which events a store holds, by the shape they were stored in.

use std::sync::Arc;

use crate::ids::SchemaVersion;

/// An event type and a schema version it was ever appended in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeenVersion {
    /// The stored name of the event's type.
    pub event_type: Arc<str>,
    /// The shape it was stored in.
    pub schema_version: SchemaVersion,
}

/// How many events of one shape are stored.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VersionCount {
    /// The stored name of the aggregate's type.
    pub aggregate_type: Arc<str>,
    /// The stored name of the event's type.
    pub event_type: Arc<str>,
    /// The shape they were stored in.
    pub schema_version: SchemaVersion,
    /// How many there are, at least one.
    pub events: u64,
}
