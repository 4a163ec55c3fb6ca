use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

use super::model::{Aggregate, each};
use super::{commands as command_set, events as event_set, observed, set};
use crate::list::Entry;
use crate::spans::at;

pub(super) fn aggregate(aggregate: &Aggregate) -> TokenStream {
    let (events, commands) = (&aggregate.events, &aggregate.commands);
    [
        set::definition(aggregate, events, "event"),
        set::definition(aggregate, commands, "command"),
        event_set::event_set(aggregate),
        event_set::asks(aggregate),
        event_set::outcomes(aggregate),
        command_set::command_set(aggregate),
        command_set::of_one_aggregate(aggregate),
        aggregate_impl(aggregate),
        served_by(aggregate),
        observed::observed_by(aggregate),
        unique_names(aggregate, &events.entries, "events", events.at),
        unique_names(aggregate, &commands.entries, "commands", commands.at),
        unique_names(aggregate, &aggregate.split, "split", aggregate.split_at),
    ]
    .into_iter()
    .collect()
}

/// ```text
/// impl Aggregate for Order {
///     const INFO: AggregateInfo = AggregateInfo::new("Order", OrderEvent::INFOS, OrderCommand::INFOS, "src/order.rs:20", "");
///     const SNAPSHOT: Option<SnapshotSpec<Self>> = snapshot::<Order>(200, 1, 0x0123, OrderEvent::INFOS);
///     type Id = OrderId;              type Event = OrderEvent;     type Command = OrderCommand;
///     type Error = OrderError;        type Services = ();
///     fn apply(&mut self, event: &OrderEvent) { .. }
///     fn apply_recorded(..) -> Result<(), DecodeError> { .. }
///     fn decide(&self, command: OrderCommand, ctx: &Context<'_, ()>) -> impl Future<..> + Send { .. }
/// }
/// ```
fn aggregate_impl(aggregate: &Aggregate) -> TokenStream {
    let Aggregate {
        private,
        ident: me,
        name,
        doc,
        id,
        error,
        ..
    } = aggregate;
    let (event, command) = (&aggregate.events.ident, &aggregate.commands.ident);
    let services = aggregate.services_type();
    let snapshot = snapshot(aggregate);
    let split = split(aggregate);
    let methods = [
        apply(aggregate),
        apply_recorded(aggregate),
        decide(aggregate),
    ];
    quote_spanned! {at(me.span())=>
        #[automatically_derived]
        impl #private::Aggregate for #me {
            const INFO: #private::AggregateInfo = #private::AggregateInfo::new(
                #name,
                <#event as #private::EventSet>::INFOS,
                <#command as #private::CommandSet>::INFOS,
                ::core::concat!(::core::file!(), ":", ::core::line!()),
                #doc,
            )#split;
            const SNAPSHOT: ::core::option::Option<#private::SnapshotSpec<Self>> = #snapshot;
            type Id = #id;
            type Event = #event;
            type Command = #command;
            type Error = #error;
            type Services = #services;
            #(#methods)*
        }
    }
}

