//! Writing documents.

use eventide_core::store::{StoreError, StoreErrorKind};
use eventide_core::view::{ColumnValue, DocumentWrite, ViewTable};
use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, Error, OptionalExtension, ffi, params_from_iter};

use super::column::{quoted, sql_name, to_sql};
use super::table::explained;
use crate::append::readable;
use crate::change::Undone;
use crate::error::Place;
use crate::row::signed;

/// For messages: what was attempted.
const ATTEMPT: &str = "write documents to";

/// Makes all of the changes. Whether values that must be unique are is judged by what comes of all
/// of them.
pub(crate) fn write(
    conn: &Connection,
    place: &Place,
    table: &ViewTable,
    writes: &[DocumentWrite],
) -> Result<(), Undone> {
    if writes.is_empty() {
        return Ok(());
    }
    // Neighbours in the table one after another: each of its pages is looked for once.
    let mut sorted: Vec<&DocumentWrite> = writes.iter().collect();
    sorted.sort_by(|a, b| a.key.cmp(&b.key));
    let written = put_or_refuse(conn, place, table, &sorted);
    explained(conn, place, table, written)
}

fn put_or_refuse(
    conn: &Connection,
    place: &Place,
    table: &ViewTable,
    writes: &[&DocumentWrite],
) -> Result<(), Undone> {
    if put_all(conn, place, table, writes)?.is_none() {
        return Ok(());
    }
    // A value may only pass from one of the documents to another: then it is free once all of them
    // are gone.
    let mut delete = conn.prepare_cached(&delete_sql(table))?;
    for write in writes {
        delete.execute([&write.key])?;
    }
    match put_all(conn, place, table, writes)? {
        None => Ok(()),
        Some(clashing) => Err(clash(conn, place, table, clashing)?.into()),
    }
}

/// Makes the changes in turn, up to one whose unique value another document has.
fn put_all<'a>(
    conn: &Connection,
    place: &Place,
    table: &ViewTable,
    writes: &[&'a DocumentWrite],
) -> Result<Option<&'a DocumentWrite>, Undone> {
    let mut upsert = conn.prepare_cached(&upsert_sql(table))?;
    let mut delete = conn.prepare_cached(&delete_sql(table))?;
    let mut row = Vec::with_capacity(3 + table.columns.len());
    for write in writes {
        let Some((json, values)) = &write.content else {
            delete.execute([&write.key])?;
            continue;
        };
        if values.len() != table.columns.len() {
            return Err(miscounted(place, table, write, values).into());
        }
        row.clear();
        row.push(ToSqlOutput::from(write.key.as_str()));
        row.push(readable(json));
        row.push(ToSqlOutput::from(signed(write.changed_by.as_raw())));
        for (column, value) in table.columns.iter().zip(values) {
            row.push(to_sql(place, table, column, value)?);
        }
        match upsert.execute(params_from_iter(&row)) {
            Ok(_) => {}
            Err(source) if is_clash(&source) => return Ok(Some(write)),
            Err(source) => return Err(source.into()),
        }
    }
    Ok(None)
}

fn upsert_sql(table: &ViewTable) -> String {
    let mut columns = String::from("key, document, changed_by");
    let mut values = String::from("?, ?, ?");
    let mut updates =
        String::from("document = excluded.document, changed_by = excluded.changed_by");
    for column in &table.columns {
        let name = sql_name(column);
        columns.push_str(", ");
        columns.push_str(&name);
        values.push_str(", ?");
        updates.extend([", ", &name, " = excluded.", &name]);
    }
    format!(
        "INSERT INTO {} ({columns}) VALUES ({values}) ON CONFLICT (key) DO UPDATE SET {updates}",
        quoted(&table.sql_name())
    )
}

fn delete_sql(table: &ViewTable) -> String {
    format!("DELETE FROM {} WHERE key = ?", quoted(&table.sql_name()))
}

fn is_clash(source: &Error) -> bool {
    matches!(source, Error::SqliteFailure(failure, _)
        if failure.extended_code == ffi::SQLITE_CONSTRAINT_UNIQUE)
}

/// Which value another document has already, and which document.
fn clash(
    conn: &Connection,
    place: &Place,
    table: &ViewTable,
    write: &DocumentWrite,
) -> Result<StoreError, Undone> {
    let (view, key) = (table.sql_name(), &write.key);
    let values = write.content.iter().flat_map(|(_, values)| values);
    for (column, value) in table.columns.iter().zip(values) {
        if !column.unique {
            continue;
        }
        let sql = format!(
            "SELECT key FROM {} WHERE {} = ? AND key <> ?",
            quoted(&view),
            sql_name(column)
        );
        let value_sql = to_sql(place, table, column, value)?;
        let other: Option<String> = conn
            .prepare_cached(&sql)?
            .query_row((value_sql, key), |row| row.get(0))
            .optional()?;
        if let Some(other) = other {
            let why = format!(
                "two documents of `{view}` have {value} in the unique column `{}`: `{other}` and \
                 `{key}`",
                column.name
            );
            return Ok(place.error(StoreErrorKind::Constraint, ATTEMPT, &why));
        }
    }
    let why = format!("a unique column of `{view}` refused the document `{key}`");
    Ok(place.error(StoreErrorKind::Constraint, ATTEMPT, &why))
}

fn miscounted(
    place: &Place,
    table: &ViewTable,
    write: &DocumentWrite,
    values: &[ColumnValue],
) -> StoreError {
    let why = format!(
        "document `{}` of `{}` has {} values for {} columns",
        write.key,
        table.sql_name(),
        values.len(),
        table.columns.len()
    );
    place.error(StoreErrorKind::Other, ATTEMPT, &why)
}
