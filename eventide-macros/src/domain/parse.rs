use proc_macro2::TokenStream;
use syn::{DeriveInput, Fields, Ident, Type, parse_quote_spanned};

use super::lock::{self, Locked};
use crate::diagnostics::Errors;
use crate::item;
use crate::keys::{CRATE, Form, Key, Keys};
use crate::list::{self, Entry};
use crate::names;
use crate::spans::at;

/// A domain, understood.
pub(super) struct Domain {
    pub(super) private: TokenStream,
    pub(super) ident: Ident,
    pub(super) name: String,
    pub(super) services: Type,
    pub(super) aggregates: Vec<Entry>,
    pub(super) views: Vec<Entry>,
    pub(super) projections: Vec<Entry>,
    pub(super) lock: Option<Locked>,
}

const KEYS: &[Key] = &[
    Key {
        name: "aggregates",
        form: Form::List,
        example: "aggregates(Order, Invoice)",
    },
    Key {
        name: "views",
        form: Form::List,
        example: "views(CountrySales)",
    },
    Key {
        name: "projections",
        form: Form::List,
        example: "projections(BestSellers)",
    },
    Key {
        name: "name",
        form: Form::Value,
        example: "name = \"shop\"",
    },
    Key {
        name: "services",
        form: Form::Value,
        example: "services = Services",
    },
    Key {
        name: "lock",
        form: Form::Value,
        example: "lock = \"eventide.lock\"",
    },
    CRATE,
];

pub(super) fn domain(item: &DeriveInput, errors: &mut Errors) -> Option<Domain> {
    let because = "a domain is a unit struct: `struct Shop;`";
    let data = item::as_struct(item, because, errors);
    if !matches!(item::fields(data), Fields::Unit) {
        let message = format!("`{}` has fields, but {because}", item.ident);
        errors.at(&item.ident, message);
    }
    let plain = item::without_generics(item, because, errors);
    let keys = Keys::of_attributes(&item.attrs, "domain", KEYS, errors);
    let private = keys.private(errors);
    let name = names::stored_name(&keys, &item.ident, errors);
    let services = keys
        .value("services", errors)
        .unwrap_or_else(|| parse_quote_spanned!(at(item.ident.span())=> ()));
    let aggregates = aggregates(&keys, &item.ident, errors);
    let views = listed(&keys, ("views", "view"), &item.ident, errors);
    let projections = listed(&keys, ("projections", "projection"), &item.ident, errors);
    let lock = lock::locked(&keys, errors);
    plain?;
    Some(Domain {
        private,
        name,
        services,
        aggregates,
        views,
        projections,
        lock,
        ident: item.ident.clone(),
    })
}

fn aggregates(keys: &Keys, domain: &Ident, errors: &mut Errors) -> Vec<Entry> {
    let Some(tokens) = keys.list("aggregates") else {
        let message =
            format!("`{domain}` leaves out `aggregates`\nwrite `#[domain(aggregates(Order, ..))]`");
        match keys.path() {
            Some(path) => errors.at(path, message),
            None => errors.at(domain, message),
        }
        return Vec::new();
    };
    let mut entries = list::types(tokens, "aggregate", domain, errors);
    always(&mut entries, "aggregates", errors);
    entries
}

fn listed(
    keys: &Keys,
    (key, kind): (&str, &str),
    domain: &Ident,
    errors: &mut Errors,
) -> Vec<Entry> {
    let tokens = keys.list(key).unwrap_or_default();
    let mut entries = list::types(tokens, kind, domain, errors);
    always(&mut entries, key, errors);
    entries
}

/// Refuses entries that are there under a condition only.
fn always(entries: &mut [Entry], kind: &str, errors: &mut Errors) {
    for entry in entries {
        if let Some(cfg) = entry.cfgs.first() {
            let message = format!(
                "a domain's list of {kind} is always the same: put `#[cfg(..)]` on two domains instead"
            );
            errors.at(cfg, message);
            entry.cfgs.clear();
        }
    }
}
