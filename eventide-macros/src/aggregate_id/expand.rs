use proc_macro2::TokenStream;
use quote::quote_spanned;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::parse::AggregateId;
use crate::spans::{at, relocated};

/// ```text
/// impl AggregateId for OrderId { fn parse(text: &str) -> Result<Self, InvalidAggregateId> { text.parse() } }
/// impl Display for OrderId { .. }          // as the inner type
/// impl FromStr for OrderId { type Err = InvalidAggregateId; .. }
/// impl From<String> for OrderId { .. }
/// ```
pub(super) fn aggregate_id(id: &AggregateId) -> TokenStream {
    let AggregateId {
        private,
        ident,
        member,
        inner,
    } = id;
    let name = ident.unraw().to_string();
    let located = relocated(private, at(inner.span()));
    let parsed = quote_spanned!(at(inner.span())=> #located::parse_id::<#inner>(text, #name)?);
    let shown =
        quote_spanned!(at(inner.span())=> <#inner as ::core::fmt::Display>::fmt(&self.#member, f));
    quote_spanned! {at(ident.span())=>
        #[automatically_derived]
        impl #private::AggregateId for #ident {
            fn parse(text: &::core::primitive::str) -> ::core::result::Result<Self, #private::InvalidAggregateId> {
                ::core::str::FromStr::from_str(text)
            }
        }
        #[automatically_derived]
        impl ::core::fmt::Display for #ident {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                #shown
            }
        }
        #[automatically_derived]
        impl ::core::str::FromStr for #ident {
            type Err = #private::InvalidAggregateId;
            fn from_str(text: &::core::primitive::str) -> ::core::result::Result<Self, Self::Err> {
                ::core::result::Result::Ok(Self { #member: #parsed })
            }
        }
        #[automatically_derived]
        impl ::core::convert::From<#inner> for #ident {
            fn from(inner: #inner) -> Self {
                Self { #member: inner }
            }
        }
    }
}
