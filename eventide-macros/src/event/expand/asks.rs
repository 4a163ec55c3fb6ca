use proc_macro2::TokenStream;
use quote::quote_spanned;

use super::{From, Version};
use crate::spans::at;

/// ```text
/// impl<S> Asks<S> for OrderPlaced where OrderPlacedV2: Asks<S> {
///     fn find(services: &S, wanted: TypeId) -> Option<&(dyn Any + Send + Sync)> {
///         <OrderPlacedV2 as Asks<S>>::find(services, wanted)
///     }
/// }
/// ```
pub(super) fn asks(version: &Version<'_>) -> TokenStream {
    let Version {
        event, ident, from, ..
    } = version;
    let private = &event.private;
    let here = at(ident.span());
    let none = quote_spanned!(here=> ::core::option::Option::None);
    let (bound, body) = match version.previous() {
        None => (None, none),
        Some((previous, here)) => (
            Some(quote_spanned!(here=> #previous: #private::Asks<__S>,)),
            quote_spanned!(here=> <#previous as #private::Asks<__S>>::find(services, wanted)),
        ),
    };
    let own = match from {
        From::WithServices(_, services) => Some(services),
        _ => None,
    };
    let provides = own.map(|services| quote_spanned!(here=> __S: #private::Provide<#services>,));
    let bounds = bound.map(|bound| quote_spanned!(here=> where #provides #bound));
    let own = own.map(|services| {
        quote_spanned! {here=>
            if wanted == ::core::any::TypeId::of::<#services>() {
                let services = <__S as #private::Provide<#services>>::provide(services);
                return ::core::option::Option::Some(services);
            }
        }
    });
    quote_spanned! {here=>
        #[automatically_derived]
        impl<__S> #private::Asks<__S> for #ident #bounds {
            #[allow(unused_variables, reason = "there need not be a step that asks")]
            fn find(
                services: &__S,
                wanted: ::core::any::TypeId,
            ) -> ::core::option::Option<&(dyn ::core::any::Any + ::core::marker::Send + ::core::marker::Sync)> {
                #own
                #body
            }
        }
    }
}
