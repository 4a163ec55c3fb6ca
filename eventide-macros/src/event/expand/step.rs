//! What is declared on fields, as the step from one version to the next.

use proc_macro2::{Delimiter, Group, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Ident;
use syn::spanned::Spanned;

use super::super::model::Life;
use super::super::steps::{Conversion, Fill};
use super::{From, Version};
use crate::fallback;
use crate::spans::{at, relocated};

/// ```text
/// impl Upcast<OrderPlacedV2> for OrderPlaced {
///     fn upcast(old: OrderPlacedV2) -> Self {
///         Self { customer: old.client, total: u64::from(old.total), country: default_country() }
///     }
/// }
/// ```
pub(super) fn declared(version: &Version<'_>) -> Option<TokenStream> {
    let From::Declared(old) = &version.from else {
        return None;
    };
    let Version {
        event,
        ident,
        number,
        ..
    } = version;
    let private = &event.private;
    let here = at(ident.span());
    let can_fail = event
        .fields_in(*number)
        .filter_map(|life| life.conversion(*number))
        .any(Conversion::can_fail);
    let made = if event.broken {
        fallback::body(private, ident)
    } else {
        let fields = event.fields_in(*number).filter_map(|life| {
            let name = life.ident(*number)?;
            let value = value(version, life)?;
            Some(quote_spanned!(here=> #name: #value))
        });
        let all = quote_spanned!(here=> Self { #(#fields,)* });
        if can_fail {
            quote_spanned!(here=> ::core::result::Result::Ok(#all))
        } else {
            all
        }
    };
    let allow = quote_spanned! {here=>
        #[allow(deprecated, unused_variables, reason = "an older version need not have a field that is left")]
    };
    Some(if can_fail {
        quote_spanned! {here=>
            #[automatically_derived]
            impl #private::TryUpcast<#old> for #ident {
                type Error = #private::FieldError;
                #allow
                #[inline]
                fn try_upcast(old: #old) -> ::core::result::Result<Self, #private::FieldError> {
                    #made
                }
            }
        }
    } else {
        quote_spanned! {here=>
            #[automatically_derived]
            impl #private::Upcast<#old> for #ident {
                #allow
                #[inline]
                fn upcast(old: #old) -> Self {
                    #made
                }
            }
        }
    })
}

/// What the field of a version is made of. The compiler finds wrong types in the user's own tokens.
fn value(version: &Version<'_>, life: &Life) -> Option<TokenStream> {
    let number = version.number;
    if let Some(fill) = life.fill(number) {
        return Some(match fill {
            Fill::Expression(expression) => expression.to_token_stream(),
            Fill::Default(key) => {
                quote_spanned!(at(key.span())=> ::core::default::Default::default())
            }
        });
    }
    let before = life.ident(number - 1)?;
    Some(match life.conversion(number) {
        None => quote_spanned!(at(version.ident.span())=> old.#before),
        Some(conversion) => converted(version, life, before, conversion),
    })
}

/// `u64::from(old.total)`, or `converted::<Money, _>("total", parse(old.total))?`
///
/// All of it stands where the user wrote the path: that is where the compiler finds a wrong type.
fn converted(
    version: &Version<'_>,
    life: &Life,
    before: &Ident,
    conversion: &Conversion,
) -> TokenStream {
    let path = conversion.path();
    let here = at(path.span());
    let old = relocated(quote_spanned!(at(version.ident.span())=> old), here);
    let before = relocated(before, here);
    let mut arguments = Group::new(Delimiter::Parenthesis, quote_spanned!(here=> #old.#before));
    arguments.set_span(path.span());
    let call = quote!(#path #arguments);
    if !conversion.can_fail() {
        return call;
    }
    let private = relocated(&version.event.private, here);
    let ty = relocated(life.ty(version.number), here);
    let name = version.event.stored(life, version.number - 1).name;
    quote_spanned!(here=> #private::converted::<#ty, _>(#name, #call)?)
}
