//! The tables of views.

use std::fmt;

use jiff::Timestamp;
use uuid::Uuid;

/// Where the documents of one building of a view are kept: the name and version of the view, and the
/// generation, which tells apart what was built anew from what served before.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ViewTable {
    /// The view's name: lower-case letters, digits and `-`.
    pub name: String,
    /// Its version.
    pub version: u32,
    /// Which building of that version.
    pub generation: u32,
    /// What is kept as a typed column of its own, beside the document.
    pub columns: Vec<Column>,
}

impl ViewTable {
    /// The first generation of a version of a view.
    pub fn new(name: impl Into<String>, version: u32, columns: Vec<Column>) -> Self {
        Self {
            name: name.into(),
            version,
            generation: 1,
            columns,
        }
    }

    /// A name for it in a database: `view_country_sales_v2_g1`.
    pub fn sql_name(&self) -> String {
        let Self {
            version,
            generation,
            ..
        } = self;
        let name = self.name.replace(['-', '.'], "_");
        format!("view_{name}_v{version}_g{generation}")
    }
}

/// A typed column of a view's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Column {
    /// Its name, that of the field.
    pub name: &'static str,
    /// What it holds.
    pub kind: ColumnKind,
    /// Whether no two documents may have the same value in it. Empty ones never clash.
    pub unique: bool,
}

impl Column {
    /// A column with an index.
    pub const fn indexed(name: &'static str, kind: ColumnKind) -> Self {
        Self {
            name,
            kind,
            unique: false,
        }
    }

    /// A column whose values are each there once.
    pub const fn unique(name: &'static str, kind: ColumnKind) -> Self {
        Self {
            name,
            kind,
            unique: true,
        }
    }
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ColumnKind {
    /// Text, ordered byte by byte: at most 1,000 bytes of it, without NUL characters. A document whose
    /// column would hold another is refused, and its key parked.
    Text,
    /// A whole number of 64 bits.
    Integer,
    /// True or false; false comes first.
    Boolean,
    /// A time, to the microsecond.
    Time,
    /// A UUID.
    Uuid,
}

/// A value of a column.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ColumnValue {
    /// None.
    Empty,
    /// Text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// True or false.
    Boolean(bool),
    /// A time.
    Time(Timestamp),
    /// A UUID.
    Uuid(Uuid),
}

impl ColumnValue {
    /// What kind of column it is of; `None` if it is empty.
    pub const fn kind(&self) -> Option<ColumnKind> {
        match self {
            Self::Empty => None,
            Self::Text(_) => Some(ColumnKind::Text),
            Self::Integer(_) => Some(ColumnKind::Integer),
            Self::Boolean(_) => Some(ColumnKind::Boolean),
            Self::Time(_) => Some(ColumnKind::Time),
            Self::Uuid(_) => Some(ColumnKind::Uuid),
        }
    }
}

impl fmt::Display for ColumnValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("nothing"),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Integer(number) => number.fmt(f),
            Self::Boolean(truth) => truth.fmt(f),
            Self::Time(time) => time.fmt(f),
            Self::Uuid(id) => id.fmt(f),
        }
    }
}

/// A type whose values can be a typed column: text, whole numbers, truth values, times, UUIDs, and
/// `Option` of these. For a newtype, implement it by its inner value.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a column of a view",
    label = "no column can hold this",
    note = "a column holds `String`, a whole number of up to 64 bits with a sign, `bool`, `jiff::Timestamp`, `Uuid`, or `Option` of one; implement `ColumnType` for a newtype by its inner value"
)]
pub trait ColumnType {
    /// What kind of column it makes.
    const KIND: ColumnKind;

    /// The value as a column keeps it.
    fn to_column(&self) -> ColumnValue;
}

impl<T: ColumnType> ColumnType for Option<T> {
    const KIND: ColumnKind = T::KIND;

    fn to_column(&self) -> ColumnValue {
        self.as_ref()
            .map_or(ColumnValue::Empty, ColumnType::to_column)
    }
}

impl<T: ColumnType + ?Sized> ColumnType for &T {
    const KIND: ColumnKind = T::KIND;

    fn to_column(&self) -> ColumnValue {
        T::to_column(self)
    }
}

macro_rules! column_types {
    ($($kind:ident of $($ty:ty),*;)*) => {$($(
        impl ColumnType for $ty {
            const KIND: ColumnKind = ColumnKind::$kind;

            fn to_column(&self) -> ColumnValue {
                ColumnValue::$kind(self.to_owned().into())
            }
        }
    )*)*};
}

column_types! {
    Text of String, str, char;
    Integer of i64, i32, i16, i8, u32, u16, u8;
    Boolean of bool;
    Time of Timestamp;
    Uuid of Uuid;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_kept_as_its_type_says() {
        assert_eq!("a".to_column(), ColumnValue::Text("a".to_owned()));
        assert_eq!(Some(7_u8).to_column(), ColumnValue::Integer(7));
        assert_eq!(None::<bool>.to_column(), ColumnValue::Empty);
        assert_eq!(<Option<bool> as ColumnType>::KIND, ColumnKind::Boolean);
    }

    #[test]
    fn a_table_has_a_name_for_sql() {
        let table = ViewTable::new("country-sales", 2, Vec::new());
        assert_eq!(table.sql_name(), "view_country_sales_v2_g1");
    }
}
