//! Names: of the event over time, and of its fields in each version.

use std::collections::HashSet;

use super::super::model::Event;
use super::super::parse::Parsed;
use crate::diagnostics::Errors;

/// Names the event had before are not its own, and no two are alike.
pub(super) fn was(parsed: &Parsed, errors: &mut Errors) {
    let mut seen = HashSet::new();
    for literal in &parsed.was {
        let name = literal.value();
        if name.is_empty() || name.contains(char::is_control) {
            let message = "a stored name has characters, and none of them is a control";
            errors.at(literal, message);
        } else if name == parsed.name {
            let message = format!(
                "EV05: `{}` is called `{name}` now\n`was(..)` holds the names it was stored by before",
                parsed.ident
            );
            errors.at(literal, message);
        } else if !seen.insert(name.clone()) {
            let message = format!("EV05: `was(..)` names `{name}` twice\nremove one");
            errors.at(literal, message);
        }
    }
}

/// In no version two fields are called or stored alike.
pub(in super::super) fn clashes(event: &Event, errors: &mut Errors) {
    // A pair that clashes in several versions is one mistake.
    let mut said = HashSet::new();
    for version in event.versions.clone().rev() {
        let (mut called, mut stored) = (HashSet::new(), HashSet::new());
        for life in event.fields_in(version) {
            let Some(ident) = life.ident(version) else {
                continue;
            };
            let serde = event.stored(life, version);
            let has_key = !serde.skipped && !serde.flat;
            let (what, name) = if !called.insert(ident.clone()) {
                ("called", ident.to_string())
            } else if has_key && !stored.insert(serde.name.clone()) {
                ("stored as", serde.name)
            } else {
                continue;
            };
            if said.insert((ident.clone(), name.clone())) {
                let message = format!(
                    "EV05: in version {version} of `{}` two fields are {what} `{name}`\nrename one of them",
                    event.ident
                );
                errors.at(ident, message);
            }
        }
    }
}
