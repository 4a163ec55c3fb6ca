//! Writing documents: one statement for all that go, and few for all that change.

use eventide_core::store::{StoreError, StoreErrorKind};
use eventide_core::view::{ColumnValue, DocumentWrite, ViewTable};
use tokio_postgres::Error;
use tokio_postgres::types::Type;

use super::column::{array, array_type};
use super::table::{Column, Table, is_missing};
use crate::error::not_unique;
use crate::sql::Sql;
use crate::subscriptions::ReadSide;
use crate::value::{Raw, signed};
use crate::whole::{Param, Statement};

/// How many bytes of documents one statement has, or a single document more.
const AT_ONCE: usize = 32 * 1024 * 1024;

/// What one document says: its text, its values, and the event that changed it last.
type Content<'a> = (&'a str, &'a [u8], &'a [ColumnValue], i64);

/// The statements that write the documents; of several writes to one, the last counts. Sorted by
/// key, so that two steps never wait for each other.
pub(crate) fn statements<'a>(
    kept: &ReadSide,
    attempt: &str,
    view: Option<&ViewTable>,
    writes: &'a [DocumentWrite],
) -> Result<Vec<Statement<'a>>, StoreError> {
    if writes.is_empty() {
        return Ok(Vec::new());
    }
    let refuse = |kind, why: &str| kept.place().error(kind, attempt, why);
    let Some(view) = view else {
        let why = "documents are to be written, and no table is named";
        return Err(refuse(StoreErrorKind::Other, why));
    };
    let table = kept.table(attempt, view)?;
    let mut sorted: Vec<&DocumentWrite> = writes.iter().collect();
    sorted.sort_by(|a, b| a.key.cmp(&b.key));
    let (mut gone, mut changed) = (Vec::new(), Vec::with_capacity(sorted.len()));
    for same in sorted.chunk_by(|a, b| a.key == b.key) {
        let Some(write) = same.last() else {
            continue;
        };
        let key = &*write.key;
        match &write.content {
            None => gone.push(key),
            Some((json, values)) => {
                check(&table, key, values).map_err(|(kind, why)| refuse(kind, &why))?;
                changed.push((key, &**json, &**values, signed(write.changed_by.as_raw())));
            }
        }
    }
    let mut statements = Vec::new();
    if !gone.is_empty() {
        // One that cannot be kept is not there.
        gone.retain(|key| !key.contains('\0'));
        let sql = Sql {
            text: format!("DELETE FROM {} WHERE key = ANY ($1)", table.name),
            types: vec![Type::TEXT_ARRAY],
        };
        statements.push(Statement::new(sql, vec![Box::new(gone)]));
    }
    let mut rest = &changed[..];
    while !rest.is_empty() {
        let mut bytes = 0;
        let fits = rest.iter().position(|(_, json, ..)| {
            bytes += json.len();
            bytes > AT_ONCE
        });
        let (now, later) = rest.split_at(fits.unwrap_or(rest.len()).max(1).min(rest.len()));
        statements.push(upsert(&table, now));
        rest = later;
    }
    Ok(statements)
}

fn upsert<'a>(table: &Table, documents: &[Content<'a>]) -> Statement<'a> {
    let mut types = vec![Type::TEXT_ARRAY, Type::JSON_ARRAY, Type::INT8_ARRAY];
    let mut params: Vec<Param<'a>> = vec![
        Box::new(documents.iter().map(|it| it.0).collect::<Vec<_>>()),
        Box::new(documents.iter().map(|it| Raw(it.1)).collect::<Vec<_>>()),
        Box::new(documents.iter().map(|it| it.3).collect::<Vec<_>>()),
    ];
    let own = ["key", "document", "changed_by"];
    let mut names = own.map(str::to_owned).to_vec();
    for (n, Column { name, kind, .. }) in table.columns.iter().enumerate() {
        names.push(name.clone());
        types.push(array_type(*kind));
        params.push(array(*kind, documents.iter().map(|it| it.2.get(n))));
    }
    let places: Vec<_> = (1..=names.len()).map(|n| format!("${n}")).collect();
    let set = names.iter().skip(1);
    let set: Vec<_> = set
        .map(|name| format!("{name} = excluded.{name}"))
        .collect();
    let text = format!(
        "INSERT INTO {} ({}) SELECT * FROM unnest({}) ON CONFLICT (key) DO UPDATE SET {}",
        table.name,
        names.join(", "),
        places.join(", "),
        set.join(", ")
    );
    Statement::new(Sql { text, types }, params)
}

