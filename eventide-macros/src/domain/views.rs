//! The views that a domain lists.
//!
//! Whatever is asked of one is asked by the name of `ViewOf`: that an entry is no view, or observes
//! an aggregate that the domain leaves out (EV11), is so said in the same words, which the compiler
//! shows once.

use proc_macro2::TokenStream;
use quote::quote_spanned;

use super::parse::Domain;
use crate::spans::{at, relocated};

/// ```text
/// const VIEWS: &'static [ViewInfo] = &[<CountrySales as ViewOf<Shop>>::LISTED];
/// ```
pub(super) fn constant(domain: &Domain) -> Option<TokenStream> {
    let private = &domain.private;
    let infos = domain.views.iter().map(|entry| {
        let (here, path) = (at(entry.span()), &entry.path);
        let me = relocated(&domain.ident, here);
        quote_spanned!(here=> <#path as #private::ViewOf<#me>>::LISTED)
    });
    (!domain.views.is_empty()).then(|| {
        quote_spanned! {at(domain.ident.span())=>
            const VIEWS: &'static [#private::ViewInfo] = &[#(#infos),*];
        }
    })
}

/// ```text
/// fn visit_views<V: ViewVisitor<Self>>(visitor: &mut V) {
///     <CountrySales as ViewOf<Shop>>::show(visitor);
/// }
/// ```
pub(super) fn visit(domain: &Domain) -> Option<TokenStream> {
    let private = &domain.private;
    let visits = domain.views.iter().map(|entry| {
        let (here, path) = (at(entry.span()), &entry.path);
        let me = relocated(&domain.ident, here);
        quote_spanned!(here=> <#path as #private::ViewOf<#me>>::show(visitor);)
    });
    (!domain.views.is_empty()).then(|| {
        quote_spanned! {at(domain.ident.span())=>
            fn visit_views<__V: #private::ViewVisitor<Self>>(visitor: &mut __V) {
                #(#visits)*
            }
        }
    })
}

/// ```text
/// impl Lists<CountrySales> for Shop {}
/// ```
pub(super) fn lists(domain: &Domain) -> TokenStream {
    let Domain {
        private, ident: me, ..
    } = domain;
    let impls = domain.views.iter().map(|entry| {
        let path = &entry.path;
        quote_spanned! {at(entry.span())=>
            #[automatically_derived]
            impl #private::Lists<#path> for #me {}
        }
    });
    impls.collect()
}

/// Compares each view with those listed before it (EV08).
///
/// ```text
/// const _: () = unique_view(<Shop as Domain>::VIEWS, 0);    // located at `CountrySales`
/// ```
pub(super) fn unique_names(domain: &Domain) -> TokenStream {
    let Domain {
        private, ident: me, ..
    } = domain;
    let checks = domain.views.iter().enumerate().map(|(index, entry)| {
        let here = at(entry.span());
        let private = relocated(private, here);
        quote_spanned! {here=>
            const _: () = #private::unique_view(<#me as #private::Domain>::VIEWS, #index);
        }
    });
    checks.collect()
}
