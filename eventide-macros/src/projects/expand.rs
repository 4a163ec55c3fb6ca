use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::model::{Argument, Handler};
use crate::block::Block;
use crate::spans::{at, last_word, relocated};
use crate::{code, fallback};

pub(super) fn projects(private: &TokenStream, block: &Block, handlers: &[Handler]) -> TokenStream {
    handlers
        .iter()
        .map(|handler| observe_impl(private, block, handler))
        .collect()
}

/// An event that is handled must be one that is observed.
///
/// ```text
/// impl Observe<OrderPlaced> for BestSellers {
///     const FINGERPRINT: u64 = 0x0123;
///     fn observe<'a>(
///         Projecting { projection, events, tx }: Projecting<'a, Self, <Self as Projection>::Target, OrderPlaced>,
///     ) -> <<Self as Projection>::Target as Target>::Handling<'a> where 'a: 'a {
///         Box::pin(async move {
///             for it in events {
///                 <Result<(), Error> as IntoHandled>::into_handled(<BestSellers>::placed(projection, it.event, tx).await)?;
///             }
///             Ok(())
///         })
///     }
/// }
/// const _: () = observes_event("projection", &<BestSellers as ReadModel>::INFO, &<OrderPlaced as Event>::INFO, "handles");
/// ```
fn observe_impl(private: &TokenStream, block: &Block, handler: &Handler) -> TokenStream {
    let event = &handler.event;
    let here = at(last_word(event));
    let header = relocated(&block.me, here);
    let fingerprint = code::fingerprint([handler.code.as_str()].into_iter());
    let body = if handler.broken {
        fallback::body(private, &handler.name)
    } else {
        body(private, block, handler)
    };
    let cfgs: Vec<_> = block.cfgs.iter().chain(&handler.cfgs).collect();
    let (me, checks) = (&block.me, relocated(private, here));
    quote_spanned! {here=>
        #(#cfgs)*
        #[automatically_derived]
        #[allow(unused_variables, reason = "a handler need not write")]
        impl #private::Observe<#event> for #header {
            const FINGERPRINT: ::core::primitive::u64 = #fingerprint;
            fn observe<'__a>(
                #private::Projecting { projection, events, tx }:
                    #private::Projecting<'__a, Self, <Self as #private::Projection>::Target, #event>,
            ) -> <<Self as #private::Projection>::Target as #private::Target>::Handling<'__a>
            where
                '__a: '__a,
            {
                #body
            }
        }
        #(#cfgs)*
        const _: () = #checks::observes_event(
            "projection",
            &<#me as #checks::ReadModel>::INFO,
            &<#event as #checks::Event>::INFO,
            "handles",
        );
    }
}

fn body(private: &TokenStream, block: &Block, handler: &Handler) -> TokenStream {
    let name = &handler.name;
    let (span, returned) = match &handler.returned {
        Some(returned) => (returned.span(), quote!(#returned)),
        None => (name.span(), quote_spanned!(at(name.span())=> ())),
    };
    let here = at(span);
    let call = call(block, handler);
    let one = quote_spanned!(here=> <#returned as #private::IntoHandled>::into_handled(#call)?;);
    let all = if handler.takes_several {
        one
    } else {
        quote_spanned!(here=> for it in events { #one })
    };
    quote_spanned! {here=>
        ::std::boxed::Box::pin(async move {
            #all
            ::core::result::Result::Ok(())
        })
    }
}

/// `<BestSellers>::placed(projection, it.event, it.recorded, tx).await`
fn call(block: &Block, handler: &Handler) -> TokenStream {
    let (me, name) = (&block.me, &handler.name);
    let here = at(name.span());
    let event = if handler.takes_several {
        quote_spanned!(here=> &events)
    } else {
        quote_spanned!(here=> it.event)
    };
    let more = handler.more.iter().map(|argument| match argument {
        Argument::Recorded(span) => quote_spanned!(at(*span)=> it.recorded,),
        Argument::Tx(span) => quote_spanned!(at(*span)=> tx,),
    });
    let waits = handler.is_async.then(|| quote_spanned!(here=> .await));
    quote_spanned!(here=> <#me>::#name(projection, #event, #(#more)*) #waits)
}
