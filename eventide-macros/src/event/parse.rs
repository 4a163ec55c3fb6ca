use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{DeriveInput, Field, Ident, LitStr, Member};

use crate::diagnostics::Errors;
use crate::item;
use crate::keys::{CRATE, Form, Key, Keys};
use crate::names;

/// An event, understood.
pub(super) struct Event {
    pub(super) private: TokenStream,
    pub(super) ident: Ident,
    pub(super) name: String,
    pub(super) doc: String,
    pub(super) tags: Vec<Tag>,
}

/// A field that events can be found by.
pub(super) struct Tag {
    pub(super) key: String,
    pub(super) member: Member,
    /// Where the field's type stands.
    pub(super) at: Span,
}

const NAME: Key = Key {
    name: "name",
    form: Form::Value,
    example: "name = \"order-placed\"",
};

const TAG: Key = Key {
    name: "tag",
    form: Form::FlagOrValue,
    example: "tag = \"customer\"",
};

const ON_STRUCT: &[Key] = &[NAME, CRATE];
const ON_FIELD: &[Key] = &[TAG];

pub(super) fn event(item: &DeriveInput, errors: &mut Errors) -> Option<Event> {
    let data = item::as_struct(item, "an event is one struct", errors);
    let one_shape =
        item::without_generics(item, "an event is one stored shape under one name", errors);
    let keys = Keys::of_attributes(&item.attrs, "event", ON_STRUCT, errors);
    let name = names::stored_name(&keys, &item.ident, errors);
    let private = keys.private(errors);
    let tags = item::fields(data)
        .iter()
        .zip(item::fields(data).members())
        .filter_map(|(field, member)| tag(field, member, errors))
        .collect();
    one_shape?;
    Some(Event {
        private,
        ident: item.ident.clone(),
        name,
        doc: names::doc(&item.attrs),
        tags,
    })
}

fn tag(field: &Field, member: Member, errors: &mut Errors) -> Option<Tag> {
    let keys = Keys::of_attributes(&field.attrs, "event", ON_FIELD, errors);
    let written = keys.key("tag")?;
    let key = match (keys.value::<LitStr>("tag", errors), &field.ident) {
        (Some(literal), _) => {
            let key = literal.value();
            if key.is_empty() || key.contains(|c: char| c == ':' || c.is_control()) {
                let message = "a tag's key has characters, and none of them is `:` or a control";
                errors.at(&literal, message);
            }
            key
        }
        (None, Some(ident)) => ident.unraw().to_string(),
        (None, None) => {
            errors.at(written, "the field has no name: write `tag = \"customer\"`");
            return None;
        }
    };
    Some(Tag {
        key,
        member,
        at: field.ty.span(),
    })
}
