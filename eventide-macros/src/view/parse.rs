use syn::ext::IdentExt;
use syn::{DeriveInput, Type};

use super::column::{self, Column};
use crate::diagnostics::Errors;
use crate::keys::{CRATE, Form, Key, Keys};
use crate::read_model::{self, IGNORES, NAME, OBSERVES, ReadModel, VERSION};
use crate::{fallback, item};

/// A view as it is written; what is `None` was left out or could not be read.
pub(super) struct Parsed {
    pub(super) keys: Keys,
    pub(super) read_model: ReadModel,
    pub(super) key: Option<Type>,
    pub(super) columns: Vec<Column>,
    /// The names of its fields.
    pub(super) fields: Vec<String>,
}

/// A view with nothing left to decide.
pub(super) struct View {
    pub(super) read_model: ReadModel,
    pub(super) key: Type,
    pub(super) columns: Vec<Column>,
    pub(super) fields: Vec<String>,
}

const KEYS: &[Key] = &[
    Key {
        name: "key",
        form: Form::Value,
        example: "key = OrderId",
    },
    OBSERVES,
    IGNORES,
    NAME,
    VERSION,
    CRATE,
];

pub(super) fn view(item: &DeriveInput, errors: &mut Errors) -> Option<Parsed> {
    let data = item::as_struct(item, "a view is one struct, its document", errors);
    let plain = item::without_generics(item, "a view is one type with one table", errors);
    let keys = Keys::of_attributes(&item.attrs, "view", KEYS, errors);
    let columns = item::fields(data).iter();
    let fields = columns.clone().enumerate();
    let fields = fields.map(|(at, field)| match &field.ident {
        Some(ident) => ident.unraw().to_string(),
        None => at.to_string(),
    });
    let parsed = Parsed {
        read_model: read_model::parse(item, "view", &keys, errors),
        key: keys.value("key", errors),
        columns: columns
            .filter_map(|field| column::of_field(field, errors))
            .collect(),
        fields: fields.collect(),
        keys,
    };
    plain.map(|()| parsed)
}

impl View {
    /// Fills what is missing; the message about it is said already.
    pub(super) fn of(parsed: Parsed) -> Self {
        let ReadModel {
            private,
            ident,
            observes,
            ..
        } = &parsed.read_model;
        let first_observed = observes.first().map(|entry| &entry.path);
        let key = parsed.key;
        Self {
            key: key.unwrap_or_else(|| fallback::view_key(private, ident, first_observed)),
            columns: parsed.columns,
            fields: parsed.fields,
            read_model: parsed.read_model,
        }
    }
}
