//! The closed set of an aggregate's events.

use proc_macro2::TokenStream;
use quote::quote_spanned;

use super::model::Aggregate;
use crate::spans::at;

/// ```text
/// impl EventSet for OrderEvent {
///     const INFOS: &'static [EventInfo] = &[<OrderPlaced as Event>::INFO];
///     fn info(&self) -> &'static EventInfo { match *self { Self::OrderPlaced(_) => &<OrderPlaced as Event>::INFO } }
///     fn encode(&self) -> .. { match *self { Self::OrderPlaced(ref it) => <OrderPlaced as Event>::encode(it) } }
///     fn tags(&self) -> .. { match *self { Self::OrderPlaced(ref it) => <OrderPlaced as Event>::tags(it) } }
///     fn decode(recorded: &RecordedEvent) -> Result<Self, DecodeError> {
///         if *recorded.event_type == *<OrderPlaced as Event>::INFO.name {
///             return <OrderPlaced as Event>::decode_payload(recorded).map(Self::OrderPlaced);
///         }
///         Err(unknown_event(recorded, Self::INFOS))
///     }
/// }
/// ```
pub(super) fn event_set(aggregate: &Aggregate) -> TokenStream {
    let Aggregate {
        private, events, ..
    } = aggregate;
    let set = &events.ident;
    let infos =
        events.each(|event, _, here| quote_spanned!(here=> <#event as #private::Event>::INFO,));
    let info = events.each(|event, variant, here| {
        quote_spanned!(here=> Self::#variant(_) => &<#event as #private::Event>::INFO,)
    });
    let encode = events.each(|event, variant, here| {
        quote_spanned!(here=> Self::#variant(ref it) => <#event as #private::Event>::encode(it),)
    });
    let tags = events.each(|event, variant, here| {
        quote_spanned!(here=> Self::#variant(ref it) => <#event as #private::Event>::tags(it),)
    });
    let decode = events.each(|event, variant, here| {
        quote_spanned! {here=>
            if *recorded.event_type == *<#event as #private::Event>::INFO.name {
                return <#event as #private::Event>::decode_payload(recorded).map(Self::#variant);
            }
        }
    });
    quote_spanned! {at(aggregate.ident.span())=>
        #[automatically_derived]
        impl #private::EventSet for #set {
            const INFOS: &'static [#private::EventInfo] = &[#(#infos)*];
            fn info(&self) -> &'static #private::EventInfo {
                match *self { #(#info)* }
            }
            fn encode(&self) -> ::core::result::Result<::std::vec::Vec<::core::primitive::u8>, #private::EncodeError> {
                match *self { #(#encode)* }
            }
            fn tags(&self) -> ::core::result::Result<::std::vec::Vec<#private::Tag>, #private::InvalidTag> {
                match *self { #(#tags)* }
            }
            fn decode(recorded: &#private::RecordedEvent) -> ::core::result::Result<Self, #private::DecodeError> {
                #(#decode)*
                ::core::result::Result::Err(#private::unknown_event(recorded, Self::INFOS))
            }
        }
    }
}

/// ```text
/// impl EventOf<Order> for OrderPlaced {}
/// impl Outcome<Order> for OrderPlaced {
///     fn record(self, events: &mut Vec<OrderEvent>) -> Result<(), OrderError> {
///         events.push(OrderEvent::OrderPlaced(self));
///         Ok(())
///     }
///     fn describe(events: &mut Vec<EventInfo>) { events.push(<OrderPlaced as Event>::INFO); }
/// }
/// impl Outcome<Order> for OrderEvent { .. }
/// ```
pub(super) fn outcomes(aggregate: &Aggregate) -> TokenStream {
    let Aggregate {
        private,
        ident: me,
        error,
        events,
        ..
    } = aggregate;
    let set = &events.ident;
    let events_of = events.each(|event, _, here| {
        quote_spanned! {here=>
            #[automatically_derived]
            impl #private::EventOf<#me> for #event {}
        }
    });
    let outcomes = events.each(|event, variant, here| {
        quote_spanned! {here=>
            #[automatically_derived]
            impl #private::Outcome<#me> for #event {
                fn record(self, events: &mut ::std::vec::Vec<#set>) -> ::core::result::Result<(), #error> {
                    events.push(#set::#variant(self));
                    ::core::result::Result::Ok(())
                }
                fn describe(events: &mut ::std::vec::Vec<#private::EventInfo>) {
                    events.push(<#event as #private::Event>::INFO);
                }
            }
        }
    });
    quote_spanned! {at(me.span())=>
        #(#events_of)*
        #(#outcomes)*
        #[automatically_derived]
        impl #private::Outcome<#me> for #set {
            fn record(self, events: &mut ::std::vec::Vec<#set>) -> ::core::result::Result<(), #error> {
                events.push(self);
                ::core::result::Result::Ok(())
            }
            fn describe(events: &mut ::std::vec::Vec<#private::EventInfo>) {
                events.extend_from_slice(<#set as #private::EventSet>::INFOS);
            }
        }
    }
}
