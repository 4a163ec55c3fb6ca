//! The statements of a store: their text names its schema, their parameters have known types.

use tokio_postgres::types::Type;

/// A statement and the types of its parameters, so that it also runs unprepared in one round trip.
#[derive(Debug, Clone)]
pub(crate) struct Sql {
    pub(crate) text: String,
    pub(crate) types: Vec<Type>,
}

/// The schema all tables are in, as an identifier in quotes.
#[derive(Debug, Clone)]
pub(crate) struct Schema(String);

impl Schema {
    pub(crate) fn new(name: &str) -> Self {
        Self(format!("\"{}\"", name.replace('"', "\"\"")))
    }

    /// The text of a statement in which `@schema@` stands for it.
    pub(crate) fn put_into(&self, text: &str) -> String {
        text.replace("@schema@", &self.0)
    }

    pub(crate) fn sql<const N: usize>(&self, text: &str, types: [Type; N]) -> Sql {
        Sql {
            text: self.put_into(text),
            types: types.into(),
        }
    }
}

/// The columns of [`Decoder::event`](crate::row::Decoder::event), in its order, of the row `e`.
macro_rules! event_columns {
    () => {
        "e.position, e.version, e.event_id, e.event_type, e.schema_version, e.payload, \
         e.payload_bytes, e.recorded_at, e.correlation_id, e.causation_id, e.metadata, e.tags, \
         e.aggregate_type, e.aggregate_id"
    };
}
pub(crate) use event_columns;
