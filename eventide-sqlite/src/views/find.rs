//! Reading documents. A page costs what it holds wherever it begins: it is found by the place after
//! the one before, never by counting.

use eventide_core::Position;
use eventide_core::store::{StoreError, StoreErrorKind};
use eventide_core::view::{
    Column, ColumnValue, Comparison, Condition, Document, DocumentPage, DocumentQuery, ViewTable,
};
use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, Error, OptionalExtension, Row, params_from_iter};

use super::column::{named, of_sql, quoted, sql_name, to_sql};
use super::table::explained;
use crate::change::Undone;
use crate::error::Place;
use crate::row::{number_at, signed};

/// The documents of these keys, in the order asked.
pub(crate) fn documents(
    conn: &Connection,
    place: &Place,
    table: &ViewTable,
    keys: &[String],
) -> Result<Vec<Option<Document>>, Undone> {
    let documents = by_keys(conn, table, keys).map_err(Undone::from);
    explained(conn, place, table, documents)
}

fn by_keys(
    conn: &Connection,
    table: &ViewTable,
    keys: &[String],
) -> Result<Vec<Option<Document>>, Error> {
    let sql = format!(
        "SELECT key, document, changed_by FROM {} WHERE key = ?",
        quoted(&table.sql_name())
    );
    let mut select = conn.prepare_cached(&sql)?;
    let document = |key| select.query_row([key], document).optional();
    keys.iter().map(document).collect()
}

/// A page of documents.
pub(crate) fn find(
    conn: &Connection,
    place: &Place,
    table: &ViewTable,
    query: &DocumentQuery,
) -> Result<DocumentPage, Undone> {
    explained(conn, place, table, page(conn, place, table, query))
}

fn page(
    conn: &Connection,
    place: &Place,
    table: &ViewTable,
    query: &DocumentQuery,
) -> Result<DocumentPage, Undone> {
    let order = query.order.map(|name| named(place, table, name));
    let order = order.transpose()?;
    let mut wanted = Clause::default();
    for condition in &query.conditions {
        wanted.and(compared(place, table, condition)?);
    }
    let size = query.page.get();
    let limit = size.saturating_add(1);
    let mut found = Vec::new();
    for stretch in stretches(place, table, query, order)? {
        let mut clause = wanted.clone();
        clause.and(stretch);
        let sql = select_sql(table, query, order, &clause);
        let rest = limit - found.len();
        clause.params.push(signed(rest as u64).into());
        let mut select = conn.prepare_cached(&sql)?;
        let rows = select.query_map(params_from_iter(&clause.params), |row| {
            let value = order
                .map(|column| of_sql(row, 3, column.kind))
                .transpose()?;
            Ok((document(row)?, value))
        })?;
        for row in rows {
            found.push(row?);
        }
        if found.len() == limit {
            break;
        }
    }
    let has_more = found.len() > size;
    found.truncate(size);
    let next = match found.last() {
        Some((last, value)) if has_more => Some((value.clone(), last.key.clone())),
        _ => None,
    };
    let documents = found.into_iter().map(|(document, _)| document);
    Ok(DocumentPage::new(documents.collect(), next))
}

/// A condition in SQL, and the values in it.
#[derive(Clone, Default)]
struct Clause<'a> {
    sql: String,
    params: Vec<ToSqlOutput<'a>>,
}

impl<'a> Clause<'a> {
    fn new(sql: String, params: Vec<ToSqlOutput<'a>>) -> Self {
        Self { sql, params }
    }

    fn and(&mut self, other: Self) {
        if !self.sql.is_empty() && !other.sql.is_empty() {
            self.sql.push_str(" AND ");
        }
        self.sql.push_str(&other.sql);
        self.params.extend(other.params);
    }
}

fn select_sql(
    table: &ViewTable,
    query: &DocumentQuery,
    order: Option<&Column>,
    clause: &Clause<'_>,
) -> String {
    let direction = if query.descending { "DESC" } else { "ASC" };
    let (mut value, mut by_value) = (String::new(), String::new());
    if let Some(column) = order {
        let name = sql_name(column);
        value = format!(", {name}");
        by_value = format!("{name} {direction}, ");
    }
    let wanted = if clause.sql.is_empty() {
        String::new()
    } else {
        format!(" WHERE {}", clause.sql)
    };
    format!(
        "SELECT key, document, changed_by{value} FROM {}{wanted} \
         ORDER BY {by_value}key {direction} LIMIT ?",
        quoted(&table.sql_name())
    )
}

/// The condition in SQL.
fn compared<'a>(
    place: &Place,
    table: &ViewTable,
    condition: &'a Condition,
) -> Result<Clause<'a>, StoreError> {
    let column = named(place, table, condition.column)?;
    let name = sql_name(column);
    let operator = match (condition.comparison, &condition.value) {
        (Comparison::Equal, ColumnValue::Empty) => {
            return Ok(Clause::new(format!("{name} IS NULL"), Vec::new()));
        }
        // Comparing with NULL is never true in SQL, as it should be.
        (Comparison::Equal, _) => "=",
        (Comparison::Less, _) => "<",
        (Comparison::AtMost, _) => "<=",
        (Comparison::More, _) => ">",
        (Comparison::AtLeast, _) => ">=",
    };
    let value = to_sql(place, table, column, &condition.value)?;
    Ok(Clause::new(format!("{name} {operator} ?"), vec![value]))
}

/// What comes after the place where the page begins, in turn. Empty values and others are never
/// looked for at once: no index finds both.
fn stretches<'a>(
    place: &Place,
    table: &ViewTable,
    query: &'a DocumentQuery,
    order: Option<&Column>,
) -> Result<Vec<Clause<'a>>, StoreError> {
    let Some((value, key)) = &query.after else {
        return Ok(vec![Clause::default()]);
    };
    let after = if query.descending { "<" } else { ">" };
    let key = ToSqlOutput::from(key.as_str());
    let Some(column) = order else {
        return Ok(vec![Clause::new(format!("key {after} ?"), vec![key])]);
    };
    let name = sql_name(column);
    let Some(value) = value else {
        let why = format!(
            "the place to go on after in view `{}` has no value of `{}`, which orders it",
            table.sql_name(),
            column.name
        );
        return Err(place.error(StoreErrorKind::Other, "read", &why));
    };
    if *value == ColumnValue::Empty {
        let mut stretches = vec![Clause::new(
            format!("{name} IS NULL AND key {after} ?"),
            vec![key],
        )];
        if !query.descending {
            stretches.push(Clause::new(format!("{name} IS NOT NULL"), Vec::new()));
        }
        return Ok(stretches);
    }
    let value = to_sql(place, table, column, value)?;
    let mut stretches = vec![Clause::new(
        format!("({name}, key) {after} (?, ?)"),
        vec![value, key],
    )];
    if query.descending {
        stretches.push(Clause::new(format!("{name} IS NULL"), Vec::new()));
    }
    Ok(stretches)
}

fn document(row: &Row<'_>) -> Result<Document, Error> {
    let json = row.get_ref(1)?.as_bytes()?.to_vec();
    let changed_by = Position::from_raw(number_at(row, 2)?);
    Ok(Document::new(row.get(0)?, json, changed_by))
}
