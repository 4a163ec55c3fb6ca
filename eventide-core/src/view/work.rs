//! Folding what a page holds for one document.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::document::DocumentWrite;
use super::fold::{Change, View};
use super::page::{Sorted, Task};
use super::table::ColumnValue;
use crate::envelope::RecordedEvent;
use crate::ids::Position;
use crate::read_model::error::chain;
use crate::repository::panics::message_of;

/// A document larger than this, as JSON, is refused: what changes often has to be small.
pub(super) const MAX_BYTES: usize = 16 * 1024 * 1024;

/// A text in a typed column has at most so many bytes: an index holds it whole.
const MAX_COLUMN: usize = 1_000;

/// What came of a document.
pub(super) struct Outcome<V> {
    /// As it is now, if something was folded into it.
    pub(super) changed: Option<Changed<V>>,
    /// The first task that failed, and why. It and all behind it did nothing.
    pub(super) failed: Option<(usize, String)>,
}

/// A document that was changed.
pub(super) struct Changed<V> {
    content: Option<(V, Vec<u8>, Vec<ColumnValue>)>,
    by: Position,
}

impl<V: View> Changed<V> {
    /// The document, and what the store is told of it.
    pub(super) fn into_write(self, key: &str) -> (Option<V>, DocumentWrite) {
        let key = key.to_owned();
        match self.content {
            None => (None, DocumentWrite::delete(key, self.by)),
            Some((view, json, columns)) => {
                (Some(view), DocumentWrite::put(key, json, columns, self.by))
            }
        }
    }
}

/// Does as many of the tasks as can be done, an event whole or not at all. `json` is room to write in.
pub(super) fn all<V: View>(
    before: impl Fn() -> Option<V>,
    tasks: &[Task],
    sorted: &Sorted<V>,
    page: &[RecordedEvent],
    json: &mut Vec<u8>,
) -> Outcome<V> {
    let (mut end, mut failed) = (tasks.len(), None);
    loop {
        let (now, _) = tasks.split_at(end);
        match attempt(before(), now, sorted, page, json) {
            Ok(changed) => return Outcome { changed, failed },
            Err((event, error)) => {
                end = now.partition_point(|task| task.event() < event);
                failed = Some((end, error));
            }
        }
    }
}

/// Does all the tasks, or tells which event failed.
fn attempt<V: View>(
    mut document: Option<V>,
    tasks: &[Task],
    sorted: &Sorted<V>,
    page: &[RecordedEvent],
    json: &mut Vec<u8>,
) -> Result<Option<Changed<V>>, (usize, String)> {
    let mut last = None;
    for task in tasks {
        let (event, part) = match task {
            Task::Fold { event, part } => (*event, *part),
            Task::Failed { event, error } => return Err((*event, error.clone())),
            Task::Wait { event } => {
                let error = "an event of its stream before it is parked".to_owned();
                return Err((*event, error));
            }
        };
        let (Some(recorded), Some(part)) = (page.get(event), sorted.parts.get(part)) else {
            continue;
        };
        let view = document.get_or_insert_default();
        let folded = catch_unwind(AssertUnwindSafe(|| part.fold(view, recorded)));
        match folded {
            Ok(Ok(Change::Keep)) => {}
            Ok(Ok(Change::Delete)) => document = None,
            Ok(Err(error)) => return Err((event, chain(&*error))),
            Err(panic) => {
                let error = format!("folding it panicked: {}", message_of(&*panic));
                return Err((event, error));
            }
        }
        last = Some((event, recorded.position));
    }
    let Some((event, by)) = last else {
        return Ok(None);
    };
    let content = match document {
        None => None,
        Some(view) => {
            json.clear();
            serde_json::to_writer(&mut *json, &view).map_err(|error| {
                let error = format!("the document does not become JSON: {error}");
                (event, error)
            })?;
            if json.len() > MAX_BYTES {
                let error = format!(
                    "the document would have {} bytes as JSON, more than {MAX_BYTES}",
                    json.len()
                );
                return Err((event, error));
            }
            let columns = view.columns();
            if let Some(error) = refused::<V>(&columns) {
                return Err((event, error));
            }
            Some((view, json.clone(), columns))
        }
    };
    Ok(Some(Changed { content, by }))
}

/// Why the values of the typed columns cannot be kept, if they cannot.
fn refused<V: View>(columns: &[ColumnValue]) -> Option<String> {
    let mut all = columns.iter().zip(V::INFO.columns);
    all.find_map(|(value, column)| {
        let ColumnValue::Text(text) = value else {
            return None;
        };
        let (name, long) = (column.name, text.len());
        if long > MAX_COLUMN {
            return Some(format!(
                "column `{name}` would have {long} bytes, more than {MAX_COLUMN}"
            ));
        }
        let nul = text.contains('\0');
        nul.then(|| format!("column `{name}` would have a NUL character in it"))
    })
}