/// `.split(&[<OrderMoved as Event>::INFO])`
fn split(aggregate: &Aggregate) -> Option<TokenStream> {
    let private = &aggregate.private;
    let infos = each(
        &aggregate.split,
        |event, _, here| quote_spanned!(here=> <#event as #private::Event>::INFO,),
    );
    let is_empty = aggregate.split.is_empty();
    (!is_empty).then(|| quote_spanned!(at(aggregate.ident.span())=> .split(&[#(#infos)*])))
}

fn snapshot(aggregate: &Aggregate) -> TokenStream {
    let Some(snapshot) = &aggregate.snapshot else {
        return quote_spanned!(at(aggregate.ident.span())=> ::core::option::Option::None);
    };
    let Aggregate {
        private, events, ..
    } = aggregate;
    let (every, version, shape) = (snapshot.every, snapshot.version, snapshot.shape);
    let mut me = aggregate.ident.clone();
    me.set_span(me.span().located_at(snapshot.key.span()));
    let set = &events.ident;
    quote_spanned! {at(snapshot.key.span())=>
        #private::snapshot::<#me>(#every, #version, #shape, <#set as #private::EventSet>::INFOS)
    }
}

/// The dispatch is the assertion that every listed event is applied (EV01): `Order` is located at
/// the list entry, and that is where the caret of the failed bound stands.
///
/// ```text
/// fn apply(&mut self, event: &OrderEvent) {
///     match *event { OrderEvent::OrderPlaced(ref it) => <Order as Apply<OrderPlaced>>::apply(self, it) }
/// }
/// ```
fn apply(aggregate: &Aggregate) -> TokenStream {
    let Aggregate {
        private, events, ..
    } = aggregate;
    let set = &events.ident;
    let arms = events.each(|event, variant, here| {
        let me = aggregate.ident_at(here);
        quote_spanned! {here=>
            #set::#variant(ref it) => <#me as #private::Apply<#event>>::apply(self, it),
        }
    });
    quote_spanned! {at(aggregate.ident.span())=>
        fn apply(&mut self, event: &#set) {
            match *event { #(#arms)* }
        }
    }
}

/// Decodes the one struct it is and applies that; the enum is not built.
///
/// ```text
/// fn apply_recorded(&mut self, recorded: &RecordedEvent, lookups: &mut Lookups) -> Result<(), DecodeError> {
///     if is_split::<OrderMoved>(recorded) { return apply_split(self, recorded, lookups); }
///     if <OrderPlaced as Event>::INFO.is_stored_as(&recorded.event_type) {
///         let it = <OrderPlaced as Event>::decode_payload(recorded, lookups)?;
///         <Order as Apply<OrderPlaced>>::apply(self, &it);
///         return Ok(());
///     }
///     Err(unknown_event(recorded, OrderEvent::INFOS))
/// }
/// ```
fn apply_recorded(aggregate: &Aggregate) -> TokenStream {
    let Aggregate {
        private, events, ..
    } = aggregate;
    let set = &events.ident;
    let split = each(&aggregate.split, |event, _, here| {
        quote_spanned! {here=>
            if #private::is_split::<#event>(recorded) {
                return #private::apply_split(self, recorded, lookups);
            }
        }
    });
    let cases = events.each(|event, _, here| {
        let me = aggregate.ident_at(here);
        quote_spanned! {here=>
            if <#event as #private::Event>::INFO.is_stored_as(&recorded.event_type) {
                let it = <#event as #private::Event>::decode_payload(recorded, lookups)?;
                <#me as #private::Apply<#event>>::apply(self, &it);
                return ::core::result::Result::Ok(());
            }
        }
    });
    quote_spanned! {at(aggregate.ident.span())=>
        #[allow(unused_variables, reason = "there need not be an event")]
        fn apply_recorded(
            &mut self,
            recorded: &#private::RecordedEvent,
            lookups: &mut #private::Lookups,
        ) -> ::core::result::Result<(), #private::DecodeError> {
            #(#split)*
            #(#cases)*
            ::core::result::Result::Err(#private::unknown_event(recorded, <#set as #private::EventSet>::INFOS))
        }
    }
}

/// The dispatch is the assertion that every listed command is handled (EV02).
///
/// ```text
/// fn decide(&self, command: OrderCommand, ctx: &Context<'_, ()>) -> impl Future<Output = ..> + Send {
///     async move {
///         match command {
///             OrderCommand::PlaceOrder(it) => <Order as Handle<PlaceOrder>>::events_of(self, it, ctx).await,
///         }
///     }
/// }
/// ```
fn decide(aggregate: &Aggregate) -> TokenStream {
    let Aggregate {
        private,
        error,
        events,
        commands,
        ..
    } = aggregate;
    let (event, set) = (&events.ident, &commands.ident);
    let arms = commands.each(|command, variant, here| {
        let me = aggregate.ident_at(here);
        let bound = quote_spanned!(here=> it);
        let arguments = quote_spanned!(here=> self, it, ctx);
        // Located as the user's own code: what the compiler says about the call and about awaiting
        // it is then the same message, which it shows once.
        quote_spanned! {variant.span()=>
            #set::#variant(#bound) => <#me as #private::Handle<#command>>::events_of(#arguments).await,
        }
    });
    quote_spanned! {at(aggregate.ident.span())=>
        #[allow(unused_variables, reason = "there need not be a command")]
        fn decide(
            &self,
            command: #set,
            ctx: &#private::Context<'_, Self::Services>,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<::std::vec::Vec<#event>, #error>,
        > + ::core::marker::Send {
            async move {
                match command { #(#arms)* }
            }
        }
    }
}

/// ```text
/// impl<S> ServedBy<S> for Order { fn services(_: &S) -> &() { &() } }
/// ```
fn served_by(aggregate: &Aggregate) -> TokenStream {
    let Aggregate {
        private, ident: me, ..
    } = aggregate;
    let here = at(me.span());
    match &aggregate.services {
        None => quote_spanned! {here=>
            #[automatically_derived]
            impl<__Services> #private::ServedBy<__Services> for #me {
                fn services(_: &__Services) -> &() {
                    &()
                }
            }
        },
        Some(services) => quote_spanned! {here=>
            #[automatically_derived]
            impl<__Services: #private::Provide<#services>> #private::ServedBy<__Services> for #me {
                fn services(all: &__Services) -> &#services {
                    <__Services as #private::Provide<#services>>::provide(all)
                }
            }
        },
    }
}

/// Compares each name with those listed before it; the caret stands on the later entry (EV08).
///
/// ```text
/// const _: () = {
///     let names = Names::of_events(&<Order as Aggregate>::INFO);
///     let names = names.next();    // located at `OrderPlaced`
///     let names = names.next();    // located at `LineAdded`
///     names.end();
/// };
/// ```
fn unique_names(aggregate: &Aggregate, entries: &[Entry], list: &str, here: Span) -> TokenStream {
    let Aggregate {
        private, ident: me, ..
    } = aggregate;
    if entries.is_empty() {
        return TokenStream::new();
    }
    let steps = each(
        entries,
        |_, _, here| quote_spanned!(here=> let names = names.next();),
    );
    let of_list = Ident::new(&format!("of_{list}"), here);
    quote_spanned! {here=>
        const _: () = {
            let names = #private::Names::#of_list(&<#me as #private::Aggregate>::INFO);
            #(#steps)*
            names.end();
        };
    }
}
