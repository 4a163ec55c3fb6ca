use eventide_lock::hash::fnv1a;
use proc_macro2::TokenStream;
use quote::quote_spanned;
use syn::spanned::Spanned;
use syn::{Generics, Ident, parse_quote_spanned};

use super::model::{Named, Part, Shape, Variant};
use super::parse::Shaped;
use crate::serde_attrs::Tagging;
use crate::spans::at;

/// ```text
/// impl<T> Shape for Page<T> where T: Shape {
///     const SHAPE: &'static TypeShape = &TypeShape::object(&[Field::of::<Vec<T>>("items", 0x..)]);
/// }
/// ```
pub(super) fn item(shaped: &Shaped) -> TokenStream {
    let Shaped {
        private,
        ident,
        shape,
        ..
    } = shaped;
    let generics = with_bounds(shaped);
    let (parameters, arguments, bounds) = generics.split_for_impl();
    let shape = shape.expand(private, ident);
    quote_spanned! {at(ident.span())=>
        #[automatically_derived]
        impl #parameters #private::Shape for #ident #arguments #bounds {
            const SHAPE: &'static #private::TypeShape = #shape;
        }
    }
}

/// Every type parameter that something stored is made of has a shape.
fn with_bounds(shaped: &Shaped) -> Generics {
    let private = &shaped.private;
    let mut generics = shaped.generics.clone();
    let stored: Vec<Ident> = generics
        .type_params()
        .map(|parameter| parameter.ident.clone())
        .filter(|parameter| shaped.shape.is_made_of(parameter))
        .collect();
    for parameter in stored {
        let bound = parse_quote_spanned!(at(parameter.span())=> #parameter: #private::Shape);
        generics.make_where_clause().predicates.push(bound);
    }
    generics
}

impl Shape {
    /// The shape of `item`, as an expression of type `&'static TypeShape`.
    pub(crate) fn expand(&self, private: &TokenStream, item: &Ident) -> TokenStream {
        let here = at(item.span());
        match self {
            Self::Nothing => quote_spanned!(here=> &#private::TypeShape::scalar("null")),
            Self::Opaque(name) => quote_spanned!(here=> &#private::TypeShape::opaque(#name)),
            Self::Same(part) => part.expand(private),
            Self::Tuple(parts) => {
                let parts = parts.iter().map(|part| part.expand(private));
                quote_spanned!(here=> &#private::TypeShape::tuple(&[#(#parts),*]))
            }
            Self::Object { fields, strict } => {
                let fields = fields.iter().map(|field| field.expand(private));
                let object = if *strict { "strict_object" } else { "object" };
                let object = Ident::new(object, here);
                quote_spanned!(here=> &#private::TypeShape::#object(&[#(#fields),*]))
            }
            Self::Enum { tagging, variants } => {
                let variants = variants.iter().map(|variant| variant.expand(private, item));
                let tagging = match tagging {
                    Tagging::External => quote_spanned!(here=> External),
                    Tagging::Internal(tag) => quote_spanned!(here=> Internal(#tag)),
                    Tagging::Adjacent(tag, content) => {
                        quote_spanned!(here=> Adjacent(#tag, #content))
                    }
                    Tagging::Untagged => quote_spanned!(here=> Untagged),
                };
                quote_spanned! {here=>
                    &#private::TypeShape::one_of(#private::Tagging::#tagging, &[#(#variants),*])
                }
            }
        }
    }
}

impl Part {
    fn expand(&self, private: &TokenStream) -> TokenStream {
        let ty = &self.ty;
        let here = at(ty.span());
        if let Some(name) = &self.opaque {
            quote_spanned!(here=> &#private::TypeShape::opaque(#name))
        } else {
            quote_spanned!(here=> <#ty as #private::Shape>::SHAPE)
        }
    }
}

impl Named {
    fn expand(&self, private: &TokenStream) -> TokenStream {
        let (name, ty) = (&self.name, &self.part.ty);
        let hash = fnv1a(name.as_bytes());
        let here = at(ty.span());
        let mut field = if let Some(opaque) = &self.part.opaque {
            quote_spanned! {here=>
                #private::Field::new(#name, #hash, &#private::TypeShape::opaque(#opaque))
            }
        } else {
            quote_spanned!(here=> #private::Field::of::<#ty>(#name, #hash))
        };
        if self.may_be_missing {
            field.extend(quote_spanned!(here=> .may_be_missing()));
        }
        if self.flat {
            field.extend(quote_spanned!(here=> .flat()));
        }
        field
    }
}

impl Variant {
    fn expand(&self, private: &TokenStream, item: &Ident) -> TokenStream {
        let name = &self.name;
        let hash = fnv1a(name.as_bytes());
        let here = at(item.span());
        let content = if let Some(content) = &self.content {
            content.expand(private, item)
        } else {
            quote_spanned!(here=> &#private::TypeShape::scalar("unit"))
        };
        quote_spanned!(here=> #private::Variant::new(#name, #hash, #content))
    }
}
