use proc_macro2::TokenStream;
use quote::quote_spanned;

use super::parse::{Case, Outcome};
use crate::fallback;
use crate::spans::at;

/// ```text
/// impl<A: Aggregate> Outcome<A> for Shipped where AllShipped: Outcome<A>, PartShipped: Outcome<A> {
///     fn record(self, events: &mut Vec<A::Event>) -> Result<(), A::Error> {
///         match self { Self::All(event) => event.record(events), Self::Nothing => Ok(()), .. }
///     }
///     const RETIRED: Option<&'static str> = first_retired(&[<AllShipped as Outcome<A>>::RETIRED, ..]);
///     fn describe(events: &mut Vec<EventInfo>) { <AllShipped as Outcome<A>>::describe(events); .. }
/// }
/// ```
pub(super) fn outcome(outcome: &Outcome) -> TokenStream {
    let Outcome { private, ident, .. } = outcome;
    let here = at(ident.span());
    let events: Vec<_> = outcome
        .variants
        .iter()
        .filter_map(|case| case.event.as_ref())
        .collect();
    let mut arms: Vec<_> = outcome
        .variants
        .iter()
        .map(|case| arm(private, case))
        .collect();
    if outcome.incomplete {
        let body = fallback::body(private, ident);
        arms.push(quote_spanned!(here=> _ => #body,));
    }
    quote_spanned! {here=>
        #[automatically_derived]
        #[allow(unused_variables, reason = "no variant need hold an event")]
        impl<__A: #private::Aggregate> #private::Outcome<__A> for #ident
        where
            #(#events: #private::Outcome<__A>,)*
        {
            fn record(
                self,
                events: &mut ::std::vec::Vec<<__A as #private::Aggregate>::Event>,
            ) -> ::core::result::Result<(), <__A as #private::Aggregate>::Error> {
                match self { #(#arms)* }
            }
            const RETIRED: ::core::option::Option<&'static ::core::primitive::str> =
                #private::first_retired(&[#(<#events as #private::Outcome<__A>>::RETIRED),*]);
            fn describe(events: &mut ::std::vec::Vec<#private::EventInfo>) {
                #(<#events as #private::Outcome<__A>>::describe(events);)*
            }
        }
    }
}

fn arm(private: &TokenStream, case: &Case) -> TokenStream {
    let Case { ident, event } = case;
    let here = at(ident.span());
    if let Some(event) = event {
        quote_spanned! {here=>
            Self::#ident(event) => <#event as #private::Outcome<__A>>::record(event, events),
        }
    } else {
        quote_spanned!(here=> Self::#ident => ::core::result::Result::Ok(()),)
    }
}
