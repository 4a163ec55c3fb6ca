//! What serde's attributes make of an item's wire form. Each is respected or refused: a shape that
//! ignored one would vouch for something that is not stored.

mod case;
mod container;
mod field;
#[cfg(test)]
mod tests;
mod variant;

pub(crate) use case::Case;
pub(crate) use container::{Container, Tagging};
pub(crate) use field::{Field, Rules};
pub(crate) use variant::Variant;

use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, Lit, LitStr, Meta, Token};

use crate::diagnostics::Errors;

/// The attribute whose derive reads serde's, for what messages advise to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Derive {
    /// `#[derive(Event)]`
    Event,
    /// `#[derive(Shape)]`
    Shape,
}

impl Derive {
    /// What gives a field no shape but a name.
    fn opaque_field(self) -> &'static str {
        match self {
            Self::Event => "`#[event(opaque = \"name\")]` on the field",
            Self::Shape => "`#[shape(opaque = \"name\")]` on the field",
        }
    }

    /// What gives a whole type no shape but a name.
    fn opaque_type(self) -> &'static str {
        match self {
            Self::Event => "a type of its own for it, with `#[shape(opaque = \"name\")]`",
            Self::Shape => "`#[shape(opaque = \"name\")]` on the type",
        }
    }
}

/// One entry of a `#[serde(..)]`.
struct Entry {
    key: String,
    meta: Meta,
}

impl Entry {
    fn refuse(&self, message: &str, errors: &mut Errors) {
        errors.at(
            self.meta.path(),
            format!("`#[serde({})]` {message}", self.key),
        );
    }

    /// For a key this crate has not heard of.
    fn refuse_unknown(&self, instead: &str, errors: &mut Errors) {
        self.refuse(
            &format!(
                "is not known here, and may change what is stored\nleave it out, or write {instead}"
            ),
            errors,
        );
    }

    /// The text behind the `=`. If there is none, serde itself complains.
    fn text(&self) -> Option<String> {
        match &self.meta {
            Meta::NameValue(pair) => text(&pair.value).map(LitStr::value),
            Meta::List(_) | Meta::Path(_) => None,
        }
    }

    /// The text of `rename = "a"` or `rename(serialize = "a", deserialize = "a")`.
    fn one_text(&self, errors: &mut Errors) -> Option<String> {
        let Meta::List(list) = &self.meta else {
            return self.text();
        };
        let sides = list
            .parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
            .unwrap_or_default();
        let side = |name: &str| {
            let meta = sides.iter().find(|meta| meta.path().is_ident(name))?;
            let pair = meta.require_name_value().ok()?;
            text(&pair.value).map(LitStr::value)
        };
        let (written, read) = (side("serialize"), side("deserialize"));
        if written == read {
            return written;
        }
        let key = &self.key;
        self.refuse(
            &format!(
                "differs between writing and reading, and what is stored must be read again\nwrite `{key} = \"..\"`; a key that is only read is an `alias`"
            ),
            errors,
        );
        written
    }
}

/// What stands in every `#[serde(..)]` among `attrs`.
fn entries(attrs: &[Attribute], errors: &mut Errors) -> Vec<Entry> {
    let mut entries = Vec::new();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("serde")) {
        match attr.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated) {
            Ok(metas) => entries.extend(metas.into_iter().map(|meta| {
                let path = meta.path().get_ident().map(ToString::to_string);
                let key = path.unwrap_or_default();
                Entry { key, meta }
            })),
            Err(error) => errors.push(error),
        }
    }
    entries
}

fn text(value: &Expr) -> Option<&LitStr> {
    match value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some(text),
        _ => None,
    }
}
