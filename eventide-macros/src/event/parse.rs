use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, DeriveInput, Fields, Ident, LitStr, Member, Path, Type, Visibility};

use super::keys;
use super::steps::{self, Added, Changed, Number, Removed, Renamed};
use crate::diagnostics::Errors;
use crate::keys::Keys;
use crate::serde_attrs::{Container, Derive};
use crate::shape;
use crate::{item, names};

/// An event as it is written; what is `None` was left out or could not be read.
pub(super) struct Parsed {
    pub(super) keys: Keys,
    pub(super) private: TokenStream,
    pub(super) ident: Ident,
    pub(super) vis: Visibility,
    pub(super) attrs: Vec<Attribute>,
    pub(super) container: Container,
    pub(super) name: String,
    pub(super) doc: String,
    pub(super) version: Option<Number>,
    pub(super) was: Vec<LitStr>,
    pub(super) previous: Option<Path>,
    pub(super) services: Option<Type>,
    pub(super) removed: Vec<Removed>,
    pub(super) fields: Vec<Field>,
    /// The fields as the compiler sees them.
    pub(super) declared: Fields,
}

/// A field, and the steps declared on it.
pub(super) struct Field {
    pub(super) declared: syn::Field,
    pub(super) keys: Keys,
    pub(super) tag: Option<Tag>,
    pub(super) opaque: Option<String>,
    pub(super) added: Option<Added>,
    pub(super) renamed: Vec<Renamed>,
    pub(super) changed: Vec<Changed>,
}

/// A field that events can be found by.
#[derive(Clone)]
pub(super) struct Tag {
    pub(super) key: String,
    pub(super) member: Member,
    /// Where the field's type stands.
    pub(super) at: Span,
}

pub(super) fn event(item: &DeriveInput, errors: &mut Errors) -> Option<Parsed> {
    let data = item::as_struct(item, "an event is one struct", errors);
    let one_shape =
        item::without_generics(item, "an event is one stored shape under one name", errors);
    let keys = Keys::of_attributes(&item.attrs, "event", keys::ON_STRUCT, errors);
    let declared = item::fields(data);
    let parsed = Parsed {
        private: keys.private(errors),
        ident: item.ident.clone(),
        vis: item.vis.clone(),
        attrs: item.attrs.clone(),
        container: Container::of(&item.attrs, &item.data, Derive::Event, errors),
        name: names::stored_name(&keys, &item.ident, errors),
        doc: names::doc(&item.attrs),
        version: Number::of(&keys, "version", errors),
        was: keys
            .list("was")
            .map_or_else(Vec::new, |tokens| steps::texts(tokens, errors)),
        previous: keys.value("previous", errors),
        services: keys.value("services", errors),
        removed: steps::removed(&keys, errors),
        fields: declared
            .iter()
            .zip(declared.members())
            .map(|(declared, member)| field(declared, member, errors))
            .collect(),
        declared: declared.clone(),
        keys,
    };
    if let Some(reason) = parsed.keys.key("first")
        && parsed
            .keys
            .value::<LitStr>("first", errors)
            .is_some_and(|text| text.value().trim().is_empty())
    {
        errors.at(reason, "say why nothing is below: `first = \"..\"`");
    }
    one_shape.map(|()| parsed)
}

fn field(declared: &syn::Field, member: Member, errors: &mut Errors) -> Field {
    let keys = Keys::of_attributes(&declared.attrs, "event", keys::ON_FIELD, errors);
    Field {
        declared: declared.clone(),
        tag: tag(&keys, declared, member, errors),
        opaque: shape::opaque(&keys, errors),
        added: steps::added(&keys, "since", errors),
        renamed: steps::renamed(&keys, errors),
        changed: steps::changed(&keys, errors),
        keys,
    }
}

fn tag(keys: &Keys, field: &syn::Field, member: Member, errors: &mut Errors) -> Option<Tag> {
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
