//! The documents of views in a store in memory, as plain single-threaded data.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashSet};

use crate::store::{StoreError, StoreErrorKind};
use crate::view::{
    ColumnValue, Comparison, Condition, Document, DocumentPage, DocumentQuery, DocumentWrite,
    ViewTable,
};

/// The table of a view.
#[derive(Clone)]
pub(super) struct Table {
    table: ViewTable,
    rows: BTreeMap<String, Row>,
}

#[derive(Clone)]
struct Row {
    document: Document,
    values: Vec<ColumnValue>,
}

impl Table {
    pub(super) fn new(table: &ViewTable) -> Self {
        Self {
            table: table.clone(),
            rows: BTreeMap::new(),
        }
    }

    /// Whether it has those columns.
    pub(super) fn check(&self, table: &ViewTable) -> Result<(), StoreError> {
        if self.table.columns == table.columns {
            return Ok(());
        }
        let why = format_args!(
            "`{}` has other columns: raise the view's version, so that it is built anew",
            table.sql_name()
        );
        Err(StoreError::new(StoreErrorKind::NotOurs, why))
    }

    /// The table with the changes made, if they may be.
    pub(super) fn check_unique(&self, writes: &[DocumentWrite]) -> Result<(), StoreError> {
        let changed: HashSet<_> = writes.iter().map(|write| &write.key).collect();
        for (at, column) in self.table.columns.iter().enumerate() {
            if !column.unique {
                continue;
            }
            let kept = self.rows.iter().filter(|(key, _)| !changed.contains(key));
            let mut seen: HashSet<_> = kept.filter_map(|(_, row)| row.values.get(at)).collect();
            for write in writes {
                let Some(value) = write.content.as_ref().and_then(|it| it.1.get(at)) else {
                    continue;
                };
                if *value != ColumnValue::Empty && !seen.insert(value) {
                    let why = format_args!(
                        "two documents of `{}` have {value} in the unique column `{}`, one of them `{}`",
                        self.table.sql_name(),
                        column.name,
                        write.key
                    );
                    return Err(StoreError::new(StoreErrorKind::Constraint, why));
                }
            }
        }
        Ok(())
    }

    pub(super) fn write(&mut self, write: &DocumentWrite) {
        match &write.content {
            None => {
                self.rows.remove(&write.key);
            }
            Some((json, values)) => {
                let document = Document::new(write.key.clone(), json.clone(), write.changed_by);
                let values = values.clone();
                self.rows
                    .insert(write.key.clone(), Row { document, values });
            }
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<Document> {
        self.rows.get(key).map(|row| row.document.clone())
    }

    pub(super) fn find(&self, query: &DocumentQuery) -> DocumentPage {
        let column = |name: &str| self.table.columns.iter().position(|it| it.name == name);
        let order = query.order.and_then(column);
        let value = |row: &Row, at: Option<usize>| at.and_then(|at| row.values.get(at).cloned());
        let holds = |row: &Row, condition: &Condition| {
            let of = value(row, column(condition.column));
            of.is_some_and(|of| compare(&of, condition.comparison, &condition.value))
        };
        let mut found: Vec<_> = self
            .rows
            .values()
            .filter(|row| query.conditions.iter().all(|it| holds(row, it)))
            .map(|row| ((value(row, order), row.document.key.clone()), row))
            .collect();
        let direct = |ordering: Ordering| {
            if query.descending {
                ordering.reverse()
            } else {
                ordering
            }
        };
        found.sort_by(|(a, _), (b, _)| direct(in_order(a, b)));
        if let Some(after) = &query.after {
            found.retain(|(place, _)| direct(in_order(place, after)) == Ordering::Greater);
        }
        let size = query.page.get();
        let next = if found.len() > size {
            found.get(size - 1).map(|(place, _)| place.clone())
        } else {
            None
        };
        let documents = found.into_iter().take(size);
        let documents = documents.map(|(_, row)| row.document.clone());
        DocumentPage::new(documents.collect(), next)
    }
}

type Place = (Option<ColumnValue>, String);

fn in_order(a: &Place, b: &Place) -> Ordering {
    let values = match (&a.0, &b.0) {
        (Some(a), Some(b)) => ordering(a, b),
        _ => Ordering::Equal,
    };
    values.then_with(|| a.1.cmp(&b.1))
}

/// Values of one column; an empty one comes first.
fn ordering(a: &ColumnValue, b: &ColumnValue) -> Ordering {
    use ColumnValue::{Boolean, Empty, Integer, Text, Time, Uuid};
    match (a, b) {
        (Text(a), Text(b)) => a.cmp(b),
        (Integer(a), Integer(b)) => a.cmp(b),
        (Boolean(a), Boolean(b)) => a.cmp(b),
        (Time(a), Time(b)) => a.cmp(b),
        (Uuid(a), Uuid(b)) => a.cmp(b),
        (a, b) => (*a != Empty).cmp(&(*b != Empty)),
    }
}

fn compare(a: &ColumnValue, comparison: Comparison, b: &ColumnValue) -> bool {
    if comparison == Comparison::Equal {
        return a == b;
    }
    if *a == ColumnValue::Empty || *b == ColumnValue::Empty {
        return false;
    }
    let ordering = ordering(a, b);
    match comparison {
        Comparison::Equal => ordering.is_eq(),
        Comparison::Less => ordering.is_lt(),
        Comparison::AtMost => ordering.is_le(),
        Comparison::More => ordering.is_gt(),
        Comparison::AtLeast => ordering.is_ge(),
    }
}
