//! The views and projections that a domain lists.
//!
//! Whatever is asked of one is asked by the name of `ViewOf` or `ProjectionOf`: that an entry is none,
//! or observes an aggregate that the domain leaves out (EV11), is so said in the same words, which the
//! compiler shows once.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};

use super::parse::Domain;
use crate::list::Entry;
use crate::spans::{at, relocated};

/// ```text
/// const VIEWS: &'static [ReadModelInfo] = &[<CountrySales as ViewOf<Shop>>::LISTED];
/// const PROJECTIONS: &'static [ReadModelInfo] = &[<BestSellers as ProjectionOf<Shop>>::LISTED];
/// ```
pub(super) fn constants(domain: &Domain) -> TokenStream {
    let Domain {
        views, projections, ..
    } = domain;
    let views = constant(domain, "VIEWS", views, "ViewOf");
    let projections = constant(domain, "PROJECTIONS", projections, "ProjectionOf");
    views.into_iter().chain(projections).collect()
}

fn constant(
    domain: &Domain,
    name: &str,
    entries: &[Entry],
    of_domain: &str,
) -> Option<TokenStream> {
    let private = &domain.private;
    let infos = entries.iter().map(|entry| {
        let (here, path) = (at(entry.span()), &entry.path);
        let me = relocated(&domain.ident, here);
        let of_domain = Ident::new(of_domain, here);
        quote_spanned!(here=> <#path as #private::#of_domain<#me>>::LISTED)
    });
    let here = at(domain.ident.span());
    let name = Ident::new(name, here);
    (!entries.is_empty()).then(|| {
        quote_spanned! {here=>
            const #name: &'static [#private::ReadModelInfo] = &[#(#infos),*];
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
/// impl ProjectionIn<Shop> for BestSellers {}
/// ```
pub(super) fn lists(domain: &Domain) -> TokenStream {
    let Domain {
        private,
        ident: me,
        views,
        projections,
        ..
    } = domain;
    let views = views.iter().map(|entry| {
        let path = &entry.path;
        quote_spanned! {at(entry.span())=>
            #[automatically_derived]
            impl #private::Lists<#path> for #me {}
        }
    });
    let projections = projections.iter().map(|entry| {
        let path = &entry.path;
        quote_spanned! {at(entry.span())=>
            #[automatically_derived]
            impl #private::ProjectionIn<#me> for #path {}
        }
    });
    views.chain(projections).collect()
}

/// Compares each view and each projection with those listed before it (EV08).
///
/// ```text
/// const _: () = unique_read_model("view", <Shop as Domain>::VIEWS, 0);    // located at `CountrySales`
/// ```
pub(super) fn unique_names(domain: &Domain) -> TokenStream {
    let Domain {
        private,
        ident: me,
        views,
        projections,
        ..
    } = domain;
    let check = |kind: &str, (index, entry): (usize, &Entry), list: TokenStream| {
        let here = at(entry.span());
        let private = relocated(private, here);
        quote_spanned! {here=>
            const _: () =
                #private::unique_read_model(#kind, <#me as #private::Domain>::#list, #index);
        }
    };
    let views = views.iter().enumerate();
    let views = views.map(|it| check("view", it, quote!(VIEWS)));
    let projections = projections.iter().enumerate();
    let projections = projections.map(|it| check("projection", it, quote!(PROJECTIONS)));
    views.chain(projections).collect()
}
