//! Reading documents: by key, or filtered and ordered, a page at a time.

use std::collections::HashMap;

use eventide_core::Position;
use eventide_core::store::{StoreError, StoreErrorKind};
use eventide_core::view::{
    ColumnValue, Comparison, Condition, Document, DocumentPage, DocumentQuery, ViewTable,
};
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::column::{param, sql_type, value};
use super::table::{Column, Table, is_missing};
use crate::link::patiently;
use crate::row::ReadError;
use crate::sql::Sql;
use crate::subscriptions::{Asking, ReadSide};
use crate::value::{Raw, Wrong, signed, unsigned};
use crate::whole::{Param, Statement};

/// A statement as it is made.
#[derive(Debug, Default)]
struct Draft<'a> {
    types: Vec<Type>,
    params: Vec<Param<'a>>,
}

impl<'a> Draft<'a> {
    /// The place of a parameter.
    fn put(&mut self, kind: Type, param: Param<'a>) -> String {
        self.types.push(kind);
        self.params.push(param);
        format!("${}", self.types.len())
    }
}

impl ReadSide {
    pub(crate) async fn find_documents(
        &self,
        view: &ViewTable,
        query: &DocumentQuery,
    ) -> Result<DocumentPage, StoreError> {
        let table = self.table("read", view)?;
        let order = query.order.map(|field| self.column(&table, field));
        let order = order.transpose()?;
        let statement = self.statement(&table, query, order)?;
        let rows = self.read(&table, statement).await?;
        page(&rows, query.page.get(), order).map_err(|it| self.wrong(&table, it))
    }

    fn statement<'a>(
        &self,
        table: &Table,
        query: &'a DocumentQuery,
        order: Option<&Column>,
    ) -> Result<Statement<'a>, StoreError> {
        let mut draft = Draft::default();
        let limit = signed(query.page.get() as u64 + 1);
        let limit = draft.put(Type::INT8, Box::new(limit));
        let mut conditions = Vec::new();
        for condition in &query.conditions {
            let column = self.column(table, condition.column)?;
            self.check(column, &condition.value)?;
            let condition = compare(&mut draft, column, condition);
            conditions.push(format!(" AND {condition}"));
        }
        let name = &table.name;
        let text = match order {
            None => {
                let (direction, later) = direction(query);
                if let Some((_, key)) = &query.after {
                    let key = draft.put(Type::TEXT, Box::new(&**key));
                    conditions.push(format!(" AND key {later} {key}"));
                }
                let conditions = conditions.concat();
                format!(
                    "SELECT key, document, changed_by FROM {name} WHERE true{conditions} \
                     ORDER BY key{direction} LIMIT {limit}"
                )
            }
            Some(order) => {
                if let Some((Some(value), _)) = &query.after {
                    self.check(order, value)?;
                }
                let conditions = conditions.concat();
                // Each part in the whole order, though its column be empty throughout: so the index
                // has it in order, and nothing is sorted but what was found.
                let of = &order.name;
                let by = if query.descending {
                    format!("{of} DESC NULLS LAST, key DESC")
                } else {
                    format!("{of} NULLS FIRST, key")
                };
                let part = |(n, condition): (usize, String)| {
                    format!(
                        "(SELECT {n} AS part, key, document, changed_by, {of} AS place FROM {name} \
                         WHERE {condition}{conditions} ORDER BY {by} LIMIT {limit})"
                    )
                };
                let parts = parts(&mut draft, query, order).into_iter();
                let parts: Vec<_> = parts.enumerate().map(part).collect();
                let (direction, _) = direction(query);
                format!(
                    "SELECT key, document, changed_by, place FROM ({}) found \
                     ORDER BY part, place{direction}, key{direction} LIMIT {limit}",
                    parts.join(" UNION ALL ")
                )
            }
        };
        let Draft { types, params } = draft;
        Ok(Statement::new(Sql { text, types }, params))
    }

    fn column<'t>(&self, table: &'t Table, field: &str) -> Result<&'t Column, StoreError> {
        table.column(field).ok_or_else(|| {
            let why = format!("{} has no column `{field}`", table.name);
            self.place().error(StoreErrorKind::Other, "read", &why)
        })
    }

    fn check(&self, column: &Column, value: &ColumnValue) -> Result<(), StoreError> {
        if column.kind.holds(value) {
            return Ok(());
        }
        let why = format!(
            "column `{}` holds {:?} and cannot be compared with {value}",
            column.field, column.kind
        );
        Err(self.place().error(StoreErrorKind::Other, "read", &why))
    }

    async fn read(&self, table: &Table, statement: Statement<'_>) -> Result<Vec<Row>, StoreError> {
        patiently!(&mut self.link.retry("read"), |session| async {
            let rows = statement.rows(&session).await;
            rows.map_err(|source| {
                if is_missing(&source) {
                    ReadError::Store(self.no_such_view("read", table))
                } else {
                    ReadError::Failed(source)
                }
            })
        })
    }

    fn wrong(&self, table: &Table, source: Wrong) -> StoreError {
        let what = format!("a document of {}", table.name);
        let damaged = self.place().damaged(&what, "a column has the wrong form");
        damaged.with_source(source)
    }
}

