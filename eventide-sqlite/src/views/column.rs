//! Typed columns: their names in SQL, and their values.

use eventide_core::store::{StoreError, StoreErrorKind};
use eventide_core::view::{Column, ColumnKind, ColumnValue, ViewTable};
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Error, Row};
use uuid::Uuid;

use crate::error::Place;
use crate::row::time_at;

/// The columns every view has.
const OWN: [&str; 3] = ["key", "document", "changed_by"];

/// A name as SQL writes it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A typed column's name in SQL. It is the field's, unless a column every view has is called so;
/// then it is one that no field can have.
pub(super) fn sql_name(column: &Column) -> String {
    let name = column.name;
    if OWN.iter().any(|own| own.eq_ignore_ascii_case(name)) {
        return quoted(&format!("column {name}"));
    }
    quoted(name)
}

/// What a kind is called, and the type of SQLite that holds it.
pub(super) fn kind(
    place: &Place,
    table: &ViewTable,
    column: &Column,
) -> Result<(&'static str, &'static str), StoreError> {
    Ok(match column.kind {
        ColumnKind::Text => ("text", "TEXT"),
        ColumnKind::Integer => ("integer", "INTEGER"),
        ColumnKind::Boolean => ("boolean", "INTEGER"),
        ColumnKind::Time => ("time", "INTEGER"),
        ColumnKind::Uuid => ("uuid", "BLOB"),
        _ => {
            return Err(wrong(
                place,
                table,
                column,
                "has a kind that is not known here",
            ));
        }
    })
}

/// The typed column of that name.
pub(super) fn named<'a>(
    place: &Place,
    table: &'a ViewTable,
    name: &str,
) -> Result<&'a Column, StoreError> {
    let mut columns = table.columns.iter();
    columns.find(|it| it.name == name).ok_or_else(|| {
        let why = format!("view `{}` has no column `{name}`", table.sql_name());
        place.error(StoreErrorKind::Other, "use", &why)
    })
}

/// A value as its column keeps it.
pub(super) fn to_sql<'a>(
    place: &Place,
    table: &ViewTable,
    column: &Column,
    value: &'a ColumnValue,
) -> Result<ToSqlOutput<'a>, StoreError> {
    if value.kind().is_some_and(|kind| kind != column.kind) {
        let why = format!("holds {:?} and was given {value}", column.kind);
        return Err(wrong(place, table, column, &why));
    }
    let integer = |number| ToSqlOutput::Owned(Value::Integer(number));
    Ok(match value {
        ColumnValue::Empty => ToSqlOutput::Owned(Value::Null),
        ColumnValue::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
        ColumnValue::Integer(number) => integer(*number),
        ColumnValue::Boolean(truth) => integer(i64::from(*truth)),
        ColumnValue::Time(time) => integer(time.as_microsecond()),
        ColumnValue::Uuid(id) => ToSqlOutput::Borrowed(ValueRef::Blob(id.as_bytes())),
        _ => return Err(wrong(place, table, column, "was given an unknown value")),
    })
}

/// The value in a row's column.
pub(super) fn of_sql(row: &Row<'_>, at: usize, kind: ColumnKind) -> Result<ColumnValue, Error> {
    if row.get_ref(at)? == ValueRef::Null {
        return Ok(ColumnValue::Empty);
    }
    Ok(match kind {
        ColumnKind::Text => ColumnValue::Text(row.get(at)?),
        ColumnKind::Boolean => ColumnValue::Boolean(row.get(at)?),
        ColumnKind::Time => ColumnValue::Time(time_at(row, at)?),
        ColumnKind::Uuid => ColumnValue::Uuid(Uuid::from_bytes(row.get(at)?)),
        _ => ColumnValue::Integer(row.get(at)?),
    })
}

fn wrong(place: &Place, table: &ViewTable, column: &Column, why: &str) -> StoreError {
    let why = format!(
        "column `{}` of view `{}` {why}",
        column.name,
        table.sql_name()
    );
    place.error(StoreErrorKind::Other, "use", &why)
}
