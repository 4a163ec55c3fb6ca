//! Making the tables of views, and dropping them.

use eventide_core::store::{StoreError, StoreErrorKind};
use eventide_core::view::ViewTable;
use rusqlite::{Connection, ErrorCode, OptionalExtension};

use super::column::{kind, quoted, sql_name};
use crate::change::Undone;
use crate::error::Place;

/// Whether the table is there.
///
/// # Errors
/// It is there with other columns.
pub(crate) fn is_open(conn: &Connection, place: &Place, table: &ViewTable) -> Result<bool, Undone> {
    let name = table.sql_name();
    let found: Option<String> = conn
        .prepare_cached("SELECT columns FROM views WHERE name = ?1")?
        .query_row([&name], |row| row.get(0))
        .optional()?;
    let Some(found) = found else {
        return Ok(false);
    };
    let wanted = described(place, table)?;
    if found == wanted {
        return Ok(true);
    }
    let why = format!(
        "view `{name}` has the columns ({found}) there, not ({wanted}): raise the view's version, \
         so that it is built anew"
    );
    Err(place
        .error(StoreErrorKind::NotOurs, "open a view in", &why)
        .into())
}

/// Makes the table, or finds it. Another process may have made it meanwhile.
pub(crate) fn open(conn: &Connection, place: &Place, table: &ViewTable) -> Result<(), Undone> {
    if is_open(conn, place, table)? {
        return Ok(());
    }
    let name = table.sql_name();
    let quoted_name = quoted(&name);
    let mut columns = String::new();
    let mut indexes = String::new();
    for column in &table.columns {
        let (_, sql_type) = kind(place, table, column)?;
        let sql_name = sql_name(column);
        columns.extend([", ", &sql_name, " ", sql_type]);
        // A dot is in no table's name. The key stands behind the column without being named: the
        // table has no row numbers, so its indexes hold the key.
        let index = quoted(&format!("{name}.{}", column.name));
        let create = if column.unique {
            "CREATE UNIQUE INDEX "
        } else {
            "CREATE INDEX "
        };
        indexes.extend([create, &index, " ON ", &quoted_name, " (", &sql_name, ");"]);
    }
    conn.execute_batch(&format!(
        "CREATE TABLE {quoted_name} (key TEXT NOT NULL PRIMARY KEY, document ANY NOT NULL, \
         changed_by INTEGER NOT NULL{columns}) STRICT, WITHOUT ROWID; {indexes}"
    ))?;
    conn.prepare_cached("INSERT INTO views (name, columns) VALUES (?1, ?2)")?
        .execute([name, described(place, table)?])?;
    Ok(())
}

/// Drops the table, if it is there.
pub(crate) fn drop_table(conn: &Connection, table: &ViewTable) -> Result<(), Undone> {
    let name = table.sql_name();
    let known = conn
        .prepare_cached("DELETE FROM views WHERE name = ?1")?
        .execute([&name])?;
    if known > 0 {
        conn.execute_batch(&format!("DROP TABLE IF EXISTS {}", quoted(&name)))?;
    }
    Ok(())
}

/// What came of using a view's table. If SQLite did not understand a statement, the table is not
/// there, or is another.
pub(super) fn explained<T>(
    conn: &Connection,
    place: &Place,
    table: &ViewTable,
    used: Result<T, Undone>,
) -> Result<T, Undone> {
    match used {
        Err(Undone::Failed(source)) if source.sqlite_error_code() == Some(ErrorCode::Unknown) => {
            if is_open(conn, place, table)? {
                return Err(source.into());
            }
            Err(missing(place, table).into())
        }
        used => used,
    }
}

fn missing(place: &Place, table: &ViewTable) -> StoreError {
    let why = format!("there is no view `{}`; open it first", table.sql_name());
    place.error(StoreErrorKind::Other, "use", &why)
}

/// The columns in words, to know them again by. A name has no space and no comma in it.
fn described(place: &Place, table: &ViewTable) -> Result<String, StoreError> {
    let columns = table.columns.iter().map(|column| {
        let (kind, _) = kind(place, table, column)?;
        let unique = if column.unique { " unique" } else { "" };
        Ok(format!("{} {kind}{unique}", column.name))
    });
    Ok(columns.collect::<Result<Vec<_>, _>>()?.join(", "))
}