/// What of a document the table cannot hold.
fn check(table: &Table, key: &str, values: &[ColumnValue]) -> Result<(), (StoreErrorKind, String)> {
    let shown = key.escape_debug();
    if key.contains('\0') {
        let why = format!("PostgreSQL keeps no NUL, which the key `{shown}` holds");
        return Err((StoreErrorKind::Constraint, why));
    }
    if values.len() != table.columns.len() {
        let why = format!(
            "document `{shown}` has {} typed values, and {} has {} columns for them",
            values.len(),
            table.name,
            table.columns.len()
        );
        return Err((StoreErrorKind::Other, why));
    }
    for (column, value) in table.columns.iter().zip(values) {
        let field = column.field;
        if !column.kind.holds(value) {
            let why = format!(
                "document `{shown}` has {value} in column `{field}`, which holds {:?}",
                column.kind
            );
            return Err((StoreErrorKind::Other, why));
        }
        if matches!(value, ColumnValue::Text(text) if text.contains('\0')) {
            let why = format!(
                "PostgreSQL keeps no NUL, which column `{field}` of document `{shown}` holds"
            );
            return Err((StoreErrorKind::Constraint, why));
        }
    }
    Ok(())
}

/// What it means that the server refused documents, if it did so for what they are.
pub(crate) fn refusal(
    kept: &ReadSide,
    attempt: &str,
    view: Option<&ViewTable>,
    writes: &[DocumentWrite],
    source: &Error,
) -> Option<StoreError> {
    let table = kept.table(attempt, view?).ok()?;
    if is_missing(source) {
        return Some(kept.no_such_view(attempt, &table));
    }
    let refuse = |why: &str| {
        let kind = StoreErrorKind::Constraint;
        Some(kept.place().error(kind, attempt, why))
    };
    let refused = source.as_db_error()?;
    let (name, code) = (&table.name, source.code()?.code());
    if let Some((at, column)) = not_unique(source).and_then(|it| table.kept_apart_by(it)) {
        // "Key (email)=(a@b.c) already exists."
        let detail = refused.detail().unwrap_or_default();
        let value = detail.split_once(")=(").map_or("", |it| it.1);
        let value = value.rsplit_once(')').map_or(value, |it| it.0);
        let has_it = |write: &&DocumentWrite| {
            let values = write.content.as_ref().map(|it| &it.1);
            match values.and_then(|values| values.get(at)) {
                None | Some(ColumnValue::Empty) => false,
                Some(ColumnValue::Text(text)) => text == value,
                Some(other) => other.to_string() == value,
            }
        };
        let key = writes.iter().rfind(has_it);
        let key = key.map_or(String::new(), |it| {
            format!(", one of them `{}`", it.key.escape_debug())
        });
        return refuse(&format!(
            "two documents of {name} have {value:?} in the unique column `{}`{key}",
            column.field
        ));
    }
    if code.starts_with("23") {
        let constraint = refused.constraint().unwrap_or_default();
        return refuse(&format!(
            "constraint `{constraint}` refuses a document of {name}"
        ));
    }
    // Data the server cannot take (22), and values too large for an index (54): they never fit.
    if code.starts_with("22") || code == "54000" {
        let said = refused.message();
        return refuse(&format!("a document of {name} does not fit: {said}"));
    }
    None
}
