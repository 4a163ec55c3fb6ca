use proc_macro2::TokenStream;
use quote::quote_spanned;
use syn::Index;

use super::lock;
use super::parse::Domain;
use super::views;
use crate::list::Entry;
use crate::spans::{at, relocated};

pub(super) fn domain(domain: &Domain) -> TokenStream {
    let checks = lock::checks(domain).unwrap_or_default();
    [
        domain_impl(domain),
        contains(domain),
        views::lists(domain),
        unique_names(domain),
        views::unique_names(domain),
        checks,
    ]
    .into_iter()
    .collect()
}

/// ```text
/// impl Domain for Shop {
///     const NAME: &'static str = "shop";
///     const AGGREGATES: &'static [AggregateInfo] = &[<Order as Aggregate>::INFO];
///     const VIEWS: &'static [ReadModelInfo] = ..;                             // if it lists any
///     const PROJECTIONS: &'static [ReadModelInfo] = ..;                       // if it lists any
///     const LOCK: Option<LockFile> = ..;                                      // if it names one
///     type Services = ();
///     type Repositories = (Repository<Order>,);
///     fn repositories(setup: &RepositorySetup<()>) -> Self::Repositories { (setup.repository::<Order>(),) }
///     fn visit<V: AggregateVisitor<()>>(visitor: &mut V) { visitor.visit::<Order>(); }
///     fn visit_views<V: ViewVisitor<Self>>(visitor: &mut V) { .. }            // if it lists any
///     fn route<'a>(app: &'a App<Self>, name: &'a str, json: &'a [u8], options: CommandOptions)
///         -> impl Future<Output = Result<AnyReceipt, RouteError>> + Send + 'a
///     {
///         async move {
///             if let Some(done) = route::<Self, Order>(app, name, json, &options).await { return done; }
///             Err(unknown_command::<Self>(name))
///         }
///     }
/// }
/// ```
fn domain_impl(domain: &Domain) -> TokenStream {
    let Domain {
        private,
        ident: me,
        name,
        services,
        ..
    } = domain;
    let infos = each(
        domain,
        |Entry { path, variant, .. }| quote_spanned!(at(variant.span())=> <#path as #private::Aggregate>::INFO),
    );
    let types = each(
        domain,
        |Entry { path, variant, .. }| quote_spanned!(at(variant.span())=> #private::Repository<#path>),
    );
    let values = each(
        domain,
        |Entry { path, variant, .. }| quote_spanned!(at(variant.span())=> setup.repository::<#path>()),
    );
    let visits = each(
        domain,
        |Entry { path, variant, .. }| quote_spanned!(at(variant.span())=> visitor.visit::<#path>();),
    );
    let routes = each(domain, |Entry { path, variant, .. }| {
        quote_spanned! {at(variant.span())=>
            if let ::core::option::Option::Some(done) =
                #private::route::<Self, #path>(app, name, json, &options).await
            {
                return done;
            }
        }
    });
    let lock = lock::constant(domain);
    let (listed, visit_views) = (views::constants(domain), views::visit(domain));
    quote_spanned! {at(me.span())=>
        #[automatically_derived]
        impl #private::Domain for #me {
            const NAME: &'static ::core::primitive::str = #name;
            const AGGREGATES: &'static [#private::AggregateInfo] = &[#(#infos),*];
            #listed
            #lock
            type Services = #services;
            type Repositories = (#(#types,)*);
            #[allow(unused_variables, clippy::unused_unit, reason = "there need not be an aggregate")]
            fn repositories(setup: &#private::RepositorySetup<Self::Services>) -> Self::Repositories {
                (#(#values,)*)
            }
            #[allow(unused_variables, reason = "there need not be an aggregate")]
            fn visit<__V: #private::AggregateVisitor<Self::Services>>(visitor: &mut __V) {
                #(#visits)*
            }
            #visit_views
            #[allow(unused_variables, reason = "there need not be an aggregate")]
            fn route<'a>(
                app: &'a #private::App<Self>,
                name: &'a ::core::primitive::str,
                json: &'a [::core::primitive::u8],
                options: #private::CommandOptions,
            ) -> impl ::core::future::Future<
                Output = ::core::result::Result<#private::AnyReceipt, #private::RouteError>,
            > + ::core::marker::Send + 'a {
                async move {
                    #(#routes)*
                    ::core::result::Result::Err(#private::unknown_command::<Self>(name))
                }
            }
        }
    }
}

fn each<'a>(
    domain: &'a Domain,
    expand: impl Fn(&'a Entry) -> TokenStream + 'a,
) -> impl Iterator<Item = TokenStream> + 'a {
    domain.aggregates.iter().map(expand)
}

/// ```text
/// impl Contains<Order> for Shop {
///     fn repository(repositories: &Self::Repositories) -> &Repository<Order> { &repositories.0 }
/// }
/// ```
fn contains(domain: &Domain) -> TokenStream {
    let Domain {
        private, ident: me, ..
    } = domain;
    let impls = domain.aggregates.iter().enumerate().map(|(index, entry)| {
        let Entry { path, variant, .. } = entry;
        let index = Index::from(index);
        quote_spanned! {at(variant.span())=>
            #[automatically_derived]
            impl #private::Contains<#path> for #me {
                fn repository(
                    repositories: &<Self as #private::Domain>::Repositories,
                ) -> &#private::Repository<#path> {
                    &repositories.#index
                }
            }
        }
    });
    impls.collect()
}

/// Compares each aggregate with those listed before it (EV08, EV04).
///
/// ```text
/// const _: () = unique_in_domain(<Shop as Domain>::AGGREGATES, 0);    // located at `Order`
/// ```
fn unique_names(domain: &Domain) -> TokenStream {
    let Domain {
        private, ident: me, ..
    } = domain;
    let checks = domain.aggregates.iter().enumerate().map(|(index, entry)| {
        let here = at(entry.span());
        let private = relocated(private, here);
        quote_spanned! {here=>
            const _: () = #private::unique_in_domain(<#me as #private::Domain>::AGGREGATES, #index);
        }
    });
    checks.collect()
}
