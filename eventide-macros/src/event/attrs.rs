//! The attributes that an older version of a field keeps.

use syn::punctuated::Punctuated;
use syn::{
    Attribute, Field, FieldModifiers, Ident, LitStr, Meta, Token, Type, Visibility, parse_quote,
};

use super::steps::Removed;

/// What says something of the wire form or to a reader.
pub(super) fn kept(attrs: &[Attribute]) -> Vec<Attribute> {
    let matters = |attr: &&Attribute| attr.path().is_ident("serde") || attr.path().is_ident("doc");
    attrs.iter().filter(matters).cloned().collect()
}

/// The same for a field that has another name: it is stored as `stored` or as that name says.
pub(super) fn renamed(attrs: &[Attribute], stored: Option<&LitStr>) -> Vec<Attribute> {
    let mut attrs = without(kept(attrs), &["rename", "alias"]);
    attrs.extend(stored.map(|stored| parse_quote!(#[serde(rename = #stored)])));
    attrs
}

/// The attributes of a field that is no longer there.
pub(super) fn of_removed(removed: &Removed) -> Vec<Attribute> {
    let doc = format!("Gone since version {}.", removed.since.value);
    let mut attrs: Vec<Attribute> = vec![parse_quote!(#[doc = #doc])];
    let stored = removed.stored.as_ref();
    attrs.extend(stored.map(|stored| parse_quote!(#[serde(rename = #stored)])));
    attrs
}

/// What a whole struct says of its wire form. `crate` is for whoever derives again to say, and
/// `default` was refused.
pub(super) fn of_struct(attrs: &[Attribute]) -> Vec<Attribute> {
    let serde = attrs.iter().filter(|attr| attr.path().is_ident("serde"));
    without(serde.cloned().collect(), &["crate", "rename", "default"])
}

/// `attrs` without these keys of serde's.
fn without(attrs: Vec<Attribute>, keys: &[&str]) -> Vec<Attribute> {
    let each = |attr: Attribute| {
        let parse = Punctuated::<Meta, Token![,]>::parse_terminated;
        let Ok(metas) = attr.parse_args_with(parse) else {
            return Some(attr);
        };
        if !attr.path().is_ident("serde") {
            return Some(attr);
        }
        let stays = |meta: &Meta| !keys.iter().any(|key| meta.path().is_ident(key));
        let left: Punctuated<Meta, Token![,]> = metas.into_iter().filter(stays).collect();
        (!left.is_empty()).then(|| parse_quote!(#[serde(#left)]))
    };
    attrs.into_iter().filter_map(each).collect()
}

pub(super) fn field(
    attrs: Vec<Attribute>,
    vis: Visibility,
    ident: Option<Ident>,
    ty: Type,
) -> Field {
    Field {
        attrs,
        vis,
        modifiers: FieldModifiers::default(),
        colon_token: ident.as_ref().map(|_| <Token![:]>::default()),
        ident,
        ty,
        default: None,
    }
}
