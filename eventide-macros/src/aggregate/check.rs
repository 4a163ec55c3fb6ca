use quote::ToTokens;

use super::parse::Parsed;
use crate::diagnostics::Errors;
use crate::list::Entry;
use crate::names::shown;

/// An event is read as it is or as others. Entries under `#[cfg(..)]` may exclude each other.
pub(super) fn split(parsed: &mut Parsed, errors: &mut Errors) {
    let certain = |entry: &&Entry| entry.cfgs.is_empty();
    let events = parsed.events.iter().filter(certain);
    let events: Vec<_> = events.map(|entry| shown(&entry.path)).collect();
    parsed.split.retain(|entry| {
        let path = shown(&entry.path);
        let is_listed = certain(&entry) && events.contains(&path);
        if is_listed {
            let message = format!(
                "EV04: event `{path}` is listed both in `events(..)` and in `split(..)`\nkeep it in `split(..)` if it is read as other events, in `events(..)` if it is read as it is"
            );
            errors.at(&entry.path, message);
        }
        !is_listed
    });
}

/// An event or command called like the generated enums would stand in their way.
pub(super) fn names(parsed: &Parsed, errors: &mut Errors) {
    let taken = [
        format!("{}Event", parsed.ident),
        format!("{}Command", parsed.ident),
    ];
    for entry in parsed.events.iter().chain(&parsed.commands) {
        let name = entry.path.to_token_stream().to_string();
        if taken.contains(&name) {
            let message = format!(
                "`{name}` is the name of an enum that `#[derive(Aggregate)]` writes for `{}`\nrename the struct",
                parsed.ident,
            );
            errors.at(&entry.path, message);
        }
    }
}
