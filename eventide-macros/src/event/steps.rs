//! The steps that are declared on an event and its fields, as they are written.

use proc_macro2::TokenStream;
use syn::parse::Parse;
use syn::{Expr, ExprPath, Ident, LitInt, LitStr, Type};

use super::keys;
use crate::diagnostics::Errors;
use crate::keys::{Key, Keys};

/// A version, as it is written.
pub(super) struct Number {
    pub(super) value: u32,
    pub(super) literal: LitInt,
}

impl Number {
    /// The number behind a key's `=`.
    pub(super) fn of(keys: &Keys, name: &str, errors: &mut Errors) -> Option<Self> {
        let literal: LitInt = keys.value(name, errors)?;
        let value = literal
            .base10_parse()
            .map_err(|error| errors.push(error))
            .ok()?;
        Some(Self { value, literal })
    }
}

/// `since = 2, default = 0`
pub(super) struct Added {
    pub(super) since: Number,
    /// `None`: it was left out.
    pub(super) fill: Option<Fill>,
}

/// What a field holds that was not there before.
pub(super) enum Fill {
    /// `default`, and where it stands.
    Default(Ident),
    /// `default = 0`
    Expression(Expr),
}

impl Fill {
    pub(super) fn of(keys: &Keys, errors: &mut Errors) -> Option<Self> {
        let key = keys.key("default")?;
        if keys.list("default").is_none() {
            return Some(Self::Default(key.clone()));
        }
        keys.value("default", errors).map(Self::Expression)
    }
}

/// `renamed(since = 3, from = client)`
pub(super) struct Renamed {
    pub(super) since: Number,
    pub(super) from: Ident,
    /// What it was stored as, if not as `from` says.
    pub(super) stored: Option<LitStr>,
}

/// `changed(since = 4, from = u32, with = u64::from)`
pub(super) struct Changed {
    pub(super) key: Ident,
    pub(super) since: Number,
    pub(super) from: Type,
    pub(super) conversion: Conversion,
}

/// How a value of the old type becomes one of the new.
pub(super) enum Conversion {
    /// `with = u64::from`
    Total(ExprPath),
    /// `try_with = parse_amount`
    Fallible(ExprPath),
}

/// `removed(since = 3, name = note, ty = String)`
pub(super) struct Removed {
    pub(super) since: Number,
    pub(super) name: Ident,
    pub(super) ty: Type,
    /// If it was not there from the start: `added = 2, default`.
    pub(super) added: Option<Added>,
    /// What it was stored as, if not by its name.
    pub(super) stored: Option<LitStr>,
}

/// One list of a key that may come several times.
struct List<'a> {
    key: &'a Ident,
    keys: Keys,
    example: &'static str,
}

impl<'a> List<'a> {
    fn all(
        outer: &'a Keys,
        name: &'static str,
        within: &'static [Key],
        errors: &mut Errors,
    ) -> Vec<Self> {
        let place = format!("{name}(..)");
        let example = outer.example(name);
        outer
            .lists(name)
            .map(|(key, tokens)| Self {
                key,
                keys: Keys::of_list(tokens, &place, within, errors),
                example,
            })
            .collect()
    }

    /// Says which of the keys are left out, all in one message.
    fn require(&self, names: &[&str], errors: &mut Errors) {
        let missing: Vec<_> = names
            .iter()
            .filter(|name| !self.keys.has(name))
            .copied()
            .collect();
        if !missing.is_empty() {
            let (key, missing) = (self.key, missing.join("`, `"));
            let message = format!(
                "`{key}(..)` leaves out `{missing}`\nwrite `{}`",
                self.example
            );
            errors.at(key, message);
        }
    }

    fn since(&self, errors: &mut Errors) -> Option<Number> {
        Number::of(&self.keys, "since", errors)
    }

    fn value<T: Parse>(&self, name: &str, errors: &mut Errors) -> Option<T> {
        self.keys.value(name, errors)
    }
}

pub(super) fn renamed(field: &Keys, errors: &mut Errors) -> Vec<Renamed> {
    let lists = List::all(field, "renamed", keys::OF_RENAMED, errors);
    let read = |list: &List<'_>| {
        list.require(&["since", "from"], errors);
        let (since, from) = (list.since(errors), list.value("from", errors));
        let stored = list.value("rename", errors);
        Some(Renamed {
            since: since?,
            from: from?,
            stored,
        })
    };
    lists.iter().filter_map(read).collect()
}

pub(super) fn changed(field: &Keys, errors: &mut Errors) -> Vec<Changed> {
    let lists = List::all(field, "changed", keys::OF_CHANGED, errors);
    let read = |list: &List<'_>| {
        list.require(&["since", "from"], errors);
        let (since, from) = (list.since(errors), list.value("from", errors));
        let conversion = conversion(list, errors);
        Some(Changed {
            key: list.key.clone(),
            since: since?,
            from: from?,
            conversion: conversion?,
        })
    };
    lists.iter().filter_map(read).collect()
}

fn conversion(list: &List<'_>, errors: &mut Errors) -> Option<Conversion> {
    let with = list.value("with", errors).map(Conversion::Total);
    let try_with = list.value("try_with", errors).map(Conversion::Fallible);
    match (list.keys.key("with"), list.keys.key("try_with")) {
        (Some(_), Some(second)) => {
            let message = "a value is converted in one way\nkeep `with` if it cannot fail, `try_with` if it can";
            errors.at(second, message);
        }
        (None, None) => errors.at(
            list.key,
            "`changed(..)` does not say how an old value becomes a new one\nwrite `with = path` to a function, or `try_with = path` to one that can fail",
        ),
        _ => {}
    }
    with.or(try_with)
}

pub(super) fn removed(event: &Keys, errors: &mut Errors) -> Vec<Removed> {
    let lists = List::all(event, "removed", keys::OF_REMOVED, errors);
    let read = |list: &List<'_>| {
        list.require(&["since", "name", "ty"], errors);
        let since = list.since(errors);
        let (name, ty) = (list.value("name", errors), list.value("ty", errors));
        let added = added(&list.keys, "added", errors);
        let stored = list.value("rename", errors);
        Some(Removed {
            since: since?,
            name: name?,
            ty: ty?,
            added,
            stored,
        })
    };
    lists.iter().filter_map(read).collect()
}

/// `since = 2, default`, where `key` is what `since` is called.
pub(super) fn added(keys: &Keys, key: &str, errors: &mut Errors) -> Option<Added> {
    let since = Number::of(keys, key, errors);
    let fill = Fill::of(keys, errors);
    if let Some(default) = keys.key("default")
        && !keys.has(key)
    {
        let message = format!(
            "`default` is for older events, which have no value\nwrite `{key} = 2`, too: the version that brought the field"
        );
        errors.at(default, message);
    }
    Some(Added {
        since: since?,
        fill,
    })
}

/// The strings of `was("OrderOpened", "OrderCreated")`.
pub(super) fn texts(tokens: TokenStream, errors: &mut Errors) -> Vec<LitStr> {
    use syn::parse::Parser;
    syn::punctuated::Punctuated::<LitStr, syn::Token![,]>::parse_terminated
        .parse2(tokens)
        .map_err(|error| errors.push(error))
        .map(|texts| texts.into_iter().collect())
        .unwrap_or_default()
}
