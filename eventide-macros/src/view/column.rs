use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Field, Ident, Type, Visibility};

use crate::diagnostics::Errors;
use crate::keys::{Form, Key, Keys};

/// A field that is kept as a typed column.
pub(super) struct Column {
    pub(super) ident: Ident,
    pub(super) name: String,
    pub(super) ty: Type,
    pub(super) vis: Visibility,
    pub(super) unique: bool,
}

const KEYS: &[Key] = &[
    Key {
        name: "index",
        form: Form::Flag,
        example: "index",
    },
    Key {
        name: "unique",
        form: Form::Flag,
        example: "unique",
    },
];

pub(super) fn of_field(field: &Field, errors: &mut Errors) -> Option<Column> {
    let keys = Keys::of_attributes(&field.attrs, "view", KEYS, errors);
    let key = keys.key("unique").or_else(|| keys.key("index"))?;
    if let (Some(index), true) = (keys.key("index"), keys.has("unique")) {
        errors.at(index, "`unique` is an index already: remove `index`");
    }
    let Some(ident) = &field.ident else {
        errors.at(key, "the field has no name, and so no column");
        return None;
    };
    let name = ident.unraw().to_string();
    Some(Column {
        ident: ident.clone(),
        name,
        ty: field.ty.clone(),
        vis: field.vis.clone(),
        unique: keys.has("unique"),
    })
}

impl Column {
    /// The type, meaning what it means, and where it stands.
    pub(super) fn located(&self) -> (TokenStream, proc_macro2::Span) {
        (self.ty.to_token_stream(), self.ty.span())
    }
}
