//! A comparison as JSON.

use serde_json::{Value, json};

use crate::{Change, ChangeKind, Comparison, Difference, DifferenceKind, Refusal, Type};

impl Comparison {
    /// The report for a program, in the schema `eventide.schema.compare/1`.
    ///
    /// ```
    /// use eventide_lock::{Lock, compare};
    ///
    /// let old = Lock::parse("format 1\ndomain shop")?;
    /// let new = Lock::parse("format 1\ndomain shop\nevent Shipped 1")?;
    /// let report = compare(&old, &new).to_json();
    /// assert_eq!(report["schema"], "eventide.schema.compare/1");
    /// assert_eq!(report["order"], "readers_first");
    /// assert_eq!(report["differences"][0]["kind"], "new_event");
    /// # Ok::<(), eventide_lock::ParseError>(())
    /// ```
    pub fn to_json(&self) -> Value {
        json!({
            "schema": "eventide.schema.compare/1",
            "order": self.order().word(),
            "advice": self.order().to_string(),
            "differences": self.differences.iter().map(difference).collect::<Vec<_>>(),
            "refused": self.refused().iter().map(refusal).collect::<Vec<_>>(),
        })
    }
}

fn difference(difference: &Difference) -> Value {
    let compatibility = difference.compatibility();
    let (kind, changes) = match &difference.kind {
        DifferenceKind::NewEvent => ("new_event", Vec::new()),
        DifferenceKind::NewVersion => ("new_version", Vec::new()),
        DifferenceKind::OlderVersion => ("older_version", Vec::new()),
        DifferenceKind::VersionRemoved => ("version_removed", Vec::new()),
        DifferenceKind::EventRemoved => ("event_removed", Vec::new()),
        DifferenceKind::Changed(changes) => ("changed", changes.iter().map(change).collect()),
    };
    json!({
        "event": difference.event,
        "version": difference.version,
        "kind": kind,
        "reads_old_data": compatibility.reads_old_data,
        "readable_by_old_programs": compatibility.readable_by_old_programs,
        "order": compatibility.order().word(),
        "reason": difference.reason(),
        "changes": changes,
    })
}

fn change(change: &Change) -> Value {
    let mut value = json!({
        "path": change.path.to_string(),
        "kind": change.kind.word(),
        "message": change.to_string(),
        "reads_old_data": change.compatibility.reads_old_data,
        "readable_by_old_programs": change.compatibility.readable_by_old_programs,
        "order": change.compatibility.order().word(),
        "reason": change.reason,
    });
    if let Some(value) = value.as_object_mut() {
        value.extend(details(&change.kind).map(|(key, detail)| (key.to_owned(), detail)));
    }
    value
}

fn details(kind: &ChangeKind) -> impl Iterator<Item = (&'static str, Value)> {
    let text = |key, ty: &Type| Some((key, ty.to_string().into()));
    let details = match kind {
        ChangeKind::FieldAdded { is } | ChangeKind::VariantAdded { is } => [text("is", is), None],
        ChangeKind::FieldRemoved { was } | ChangeKind::VariantRemoved { was } => {
            [text("was", was), None]
        }
        ChangeKind::FieldRenamed { from } | ChangeKind::VariantRenamed { from } => {
            [Some(("from", from.as_str().into())), None]
        }
        ChangeKind::Retyped { was, is }
        | ChangeKind::Tagging { was, is }
        | ChangeKind::Strictness { was, is }
        | ChangeKind::Length { was, is } => [text("was", was), text("is", is)],
        ChangeKind::Presence { may_be_missing } => {
            [Some(("may_be_missing", (*may_be_missing).into())), None]
        }
        ChangeKind::Reordered => [None, None],
    };
    details.into_iter().flatten()
}

fn refusal(refusal: &Refusal) -> Value {
    json!({
        "event": refusal.event,
        "version": refusal.version,
        "kind": refusal.reason.word(),
        "message": refusal.reason.to_string(),
    })
}
