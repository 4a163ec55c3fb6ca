//! The closed set of an aggregate's events.

use proc_macro2::TokenStream;
use quote::quote_spanned;

use super::model::{Aggregate, each};
use crate::spans::{at, relocated};

/// ```text
/// impl EventSet for OrderEvent {
///     const INFOS: &'static [EventInfo] = &[<OrderPlaced as Event>::INFO];
///     fn info(&self) -> &'static EventInfo { match *self { Self::OrderPlaced(_) => &<OrderPlaced as Event>::INFO } }
///     fn encode(&self) -> .. { match *self { Self::OrderPlaced(ref it) => <OrderPlaced as Event>::encode(it) } }
///     fn tags(&self) -> .. { match *self { Self::OrderPlaced(ref it) => <OrderPlaced as Event>::tags(it) } }
///     fn decode(..) -> Result<(), DecodeError> { .. }
///     fn visit<V: EventVisitor>(visitor: &mut V) { <OrderPlaced as Event>::visit_versions(visitor); }
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
    let visit = |event, _, here| quote_spanned!(here=> <#event as #private::Event>::visit_versions(visitor););
    let visit = events.each(visit).chain(each(&aggregate.split, visit));
    let decode = decode(aggregate);
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
            #decode
            #[allow(unused_variables, reason = "there need not be an event")]
            fn visit<__V: #private::EventVisitor>(visitor: &mut __V) {
                #(#visit)*
            }
        }
    }
}

/// ```text
/// fn decode(recorded: &RecordedEvent, lookups: &mut Lookups, events: &mut Vec<Self>) -> Result<(), DecodeError> {
///     if is_split::<OrderMoved>(recorded) {
///         return split::<Order, OrderMoved>(recorded, lookups, events);
///     }
///     if <OrderPlaced as Event>::INFO.is_stored_as(&recorded.event_type) {
///         let it = <OrderPlaced as Event>::decode_payload(recorded, lookups)?;
///         events.push(Self::OrderPlaced(it));
///         return Ok(());
///     }
///     Err(unknown_event(recorded, Self::INFOS))
/// }
/// ```
fn decode(aggregate: &Aggregate) -> TokenStream {
    let Aggregate {
        private, events, ..
    } = aggregate;
    let me = &aggregate.ident;
    let split = each(&aggregate.split, |event, _, here| {
        let private = relocated(private, here);
        quote_spanned! {here=>
            if #private::is_split::<#event>(recorded) {
                return #private::split::<#me, #event>(recorded, lookups, events);
            }
        }
    });
    let cases = events.each(|event, variant, here| {
        quote_spanned! {here=>
            if <#event as #private::Event>::INFO.is_stored_as(&recorded.event_type) {
                let it = <#event as #private::Event>::decode_payload(recorded, lookups)?;
                events.push(Self::#variant(it));
                return ::core::result::Result::Ok(());
            }
        }
    });
    quote_spanned! {at(aggregate.ident.span())=>
        #[allow(unused_variables, reason = "there need not be an event")]
        fn decode(
            recorded: &#private::RecordedEvent,
            lookups: &mut #private::Lookups,
            events: &mut ::std::vec::Vec<Self>,
        ) -> ::core::result::Result<(), #private::DecodeError> {
            #(#split)*
            #(#cases)*
            ::core::result::Result::Err(#private::unknown_event(recorded, Self::INFOS))
        }
    }
}

/// The body is the assertion that the aggregate's services have what its upcasters ask for.
///
/// ```text
/// impl Asks<Services> for OrderEvent {
///     fn find(services: &Services, wanted: TypeId) -> Option<&(dyn Any + Send + Sync)> {
///         if let Some(found) = <OrderPlaced as Asks<Services>>::find(services, wanted) { return Some(found); }
///         None
///     }
/// }
/// ```
pub(super) fn asks(aggregate: &Aggregate) -> TokenStream {
    let Aggregate {
        private, events, ..
    } = aggregate;
    let set = &events.ident;
    let services = aggregate.services_type();
    let case = |event, _, here| {
        let services = relocated(&services, here);
        quote_spanned! {here=>
            if let ::core::option::Option::Some(found) =
                <#event as #private::Asks<#services>>::find(services, wanted)
            {
                return ::core::option::Option::Some(found);
            }
        }
    };
    let cases = events.each(case).chain(each(&aggregate.split, case));
    quote_spanned! {at(aggregate.ident.span())=>
        #[automatically_derived]
        impl #private::Asks<#services> for #set {
            #[allow(unused_variables, reason = "there need not be an event")]
            fn find(
                services: &#services,
                wanted: ::core::any::TypeId,
            ) -> ::core::option::Option<&(dyn ::core::any::Any + ::core::marker::Send + ::core::marker::Sync)> {
                #(#cases)*
                ::core::option::Option::None
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
///     const RETIRED: Option<&'static str> = retired(&[<OrderPlaced as Event>::INFO]);
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
                const RETIRED: ::core::option::Option<&'static ::core::primitive::str> =
                    #private::retired(&[<#event as #private::Event>::INFO]);
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
            const RETIRED: ::core::option::Option<&'static ::core::primitive::str> =
                #private::retired(<#set as #private::EventSet>::INFOS);
            fn describe(events: &mut ::std::vec::Vec<#private::EventInfo>) {
                events.extend_from_slice(<#set as #private::EventSet>::INFOS);
            }
        }
    }
}
