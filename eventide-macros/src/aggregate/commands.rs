//! The closed set of an aggregate's commands.

use proc_macro2::TokenStream;
use quote::quote_spanned;

use super::model::Aggregate;
use crate::spans::at;

/// What is called is bound by `CommandOfOneAggregate`, which the same derive writes for every entry:
/// that an entry is no command is so reported there, and nowhere else.
///
/// ```text
/// impl CommandSet for OrderCommand {
///     type Id = OrderId;
///     const INFOS: &'static [CommandInfo] = &[command_info::<PlaceOrder>()];
///     fn info(&self) -> .. { match *self { Self::PlaceOrder(_) => const { &command_info::<PlaceOrder>() } } }
///     fn aggregate_id(&self) -> .. { match *self { Self::PlaceOrder(ref it) => aggregate_id::<PlaceOrder>(it) } }
///     fn validate(&self) -> .. { match *self { Self::PlaceOrder(ref it) => validate_command::<PlaceOrder>(it) } }
///     ..
/// }
/// ```
pub(super) fn command_set(aggregate: &Aggregate) -> TokenStream {
    let Aggregate {
        private,
        id,
        commands,
        ..
    } = aggregate;
    let set = &commands.ident;
    let infos = commands
        .each(|command, _, here| quote_spanned!(here=> #private::command_info::<#command>(),));
    let info = commands.each(|command, variant, here| {
        quote_spanned!(here=> Self::#variant(_) => const { &#private::command_info::<#command>() },)
    });
    let aggregate_id = commands.each(|command, variant, here| {
        quote_spanned!(here=> Self::#variant(ref it) => #private::aggregate_id::<#command>(it),)
    });
    let validate = commands.each(|command, variant, here| {
        quote_spanned!(here=> Self::#variant(ref it) => #private::validate_command::<#command>(it),)
    });
    let deserialize = deserialize(aggregate);
    quote_spanned! {at(aggregate.ident.span())=>
        #[automatically_derived]
        impl #private::CommandSet for #set {
            type Id = #id;
            const INFOS: &'static [#private::CommandInfo] = &[#(#infos)*];
            fn info(&self) -> &'static #private::CommandInfo {
                match *self { #(#info)* }
            }
            fn aggregate_id(&self) -> &Self::Id {
                match *self { #(#aggregate_id)* }
            }
            fn validate(&self) -> ::core::result::Result<(), #private::InvalidCommand> {
                match *self { #(#validate)* }
            }
            #deserialize
        }
    }
}

/// ```text
/// fn deserialize<'de, D: Deserializer<'de>>(name: &str, from: D) -> Option<Result<Self, D::Error>> {
///     if command_is::<PlaceOrder>(name) {
///         return Some(deserialize_command(from).map(Self::PlaceOrder));
///     }
///     None
/// }
/// ```
fn deserialize(aggregate: &Aggregate) -> TokenStream {
    let Aggregate {
        private, commands, ..
    } = aggregate;
    let cases = commands.each(|command, variant, here| {
        quote_spanned! {here=>
            if #private::command_is::<#command>(name) {
                let command = #private::deserialize_command::<#command, __D>(from);
                return ::core::option::Option::Some(command.map(Self::#variant));
            }
        }
    });
    quote_spanned! {at(aggregate.ident.span())=>
        #[allow(unused_variables, reason = "there need not be a command")]
        fn deserialize<'de, __D: #private::Deserializer<'de>>(
            name: &::core::primitive::str,
            from: __D,
        ) -> ::core::option::Option<::core::result::Result<Self, __D::Error>> {
            #(#cases)*
            ::core::option::Option::None
        }
    }
}

/// ```text
/// impl CommandOfOneAggregate for PlaceOrder { type Aggregate = Order; }
/// ```
///
/// A second aggregate that lists `PlaceOrder` makes a second such impl: EV04.
pub(super) fn of_one_aggregate(aggregate: &Aggregate) -> TokenStream {
    let Aggregate {
        private, commands, ..
    } = aggregate;
    let impls = commands.each(|command, _, here| {
        let me = aggregate.ident_at(here);
        quote_spanned! {here=>
            #[automatically_derived]
            impl #private::CommandOfOneAggregate for #command {
                type Aggregate = #me;
            }
        }
    });
    impls.collect()
}
