use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::Type;

use super::model::{Handler, Role};
use super::outcome;
use crate::block::Block;
use crate::fallback;
use crate::spans::{at, last_word, relocated};

pub(super) fn handlers(private: &TokenStream, block: &Block, handlers: &[Handler]) -> TokenStream {
    handlers
        .iter()
        .map(|handler| match &handler.role {
            Role::Decide {
                command,
                outcome,
                context,
                is_async,
            } => {
                let outcome = outcome.as_ref();
                decide(
                    private, block, handler, command, outcome, *context, *is_async,
                )
            }
            Role::Apply { event } => apply(private, block, handler, event),
        })
        .collect()
}

/// ```text
/// impl Handle<PlaceOrder> for Order {
///     type Outcome = Result<OrderPlaced, OrderError>;
///     fn handle(&self, command: PlaceOrder, ctx: &Context<'_, Self::Services>)
///         -> impl Future<Output = Self::Outcome> + Send
///     {
///         ready(<Order>::place(self, command))    // or, if it is async: <Order>::place(self, command)
///     }
/// }
/// const _: () = emits_no_retired(<Order as Handle<PlaceOrder>>::RETIRED);
/// ```
fn decide(
    private: &TokenStream,
    block: &Block,
    handler: &Handler,
    command: &Type,
    outcome: Option<&Type>,
    context: Option<Span>,
    is_async: bool,
) -> TokenStream {
    let Block { cfgs, me, .. } = block;
    let (name, own_cfgs) = (&handler.name, &handler.cfgs);
    let here = at(last_word(command));
    let header = relocated(me, here);
    let returned = at(outcome.map_or_else(|| name.span(), outcome::event_span));
    let outcome = outcome.map_or_else(|| quote_spanned!(at(name.span())=> ()), outcome::located);
    let checks = relocated(private, returned);
    let no_retired = quote_spanned! {returned=>
        const _: () = #checks::emits_no_retired(<#me as #checks::Handle<#command>>::RETIRED);
    };
    let context = context.map(|span| quote_spanned!(at(span)=> ctx));
    let call = quote_spanned!(at(name.span())=> <#me>::#name(self, command, #context));
    let body = if handler.broken {
        let never = fallback::body(private, name);
        quote_spanned!(at(name.span())=> ::core::future::ready(#never))
    } else if is_async {
        call
    } else {
        quote_spanned!(at(name.span())=> ::core::future::ready(#call))
    };
    quote_spanned! {here=>
        #(#cfgs)*
        #(#own_cfgs)*
        #[automatically_derived]
        #[allow(unused_variables, reason = "a handler need not look at its context")]
        impl #private::Handle<#command> for #header {
            type Outcome = #outcome;
            fn handle(
                &self,
                command: #command,
                ctx: &#private::Context<'_, <Self as #private::Aggregate>::Services>,
            ) -> impl ::core::future::Future<Output = Self::Outcome> + ::core::marker::Send {
                #body
            }
        }
        #(#cfgs)*
        #(#own_cfgs)*
        #no_retired
    }
}

/// ```text
/// impl Apply<OrderPlaced> for Order {
///     fn apply(&mut self, event: &OrderPlaced) { <Order>::placed(self, event) }
/// }
/// ```
fn apply(private: &TokenStream, block: &Block, handler: &Handler, event: &Type) -> TokenStream {
    let Block { cfgs, me, .. } = block;
    let (name, own_cfgs) = (&handler.name, &handler.cfgs);
    let here = at(last_word(event));
    let header = relocated(me, here);
    let body = if handler.broken {
        fallback::body(private, name)
    } else {
        quote_spanned!(at(name.span())=> <#me>::#name(self, event))
    };
    quote_spanned! {here=>
        #(#cfgs)*
        #(#own_cfgs)*
        #[automatically_derived]
        #[allow(unused_variables, reason = "after an error nothing is called")]
        impl #private::Apply<#event> for #header {
            fn apply(&mut self, event: &#event) {
                #body
            }
        }
    }
}
