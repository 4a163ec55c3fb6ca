use proc_macro2::TokenStream;
use syn::{DeriveInput, Ident, LitInt};

use super::name;
use crate::diagnostics::Errors;
use crate::keys::{Form, Key, Keys};
use crate::list::{self, Entry};
use crate::names;

/// A view or a projection.
pub(crate) struct ReadModel {
    pub(crate) private: TokenStream,
    pub(crate) ident: Ident,
    /// Which of the two: `view`, as its attribute is called.
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    pub(crate) version: u32,
    pub(crate) doc: String,
    pub(crate) observes: Vec<Entry>,
    pub(crate) ignores: Vec<Entry>,
}

pub(crate) const OBSERVES: Key = Key {
    name: "observes",
    form: Form::List,
    example: "observes(Order, CreditNote)",
};

pub(crate) const IGNORES: Key = Key {
    name: "ignores",
    form: Form::List,
    example: "ignores(LineAdded)",
};

pub(crate) const NAME: Key = Key {
    name: "name",
    form: Form::Value,
    example: "name = \"country-sales\"",
};

pub(crate) const VERSION: Key = Key {
    name: "version",
    form: Form::Value,
    example: "version = 2",
};

pub(crate) fn read_model(
    item: &DeriveInput,
    kind: &'static str,
    keys: &Keys,
    errors: &mut Errors,
) -> ReadModel {
    let ident = &item.ident;
    let listed = |key: &str, what: &str, errors: &mut Errors| {
        let tokens = keys.list(key).unwrap_or_default();
        list::types(tokens, what, ident, errors)
    };
    let mut observes = listed("observes", "aggregate", errors);
    let ignores = listed("ignores", "event", errors);
    let read_model = ReadModel {
        private: keys.private(errors),
        ident: ident.clone(),
        kind,
        name: name::stored(kind, keys, ident, errors),
        version: version(keys, errors),
        doc: names::doc(&item.attrs),
        observes: Vec::new(),
        ignores,
    };
    for entry in &mut observes {
        always_observed(kind, entry, errors);
    }
    ReadModel {
        observes,
        ..read_model
    }
}

/// A bound cannot stand under `#[cfg(..)]`, and which read models there are must not depend on it.
fn always_observed(kind: &str, entry: &mut Entry, errors: &mut Errors) {
    if let Some(cfg) = entry.cfgs.first() {
        let message = format!(
            "a {kind} always observes the same aggregates: put `#[cfg(..)]` on two {kind}s instead"
        );
        errors.at(cfg, message);
        entry.cfgs.clear();
    }
}

fn version(keys: &Keys, errors: &mut Errors) -> u32 {
    let Some(literal) = keys.value::<LitInt>("version", errors) else {
        return 1;
    };
    match literal.base10_parse() {
        Ok(0) => errors.at(&literal, "versions begin at 1"),
        Ok(version) => return version,
        Err(error) => errors.push(error),
    }
    1
}
