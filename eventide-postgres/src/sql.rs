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
        self.put_for("@schema@", text)
    }

    /// As [`put_into`](Self::put_into), for another mark. A text literal may begin with it.
    pub(crate) fn put_for(&self, mark: &str, text: &str) -> String {
        let mut pieces = text.split(mark);
        let mut filled = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            if filled.ends_with('\'') {
                filled.push_str(&self.0.replace('\'', "''"));
            } else {
                filled.push_str(&self.0);
            }
            filled.push_str(piece);
        }
        filled
    }

    pub(crate) fn sql<const N: usize>(&self, text: &str, types: [Type; N]) -> Sql {
        Sql {
            text: self.put_into(text),
            types: types.into(),
        }
    }
}

/// What is wrong with the name of a schema. PostgreSQL would cut one that is too long, so that two
/// of them become one.
pub(crate) fn check_name(schema: &str) -> Result<(), &'static str> {
    if schema.is_empty() || schema.len() > 63 || schema.contains('\0') {
        return Err("the name of a schema has 1 to 63 bytes, and no NUL");
    }
    Ok(())
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
