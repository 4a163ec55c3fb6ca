//! Every version is led to from the one below, or it is said why not.

use std::ops::RangeInclusive;

use syn::Ident;

use super::super::parse::{Field, Parsed};
use super::super::steps::Number;
use crate::diagnostics::Errors;
use crate::keys::Keys;
use crate::names::shown;

/// How many gaps one message names.
const NAMED: usize = 3;

/// The versions whose structs the derive knows. Their lowest is the one that a written step leads
/// to, or the first of all.
pub(super) fn what_is_below(
    parsed: &Parsed,
    current: u32,
    errors: &mut Errors,
) -> RangeInclusive<u32> {
    let steps: Vec<_> = declared(parsed).collect();
    let is_declared = |version: u32| steps.iter().any(|step| step.value == version);
    let mut lowest = current;
    while lowest > 1 && is_declared(lowest) {
        lowest -= 1;
    }
    let said = said(parsed, errors);
    if let (true, Some(key)) = (lowest == 1, said) {
        let message = format!(
            "EV05: `{}` is declared from version 1 on, and there is nothing before that\nraise `version`, or leave `{key}` out",
            parsed.ident
        );
        errors.at(key, message);
    } else if let Some(key) = said {
        for step in steps
            .iter()
            .filter(|step| (2..=lowest).contains(&step.value))
        {
            below_what_is_said(step, lowest, key, parsed, errors);
        }
    } else if lowest > 1 && !is_unclear(parsed, &steps) {
        let mut missing = (2..=lowest).filter(|version| !is_declared(*version));
        let missing: Vec<_> = missing.by_ref().take(NAMED).collect();
        gap(parsed, current, &missing, errors);
    }
    if is_nameless(parsed) {
        return current..=current;
    }
    lowest..=current
}

/// Its fields have no names, so that no step can be declared.
pub(super) fn is_nameless(parsed: &Parsed) -> bool {
    !matches!(parsed.declared, syn::Fields::Named(_))
}

/// The version of every declared step.
fn declared(parsed: &Parsed) -> impl Iterator<Item = &Number> {
    let on_fields = parsed.fields.iter().flat_map(|field| {
        let added = field.added.iter().map(|step| &step.since);
        let renamed = field.renamed.iter().map(|step| &step.since);
        let changed = field.changed.iter().map(|step| &step.since);
        added.chain(renamed).chain(changed)
    });
    let removed = parsed.removed.iter().flat_map(|removed| {
        let added = removed.added.iter().map(|added| &added.since);
        added.chain([&removed.since])
    });
    on_fields.chain(removed)
}

/// Whether a step is there that could not be understood, or stands where none can: what it leads to
/// is then not missing.
fn is_unclear(parsed: &Parsed, steps: &[&Number]) -> bool {
    let current = parsed.version.as_ref().map_or(1, |version| version.value);
    let is_out_of_range = |step: &&Number| !(2..=current).contains(&step.value);
    let is_lost = |field: &Field| {
        let read = field.renamed.len() + field.changed.len() + usize::from(field.added.is_some());
        written(&field.keys) > read
    };
    is_nameless(parsed) && !steps.is_empty()
        || written(&parsed.keys) > parsed.removed.len()
        || parsed.fields.iter().any(is_lost)
        || steps.iter().any(is_out_of_range)
}

/// How many steps are written, understood or not.
fn written(keys: &Keys) -> usize {
    let lists = ["renamed", "changed", "removed"].map(|name| keys.lists(name).count());
    lists.iter().sum::<usize>() + usize::from(keys.has("since"))
}

/// What is said of older versions, if anything is: one of three keys.
fn said<'a>(parsed: &'a Parsed, errors: &mut Errors) -> Option<&'a Ident> {
    let keys = ["previous", "raw", "first"].map(|name| parsed.keys.key(name));
    let mut given = keys.into_iter().flatten();
    let first = given.next();
    if let (Some(first), Some(second)) = (first, given.next()) {
        let message = format!(
            "EV05: `{first}` and `{second}` say different things of what is below\nkeep one: `previous = ..` for a step from a struct, `raw` for one from JSON, `first = \"why\"` for none"
        );
        errors.at(second, message);
    }
    if let (Some(services), false) = (parsed.keys.key("services"), parsed.keys.has("previous")) {
        let message = "EV05: `services` is what a written step asks, and there is none\nwrite `previous = ..`, too: the struct it leads from";
        errors.at(services, message);
    }
    first
}

fn below_what_is_said(
    step: &Number,
    lowest: u32,
    key: &Ident,
    parsed: &Parsed,
    errors: &mut Errors,
) {
    let version = step.value;
    let advice = match &parsed.previous {
        Some(previous) => format!("declare it on `{}`", shown(previous)),
        None => format!("declare the versions from {version} to {lowest}, too, or leave it out"),
    };
    let message = format!(
        "EV05: `{key}` stands for all that is below version {lowest}, and this step leads to version {version}\n{advice}"
    );
    errors.at(&step.literal, message);
}

fn gap(parsed: &Parsed, current: u32, missing: &[u32], errors: &mut Errors) {
    let event = &parsed.ident;
    let Some(highest) = missing.last() else {
        return;
    };
    let numbers: Vec<_> = missing.iter().map(ToString::to_string).collect();
    let versions = match numbers.as_slice() {
        [one] => format!("version {one}"),
        [rest @ .., last] => format!("versions {} and {last}", rest.join(", ")),
        [] => return,
    };
    let message = format!(
        "EV05: `{event}` is at version {current}, and nothing leads to {versions}\ndeclare what changed: `since = {highest}` on a field, `removed(since = {highest}, ..)` on the struct;\nor write the step: `previous = {event}V{}`, `raw`; or say that there is none: `first = \"why\"`",
        highest - 1,
    );
    match &parsed.version {
        Some(version) => errors.at(&version.literal, message),
        None => errors.at(event, message),
    }
}