impl Asking<'_> {
    /// The documents of these keys, in the order asked.
    pub(crate) async fn documents(
        &self,
        view: &ViewTable,
        keys: &[String],
    ) -> Result<Vec<Option<Document>>, StoreError> {
        let table = self.kept.table("read", view)?;
        let asked: Vec<&str> = keys.iter().map(String::as_str).collect();
        let asked: Vec<&str> = asked.into_iter().filter(|it| !it.contains('\0')).collect();
        let sql = Sql {
            text: format!(
                "SELECT key, document, changed_by FROM {} WHERE key = ANY ($1)",
                table.name
            ),
            types: vec![Type::TEXT_ARRAY],
        };
        let rows = self.read(&table, Statement::new(sql, vec![Box::new(asked)]));
        let mut found = HashMap::new();
        for row in rows.await? {
            let document = document(&row).map_err(|it| self.kept.wrong(&table, it))?;
            found.insert(document.key.clone(), document);
        }
        Ok(keys.iter().map(|key| found.get(key).cloned()).collect())
    }

    async fn read(&self, table: &Table, statement: Statement<'_>) -> Result<Vec<Row>, StoreError> {
        let Some(transaction) = self.inside else {
            return self.kept.read(table, statement).await;
        };
        let (link, place) = (&self.kept.link, self.kept.place());
        match link.in_time(statement.rows_in(transaction)).await {
            Some(Ok(rows)) => Ok(rows),
            Some(Err(source)) if is_missing(&source) => Err(self.kept.no_such_view("read", table)),
            Some(Err(source)) => Err(place.failed("read", source)),
            None => Err(place.silent("read")),
        }
    }
}

/// How a column is ordered, and how what comes later compares.
fn direction(query: &DocumentQuery) -> (&'static str, &'static str) {
    if query.descending {
        (" DESC", "<")
    } else {
        ("", ">")
    }
}

/// The condition as SQL. Nothing compares with an empty column but `Equal` to an empty value.
fn compare<'a>(draft: &mut Draft<'a>, column: &Column, condition: &'a Condition) -> String {
    let name = &column.name;
    let operator = match (condition.comparison, &condition.value) {
        (Comparison::Equal, ColumnValue::Empty) => return format!("{name} IS NULL"),
        (_, ColumnValue::Empty) => return "false".to_owned(),
        (_, ColumnValue::Text(text)) if text.contains('\0') => {
            return beyond(draft, name, condition.comparison, text);
        }
        (Comparison::Equal, _) => "=",
        (Comparison::Less, _) => "<",
        (Comparison::AtMost, _) => "<=",
        (Comparison::More, _) => ">",
        (Comparison::AtLeast, _) => ">=",
    };
    let place = draft.put(sql_type(column.kind), param(&condition.value));
    format!("{name} {operator} {place}")
}

/// Compares with a text that PostgreSQL cannot hold: those kept are at most what is before its NUL,
/// or beyond it.
fn beyond<'a>(draft: &mut Draft<'a>, name: &str, comparison: Comparison, text: &'a str) -> String {
    let before = text.split('\0').next().unwrap_or_default();
    let operator = match comparison {
        Comparison::Equal => return "false".to_owned(),
        Comparison::Less | Comparison::AtMost => "<=",
        Comparison::More | Comparison::AtLeast => ">",
    };
    let place = draft.put(Type::TEXT, Box::new(before));
    format!("{name} {operator} {place}")
}

/// The conditions of the parts that a page in the order of a column is put together of: empty columns
/// come first, so last from the last to the first.
fn parts<'a>(draft: &mut Draft<'a>, query: &'a DocumentQuery, order: &Column) -> Vec<String> {
    let name = &order.name;
    let (_, later) = direction(query);
    let (empty, full) = (format!("{name} IS NULL"), format!("{name} IS NOT NULL"));
    let both = |empty, full| {
        if query.descending {
            vec![full, empty]
        } else {
            vec![empty, full]
        }
    };
    match &query.after {
        None => both(empty, full),
        Some((None | Some(ColumnValue::Empty), key)) => {
            let key = draft.put(Type::TEXT, Box::new(&**key));
            let rest = format!("{empty} AND key {later} {key}");
            if query.descending {
                vec![rest]
            } else {
                vec![rest, full]
            }
        }
        Some((Some(value), key)) => {
            let value = draft.put(sql_type(order.kind), param(value));
            let key = draft.put(Type::TEXT, Box::new(&**key));
            let rest = format!("({name}, key) {later} ({value}, {key})");
            if query.descending {
                vec![rest, empty]
            } else {
                vec![rest]
            }
        }
    }
}

fn page(rows: &[Row], size: usize, order: Option<&Column>) -> Result<DocumentPage, Wrong> {
    let mut documents = Vec::new();
    for row in rows.iter().take(size) {
        documents.push(document(row)?);
    }
    let last = rows.get(size - 1).filter(|_| rows.len() > size);
    let next = match last {
        None => None,
        Some(row) => {
            let place = order.map(|order| value(row, 3, order.kind)).transpose()?;
            Some((place, row.try_get(0)?))
        }
    };
    Ok(DocumentPage::new(documents, next))
}

/// The document in a row that begins with its key, its text and who changed it.
fn document(row: &Row) -> Result<Document, Wrong> {
    let json = row.try_get::<_, Raw<'_>>(1)?.0.to_vec();
    let changed_by = Position::from_raw(unsigned(row.try_get(2)?)?);
    Ok(Document::new(row.try_get(0)?, json, changed_by))
}
