use proc_macro2::TokenStream;
use syn::{DeriveInput, Ident, LitInt, Type};

use super::column::{self, Column};
use super::name;
use crate::diagnostics::Errors;
use crate::keys::{CRATE, Form, Key, Keys};
use crate::list::{self, Entry};
use crate::{fallback, item, names};

/// A view as it is written; what is `None` was left out or could not be read.
pub(super) struct Parsed {
    pub(super) keys: Keys,
    pub(super) private: TokenStream,
    pub(super) ident: Ident,
    pub(super) name: String,
    pub(super) version: u32,
    pub(super) doc: String,
    pub(super) key: Option<Type>,
    pub(super) observes: Vec<Entry>,
    pub(super) ignores: Vec<Entry>,
    pub(super) columns: Vec<Column>,
}

/// A view with nothing left to decide.
pub(super) struct View {
    pub(super) private: TokenStream,
    pub(super) ident: Ident,
    pub(super) name: String,
    pub(super) version: u32,
    pub(super) doc: String,
    pub(super) key: Type,
    pub(super) observes: Vec<Entry>,
    pub(super) ignores: Vec<Entry>,
    pub(super) columns: Vec<Column>,
}

const KEYS: &[Key] = &[
    Key {
        name: "key",
        form: Form::Value,
        example: "key = OrderId",
    },
    Key {
        name: "observes",
        form: Form::List,
        example: "observes(Order, CreditNote)",
    },
    Key {
        name: "ignores",
        form: Form::List,
        example: "ignores(LineAdded)",
    },
    Key {
        name: "name",
        form: Form::Value,
        example: "name = \"country-sales\"",
    },
    Key {
        name: "version",
        form: Form::Value,
        example: "version = 2",
    },
    CRATE,
];

pub(super) fn view(item: &DeriveInput, errors: &mut Errors) -> Option<Parsed> {
    let data = item::as_struct(item, "a view is one struct, its document", errors);
    let plain = item::without_generics(item, "a view is one type with one table", errors);
    let keys = Keys::of_attributes(&item.attrs, "view", KEYS, errors);
    let ident = &item.ident;
    let listed = |key: &str, kind: &str, errors: &mut Errors| {
        let tokens = keys.list(key).unwrap_or_default();
        list::types(tokens, kind, ident, errors)
    };
    let observes = listed("observes", "aggregate", errors);
    let ignores = listed("ignores", "event", errors);
    let columns = item::fields(data).iter();
    let parsed = Parsed {
        private: keys.private(errors),
        ident: ident.clone(),
        name: name::stored(&keys, ident, errors),
        version: version(&keys, errors),
        doc: names::doc(&item.attrs),
        key: keys.value("key", errors),
        observes,
        ignores,
        columns: columns
            .filter_map(|field| column::of_field(field, errors))
            .collect(),
        keys,
    };
    plain.map(|()| parsed)
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

impl View {
    /// Fills what is missing; the message about it is said already.
    pub(super) fn of(parsed: Parsed) -> Self {
        let Parsed { private, ident, .. } = parsed;
        let first_observed = parsed.observes.first().map(|entry| &entry.path);
        Self {
            key: parsed
                .key
                .unwrap_or_else(|| fallback::view_key(&private, &ident, first_observed)),
            name: parsed.name,
            version: parsed.version,
            doc: parsed.doc,
            observes: parsed.observes,
            ignores: parsed.ignores,
            columns: parsed.columns,
            private,
            ident,
        }
    }
}
