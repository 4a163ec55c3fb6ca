use super::parse::Parsed;
use crate::diagnostics::Errors;

/// Names every key that is missing, in one message.
pub(super) fn required(parsed: &Parsed, errors: &mut Errors) {
    let required = ["key", "observes"];
    parsed.keys.require(&required, &parsed.ident, errors);
}

/// A bound cannot stand under `#[cfg(..)]`, and which documents there are must not depend on it.
pub(super) fn observes(parsed: &mut Parsed, errors: &mut Errors) {
    for entry in &mut parsed.observes {
        if let Some(cfg) = entry.cfgs.first() {
            let message =
                "a view always observes the same aggregates: put `#[cfg(..)]` on two views instead";
            errors.at(cfg, message);
            entry.cfgs.clear();
        }
    }
}
