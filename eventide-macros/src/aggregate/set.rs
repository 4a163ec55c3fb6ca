//! What the enums of events and of commands have in common.

use proc_macro2::TokenStream;
use quote::quote_spanned;

use super::model::{Aggregate, Set};
use crate::names::shown;
use crate::spans::at;

/// ```text
/// /// The events of [`Order`].
/// #[derive(Debug, Clone)]
/// pub enum OrderEvent {
///     /// The event [`OrderPlaced`].
///     OrderPlaced(OrderPlaced),
/// }
/// impl From<OrderPlaced> for OrderEvent { .. }
/// ```
pub(super) fn definition(aggregate: &Aggregate, set: &Set, kind: &str) -> TokenStream {
    let Aggregate { vis, ident: me, .. } = aggregate;
    let name = &set.ident;
    let doc = format!("The {kind}s of [`{me}`].");
    let variants = set.each(|path, variant, here| {
        let doc = format!("The {kind} [`{}`].", shown(path));
        quote_spanned!(here=> #[doc = #doc] #variant(#path),)
    });
    let conversions = set.each(|path, variant, here| {
        quote_spanned! {here=>
            #[automatically_derived]
            impl ::core::convert::From<#path> for #name {
                fn from(it: #path) -> Self {
                    Self::#variant(it)
                }
            }
        }
    });
    quote_spanned! {at(me.span())=>
        #[doc = #doc]
        #[derive(::core::fmt::Debug, ::core::clone::Clone)]
        #[allow(clippy::enum_variant_names, clippy::large_enum_variant, reason = "named and sized by what is listed")]
        #vis enum #name {
            #(#variants)*
        }
        #(#conversions)*
    }
}
