use proc_macro2::TokenStream;
use quote::quote_spanned;

use super::parse::{Command, Existence, Id};
use crate::spans::at;

/// ```text
/// impl Command for PlaceOrder {
///     type Id = OrderId;
///     const INFO: CommandInfo = CommandInfo::new("PlaceOrder", Existence::MustNot, "src/order.rs:9", "");
///     fn aggregate_id(&self) -> &OrderId { &self.order }
/// }
/// ```
pub(super) fn command(command: &Command) -> TokenStream {
    let Command {
        private,
        ident,
        name,
        doc,
        ..
    } = command;
    let Id { member, ty } = &command.id;
    let here = at(ident.span());
    let existence = match command.existence {
        Existence::Must => quote_spanned!(here=> Must),
        Existence::MustNot => quote_spanned!(here=> MustNot),
        Existence::May => quote_spanned!(here=> May),
    };
    let validate = command.validate.then(|| {
        quote_spanned! {here=>
            fn validate(&self) -> ::core::result::Result<(), #private::InvalidCommand> {
                #private::validate(<Self as #private::Command>::INFO.name, self)
            }
        }
    });
    quote_spanned! {here=>
        #[automatically_derived]
        impl #private::Command for #ident {
            type Id = #ty;
            const INFO: #private::CommandInfo = #private::CommandInfo::new(
                #name,
                #private::Existence::#existence,
                ::core::concat!(::core::file!(), ":", ::core::line!()),
                #doc,
            );
            fn aggregate_id(&self) -> &#ty {
                &self.#member
            }
            #validate
        }
    }
}
