use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::parse::Projection;
use crate::list::Entry;
use crate::read_model::{self, Ignored, ReadModel};
use crate::spans::at;

pub(super) fn projection(projection: &Projection) -> TokenStream {
    let Projection {
        read_model, target, ..
    } = projection;
    let private = &read_model.private;
    let kind = quote!(#private::Projected<#target>);
    let ignored = read_model
        .ignores
        .iter()
        .map(|entry| ignored(projection, entry));
    [
        read_model::read_model(read_model, &[], (&kind, &quote!(#private::NoKey))),
        projection_impl(projection),
        read_model::domain_impl(read_model, &quote!(ProjectionOf)),
    ]
    .into_iter()
    .chain(ignored)
    .collect()
}

/// ```text
/// impl Projection for BestSellers {
///     type Target = Postgres;
///     fn on_failure(&self, failure: &Failure<'_>) -> OnFailure { OnFailure::Stop }   // if it says so
/// }
/// ```
fn projection_impl(projection: &Projection) -> TokenStream {
    let Projection {
        read_model,
        target,
        on_failure,
    } = projection;
    let ReadModel {
        private, ident: me, ..
    } = read_model;
    let on_failure = on_failure.as_ref().map(|on_failure| {
        let decides = on_failure.expression(private);
        quote_spanned! {at(me.span())=>
            #[allow(unused_variables, reason = "it may always be the same")]
            fn on_failure(&self, failure: &#private::Failure<'_>) -> #private::OnFailure {
                #decides
            }
        }
    });
    quote_spanned! {at(me.span())=>
        #[automatically_derived]
        impl #private::Projection for #me {
            type Target = #target;
            #on_failure
        }
    }
}

fn ignored(projection: &Projection, entry: &Entry) -> TokenStream {
    let Projection {
        read_model, target, ..
    } = projection;
    let (private, path) = (&read_model.private, &entry.path);
    let with = Ignored {
        given: quote!(#private::Projecting<'__a, Self, #target, #path>),
        outcome: quote!(<#target as #private::Target>::Handling<'__a>),
        body: quote!(::std::boxed::Box::pin(async {
            ::core::result::Result::Ok(())
        })),
    };
    read_model::ignored(read_model, entry, &with)
}
