//! What views do with the aggregate's events.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Attribute, Meta};

use super::model::Aggregate;
use crate::list::Entry;
use crate::spans::{at, written_at};

/// The bounds are the assertion that a view which observes the aggregate folds or ignores every
/// event of it (EV06): each is located at its list entry.
///
/// ```text
/// impl<V> ObservedBy<V> for Order where V: View + Fold<OrderPlaced> {
///     const OBSERVED: &'static [ObservedEvent] = &[
///         ObservedEvent::new(&<OrderPlaced as Event>::INFO, <V as Fold<OrderPlaced>>::RULE, <V as Fold<OrderPlaced>>::FINGERPRINT),
///     ];
///     fn keys(event: &OrderEvent, recorded: &RecordedEvent) -> KeysOf<V::Key> {
///         match *event { OrderEvent::OrderPlaced(ref it) => <V as Fold<OrderPlaced>>::key(it, recorded) }
///     }
///     fn fold(event: &OrderEvent, view: &mut V, recorded: &RecordedEvent) -> Result<Change, BoxError> {
///         match *event { OrderEvent::OrderPlaced(ref it) => <V as Fold<OrderPlaced>>::fold(view, it, recorded) }
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
            quote!(+ #private::Fold<#path>)
        } else {
            let bound = conditional(index, entry);
            quote!(+ #bound)
        };
        written_at(bound, entry.span())
    });
    let observed = events.each(|event, _, here| {
        quote_spanned! {here=>
            #private::ObservedEvent::new(
                &<#event as #private::Event>::INFO,
                <__V as #private::Fold<#event>>::RULE,
                <__V as #private::Fold<#event>>::FINGERPRINT,
            ),
        }
    });
    let keys = events.each(|event, variant, here| {
        quote_spanned! {here=>
            #set::#variant(ref it) => <__V as #private::Fold<#event>>::key(it, recorded),
        }
    });
    let folds = events.each(|event, variant, here| {
        quote_spanned! {here=>
            #set::#variant(ref it) => <__V as #private::Fold<#event>>::fold(view, it, recorded),
        }
    });
    // As if the user had written trait and bounds: of what a derive writes, the compiler says that
    // one might write it by hand.
    let observed_by = written_at(quote!(#private::ObservedBy<__V>), me.span());
    let observed_by = quote_spanned! {at(me.span())=>
        #[automatically_derived]
        #[allow(unused_variables, reason = "there need not be an event")]
        impl<__V> #observed_by for #me
        where
            __V: #private::View #(#bounds)*,
        {
            const OBSERVED: &'static [#private::ObservedEvent] = &[#(#observed)*];
            fn keys(
                event: &#set,
                recorded: &#private::RecordedEvent,
            ) -> #private::KeysOf<<__V as #private::View>::Key> {
                match *event { #(#keys)* }
            }
            fn fold(
                event: &#set,
                view: &mut __V,
                recorded: &#private::RecordedEvent,
            ) -> ::core::result::Result<#private::Change, #private::BoxError> {
                match *event { #(#folds)* }
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
/// trait __Folds3: Fold<GiftWrapped> {}
/// #[cfg(feature = "gifts")]
/// impl<V: Fold<GiftWrapped>> __Folds3 for V {}
/// #[cfg(not(all(feature = "gifts")))]
/// trait __Folds3 {}
/// #[cfg(not(all(feature = "gifts")))]
/// impl<V> __Folds3 for V {}
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
            trait #bound: #private::Fold<#path> {}
            #(#cfgs)*
            impl<__V: #private::Fold<#path>> #bound for __V {}
            #otherwise
            trait #bound {}
            #otherwise
            impl<__V> #bound for __V {}
        }
    });
    traits.collect()
}

fn conditional(index: usize, entry: &Entry) -> Ident {
    format_ident!("__Folds{index}", span = at(entry.span()))
}

/// What stands inside `#[cfg(..)]`.
fn condition(cfg: &Attribute) -> TokenStream {
    match &cfg.meta {
        Meta::List(list) => list.tokens.clone(),
        Meta::Path(_) | Meta::NameValue(_) => TokenStream::new(),
    }
}
