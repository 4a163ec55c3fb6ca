use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::Type;

use crate::serde_attrs::Tagging;

/// What is stored of a type, as far as its declaration says.
#[derive(Clone)]
pub(crate) enum Shape {
    /// `null`
    Nothing,
    /// Only a name is known of it.
    Opaque(String),
    /// What its one part is.
    Same(Part),
    /// Its parts in a row.
    Tuple(Vec<Part>),
    /// Its fields by name.
    Object {
        fields: Vec<Named>,
        /// Unknown keys are refused.
        strict: bool,
    },
    /// One of several.
    Enum {
        tagging: Tagging,
        variants: Vec<Variant>,
    },
}

/// A value of some type.
#[derive(Clone)]
pub(crate) struct Part {
    pub(crate) ty: Type,
    /// What its shape is called, if that is all there is to it.
    pub(crate) opaque: Option<String>,
}

/// A value with a key.
#[derive(Clone)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) part: Part,
    pub(crate) may_be_missing: bool,
    /// Its own fields stand beside its neighbours.
    pub(crate) flat: bool,
}

/// One alternative of an enum.
#[derive(Clone)]
pub(crate) struct Variant {
    /// What it is stored as; of an untagged enum its number.
    pub(crate) name: String,
    /// `None` if it has no content.
    pub(crate) content: Option<Shape>,
}

impl Shape {
    /// Everything it is made of.
    pub(super) fn parts_mut(&mut self) -> Vec<&mut Part> {
        match self {
            Self::Nothing | Self::Opaque(_) => Vec::new(),
            Self::Same(part) => vec![part],
            Self::Tuple(parts) => parts.iter_mut().collect(),
            Self::Object { fields, .. } => fields.iter_mut().map(|field| &mut field.part).collect(),
            Self::Enum { variants, .. } => variants
                .iter_mut()
                .filter_map(|variant| variant.content.as_mut())
                .flat_map(Self::parts_mut)
                .collect(),
        }
    }

    /// Whether something that is not opaque is made of the type of that name.
    pub(super) fn is_made_of(&self, name: &Ident) -> bool {
        let part = |part: &Part| part.opaque.is_none() && mentions(&part.ty, name);
        match self {
            Self::Nothing | Self::Opaque(_) => false,
            Self::Same(one) => part(one),
            Self::Tuple(parts) => parts.iter().any(part),
            Self::Object { fields, .. } => fields.iter().any(|field| part(&field.part)),
            Self::Enum { variants, .. } => variants
                .iter()
                .filter_map(|variant| variant.content.as_ref())
                .any(|content| content.is_made_of(name)),
        }
    }
}

/// Whether a type is made of another, which goes by a name without a path.
pub(super) fn mentions<N: ?Sized>(ty: &Type, name: &N) -> bool
where
    Ident: PartialEq<N>,
{
    fn any<N: ?Sized>(tokens: TokenStream, name: &N) -> bool
    where
        Ident: PartialEq<N>,
    {
        let mut in_path = false;
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(ident) => !in_path && ident == *name,
            TokenTree::Group(group) => any(group.stream(), name),
            TokenTree::Punct(punct) => {
                in_path = punct.as_char() == ':';
                false
            }
            TokenTree::Literal(_) => false,
        })
    }
    any(ty.to_token_stream(), name)
}
