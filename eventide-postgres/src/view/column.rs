//! Typed columns: their names and types in the database, and their values.

use eventide_core::view::{ColumnKind, ColumnValue};
use tokio_postgres::Row;
use tokio_postgres::types::Type;
use uuid::Uuid;

use crate::value::{Micros, Wrong};
use crate::whole::Param;

/// Names a column may not have: our own, and the server's.
const TAKEN: [&str; 9] = [
    "key",
    "document",
    "changed_by",
    "tableoid",
    "xmin",
    "cmin",
    "xmax",
    "cmax",
    "ctid",
];

/// The column's name in the database: that of the field, with `_` behind it where the name is taken.
pub(super) fn name_of(field: &str) -> String {
    let taken = TAKEN.contains(&field.trim_end_matches('_'));
    let name = if taken {
        format!("{field}_")
    } else {
        field.to_owned()
    };
    fit(name, 63)
}

/// PostgreSQL would cut a long name, and make one of two.
pub(super) fn fit(name: String, longest: usize) -> String {
    if name.len() <= longest {
        return name;
    }
    // FNV-1a.
    let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    let cut = name.floor_char_boundary(longest - 9);
    let begin = name.get(..cut).unwrap_or_default();
    format!("{begin}_{hash:08x}")
}

/// What a column holds, as far as this store knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Integer,
    Boolean,
    Time,
    Uuid,
}

impl Kind {
    /// `None` for one that came after this store.
    pub(super) fn of(kind: ColumnKind) -> Option<Self> {
        Some(match kind {
            ColumnKind::Text => Self::Text,
            ColumnKind::Integer => Self::Integer,
            ColumnKind::Boolean => Self::Boolean,
            ColumnKind::Time => Self::Time,
            ColumnKind::Uuid => Self::Uuid,
            _ => return None,
        })
    }

    /// Whether a column of this kind can hold the value.
    pub(super) fn holds(self, value: &ColumnValue) -> bool {
        value.kind().is_none_or(|kind| Self::of(kind) == Some(self))
    }
}

/// What the column is declared as.
pub(super) fn declared(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text COLLATE \"C\"",
        Kind::Integer => "bigint",
        Kind::Boolean => "boolean",
        Kind::Time => "timestamptz",
        Kind::Uuid => "uuid",
    }
}

/// What the server calls its type.
pub(super) fn shown(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Time => "timestamp with time zone",
        other => declared(other),
    }
}

pub(super) fn sql_type(kind: Kind) -> Type {
    match kind {
        Kind::Text => Type::TEXT,
        Kind::Integer => Type::INT8,
        Kind::Boolean => Type::BOOL,
        Kind::Time => Type::TIMESTAMPTZ,
        Kind::Uuid => Type::UUID,
    }
}

pub(super) fn array_type(kind: Kind) -> Type {
    match kind {
        Kind::Text => Type::TEXT_ARRAY,
        Kind::Integer => Type::INT8_ARRAY,
        Kind::Boolean => Type::BOOL_ARRAY,
        Kind::Time => Type::TIMESTAMPTZ_ARRAY,
        Kind::Uuid => Type::UUID_ARRAY,
    }
}

/// One value. An empty one is a null.
pub(super) fn param(value: &ColumnValue) -> Param<'_> {
    match value {
        ColumnValue::Text(text) => Box::new(&**text),
        ColumnValue::Integer(number) => Box::new(*number),
        ColumnValue::Boolean(truth) => Box::new(*truth),
        ColumnValue::Time(time) => Box::new(Micros::of(*time)),
        ColumnValue::Uuid(id) => Box::new(*id),
        _ => Box::new(None::<&str>),
    }
}

/// The values of a column as an array. Each is of its kind, or empty.
pub(super) fn array<'a>(
    kind: Kind,
    values: impl Iterator<Item = Option<&'a ColumnValue>>,
) -> Param<'a> {
    macro_rules! array {
        ($ty:ty, $variant:ident($value:ident) => $made:expr) => {
            Box::new(
                values
                    .map(|value| match value {
                        Some(ColumnValue::$variant($value)) => Some($made),
                        _ => None,
                    })
                    .collect::<Vec<Option<$ty>>>(),
            )
        };
    }
    match kind {
        Kind::Text => array!(&'a str, Text(text) => text.as_str()),
        Kind::Integer => array!(i64, Integer(number) => *number),
        Kind::Boolean => array!(bool, Boolean(truth) => *truth),
        Kind::Time => array!(Micros, Time(time) => Micros::of(*time)),
        Kind::Uuid => array!(Uuid, Uuid(id) => *id),
    }
}

/// The value in a column of a row.
pub(super) fn value(row: &Row, at: usize, kind: Kind) -> Result<ColumnValue, Wrong> {
    let value = match kind {
        Kind::Text => row.try_get::<_, Option<String>>(at)?.map(ColumnValue::Text),
        Kind::Integer => row.try_get::<_, Option<i64>>(at)?.map(ColumnValue::Integer),
        Kind::Boolean => row
            .try_get::<_, Option<bool>>(at)?
            .map(ColumnValue::Boolean),
        Kind::Uuid => row.try_get::<_, Option<Uuid>>(at)?.map(ColumnValue::Uuid),
        Kind::Time => {
            let time = row.try_get::<_, Option<Micros>>(at)?;
            let time = time.map(Micros::timestamp).transpose()?;
            time.map(ColumnValue::Time)
        }
    };
    Ok(value.unwrap_or(ColumnValue::Empty))
}

#[cfg(test)]
mod tests {
    use super::{fit, name_of};

    #[test]
    fn a_field_s_name_clashes_with_none_of_the_table_s_own() {
        for (field, column) in [
            ("country", "country"),
            ("key", "key_"),
            ("key_", "key__"),
            ("xmin", "xmin_"),
            ("keys", "keys"),
        ] {
            assert_eq!(name_of(field), column);
        }
    }

    #[test]
    fn long_names_that_begin_alike_stay_apart() {
        let names = ["a", "b"].map(|last| format!("{}{last}", "é".repeat(40)));
        let [a, b] = names.map(|name| fit(name, 63));
        assert_ne!(a, b);
        assert!(a.len() <= 63 && b.len() <= 63);
    }
}
