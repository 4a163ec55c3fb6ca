//! What views and projections do with the aggregate's events.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Attribute, Meta};

use super::model::Aggregate;
use crate::list::Entry;
use crate::spans::{at, written_at};

/// The bounds are the assertion that a read model which observes the aggregate handles or ignores
/// every event of it (EV06): each is located at its list entry.
///
/// ```text
/// impl<R> ObservedBy<R> for Order where R: ReadModel + Observe<OrderPlaced> {
///     const OBSERVED: &'static [Observed] = &[<R as Observe<OrderPlaced>>::OBSERVED];
///     fn hand<'e, T: Taker<'e, R>>(event: &'e OrderEvent, to: T) -> T::Given {
///         match *event { OrderEvent::OrderPlaced(ref it) => to.take(it) }
///     }
/// }
/// ```
pub(super) fn observed_by(aggregate: &Aggregate) -> TokenStream {
    let Aggregate {
        private,
        ident: me,
        events,
        ..
    } = aggregate;
    let set = &events.ident;
    let bounds = events.entries.iter().enumerate().map(|(index, entry)| {
        let path = &entry.path;
        let bound = if entry.cfgs.is_empty() {
            quote!(+ #private::Observe<#path>)
        } else {
            let bound = conditional(index, entry);
            quote!(+ #bound)
        };
        written_at(bound, entry.span())
    });
    let observed = events.each(
        |event, _, here| quote_spanned!(here=> <__R as #private::Observe<#event>>::OBSERVED,),
    );
    let handed = events
        .each(|_, variant, here| quote_spanned!(here=> #set::#variant(ref it) => to.take(it),));
    // As if the user had written trait and bounds: of what a derive writes, the compiler says that
    // one might write it by hand.
    let observed_by = written_at(quote!(#private::ObservedBy<__R>), me.span());
    let observed_by = quote_spanned! {at(me.span())=>
        #[automatically_derived]
        #[allow(unused_variables, reason = "there need not be an event")]
        impl<__R> #observed_by for #me
        where
            __R: #private::ReadModel #(#bounds)*,
        {
            const OBSERVED: &'static [#private::Observed] = &[#(#observed)*];
            fn hand<'__e, __T: #private::Taker<'__e, __R>>(
                event: &'__e #set,
                to: __T,
            ) -> __T::Given {
                match *event { #(#handed)* }
            }
        }
    };
    let conditions = conditions(aggregate);
    if conditions.is_empty() {
        return observed_by;
    }
    quote_spanned!(at(me.span())=> const _: () = { #conditions #observed_by };)
}

/// A bound cannot stand under `#[cfg(..)]`. That of an event that does is a trait of its own, and
/// what it demands depends on the condition.
///
/// ```text
/// #[cfg(feature = "gifts")]
/// trait __Observes3: Observe<GiftWrapped> {}
/// #[cfg(feature = "gifts")]
/// impl<R: Observe<GiftWrapped>> __Observes3 for R {}
/// #[cfg(not(all(feature = "gifts")))]
/// trait __Observes3 {}
/// #[cfg(not(all(feature = "gifts")))]
/// impl<R> __Observes3 for R {}
/// ```
fn conditions(aggregate: &Aggregate) -> TokenStream {
    let Aggregate {
        private, events, ..
    } = aggregate;
    let entries = events.entries.iter().enumerate();
    let conditional_entries = entries.filter(|(_, entry)| !entry.cfgs.is_empty());
    let traits = conditional_entries.map(|(index, entry)| {
        let bound = conditional(index, entry);
        let Entry { cfgs, path, .. } = entry;
        let conditions = cfgs.iter().map(condition);
        let otherwise = quote!(#[cfg(not(all(#(#conditions),*)))]);
        quote_spanned! {at(entry.span())=>
            #(#cfgs)*
            trait #bound: #private::Observe<#path> {}
            #(#cfgs)*
            impl<__R: #private::Observe<#path>> #bound for __R {}
            #otherwise
            trait #bound {}
            #otherwise
            impl<__R> #bound for __R {}
        }
    });
    traits.collect()
}

fn conditional(index: usize, entry: &Entry) -> Ident {
    format_ident!("__Observes{index}", span = at(entry.span()))
}

/// What stands inside `#[cfg(..)]`.
fn condition(cfg: &Attribute) -> TokenStream {
    match &cfg.meta {
        Meta::List(list) => list.tokens.clone(),
        Meta::Path(_) | Meta::NameValue(_) => TokenStream::new(),
    }
}
