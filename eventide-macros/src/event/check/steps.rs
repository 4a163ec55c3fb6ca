//! Each step stands at a version that there is, in order, and says what it must.

use syn::Ident;

use super::super::parse::{Field, Parsed};
use super::super::steps::{Added, Number};
use super::below::is_nameless;
use crate::diagnostics::Errors;
use crate::serde_attrs::{self, Derive};

/// Without names there is nothing that could be told apart.
pub(super) fn of_nameless(parsed: &Parsed, errors: &mut Errors) {
    if !is_nameless(parsed) {
        return;
    }
    let on_fields = parsed
        .fields
        .iter()
        .flat_map(|field| ["since", "renamed", "changed"].map(|key| field.keys.key(key)));
    for key in on_fields.chain([parsed.keys.key("removed")]).flatten() {
        let message = format!(
            "EV05: `{key}` is for fields with names, and `{}` has none\nwrite the step by hand: `previous = ..` on the struct",
            parsed.ident
        );
        errors.at(key, message);
    }
}

pub(super) fn of_fields(parsed: &Parsed, current: u32, errors: &mut Errors) {
    for field in &parsed.fields {
        let since = field.added.as_ref();
        if let Some(added) = since {
            in_range(&added.since, "since", parsed, current, errors);
            filled(added, &field_name(field), errors);
        }
        let renamed = field.renamed.iter().map(|step| &step.since);
        in_order("renamed", renamed, since, parsed, current, errors);
        let changed = field.changed.iter().map(|step| &step.since);
        in_order("changed", changed, since, parsed, current, errors);
        renamed_to_another(field, errors);
        stored_by_its_type(parsed, field, errors);
    }
}

pub(super) fn of_removed(parsed: &Parsed, current: u32, errors: &mut Errors) {
    for removed in &parsed.removed {
        in_range(&removed.since, "since", parsed, current, errors);
        let Some(added) = &removed.added else {
            continue;
        };
        in_range(&added.since, "added", parsed, current, errors);
        filled(added, &removed.name.to_string(), errors);
        let (came, gone) = (added.since.value, removed.since.value);
        if came >= gone {
            let message = format!(
                "EV05: field `{}` is added in version {came} and gone since version {gone}\n`added` is below `since`",
                removed.name
            );
            errors.at(&added.since.literal, message);
        }
    }
}

fn field_name(field: &Field) -> String {
    let ident = field.declared.ident.as_ref();
    ident.map_or_else(String::new, Ident::to_string)
}

/// A step leads from a version that there is to one that there is.
fn in_range(number: &Number, key: &str, parsed: &Parsed, current: u32, errors: &mut Errors) {
    let (version, literal, event) = (number.value, &number.literal, &parsed.ident);
    if version < 2 {
        let message = format!(
            "EV05: nothing came before version 1\n`{key}` names the version that brought the change, 2 or later"
        );
        errors.at(literal, message);
    } else if version > current {
        let message = format!(
            "EV05: `{event}` has no version {version}: it is at version {current}\nwrite `#[event(version = {version})]` on it, or the version that brought the change"
        );
        errors.at(literal, message);
    }
}

/// What an older event holds is known.
fn filled(added: &Added, field: &str, errors: &mut Errors) {
    if added.fill.is_some() {
        return;
    }
    let version = added.since.value;
    let message = format!(
        "EV05: field `{field}` came with version {version}, and what an older event holds there is not said\nwrite `default = ..`, or `default` for the type's own"
    );
    errors.at(&added.since.literal, message);
}

/// The steps of one kind go upwards, from when the field was there.
fn in_order<'a>(
    kind: &str,
    steps: impl Iterator<Item = &'a Number>,
    added: Option<&Added>,
    parsed: &Parsed,
    current: u32,
    errors: &mut Errors,
) {
    let mut before: Option<u32> = None;
    for step in steps {
        let (version, literal) = (step.value, &step.literal);
        in_range(step, "since", parsed, current, errors);
        match before {
            Some(other) if other == version => {
                let message = format!(
                    "EV05: a field is `{kind}` twice by version {version}\nkeep one, or give the other its own version"
                );
                errors.at(literal, message);
            }
            Some(other) if other > version => {
                let message = format!(
                    "EV05: version {version} stands after version {other}\nput the steps of a field in the order of their versions"
                );
                errors.at(literal, message);
            }
            _ => {}
        }
        before = Some(version);
        if let Some(added) = added
            && version <= added.since.value
        {
            let since = added.since.value;
            let message = format!(
                "EV05: a field that came with version {since} cannot be `{kind}` by version {version}\ngive the step a later version, or the field an earlier one"
            );
            errors.at(literal, message);
        }
    }
}

/// Each older name is another.
fn renamed_to_another(field: &Field, errors: &mut Errors) {
    let older = field.renamed.iter().map(|step| &step.from);
    let newer = older.clone().skip(1).chain(field.declared.ident.as_ref());
    for (older, newer) in older.zip(newer) {
        if older == newer {
            let message = format!(
                "EV05: the field is called `{older}` before and after\n`from` is its older name"
            );
            errors.at(older, message);
        }
    }
}

/// What is done to a field's type must be done to what is stored.
fn stored_by_its_type(parsed: &Parsed, field: &Field, errors: &mut Errors) {
    let mut unheard = Errors::default();
    let rules = parsed.container.rules();
    let serde = serde_attrs::Field::of(&field.declared, rules, true, Derive::Event, &mut unheard);
    unheard.finish();
    if serde.by_functions
        && let Some(step) = field.changed.first()
    {
        let message = "EV05: what this field's functions wrote for its older type is not known\nwrite the step by hand: `previous = ..` on the struct";
        errors.at(&step.key, message);
    }
    if serde.skipped {
        for key in ["since", "renamed", "changed"] {
            if let Some(key) = field.keys.key(key) {
                let message = format!(
                    "EV05: `{key}` is for what is stored, and `#[serde(skip)]` leaves the field out\nremove one of them"
                );
                errors.at(key, message);
            }
        }
    }
}

/// An older version has no `Default` of its own.
pub(super) fn of_defaults(parsed: &Parsed, errors: &mut Errors) {
    let on_field = |field: &'_ Field| {
        let keys = ["since", "renamed", "changed"];
        keys.into_iter()
            .find_map(|key| field.keys.key(key).cloned())
    };
    let on_struct = parsed.keys.key("removed").cloned();
    let step = on_struct.or_else(|| parsed.fields.iter().find_map(on_field));
    if let (true, Some(step)) = (parsed.container.default, step) {
        let message = "EV05: `#[serde(default)]` on the struct is not known of its older versions\nput `#[serde(default)]` on the fields";
        errors.at(step, message);
    }
}
