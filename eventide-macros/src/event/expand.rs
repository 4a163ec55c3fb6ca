use proc_macro2::TokenStream;
use quote::quote_spanned;

use super::parse::Event;
use crate::spans::at;

/// ```text
/// impl Event for OrderPlaced {
///     const INFO: EventInfo = EventInfo::new("OrderPlaced", FIRST, "src/order.rs:3", "A customer ..");
///     fn tags(&self) -> Result<Vec<Tag>, InvalidTag> {
///         Ok(Vec::from([Tag::new("customer", &self.customer)?]))
///     }
/// }
/// ```
pub(super) fn event(event: &Event) -> TokenStream {
    let Event {
        private,
        ident,
        name,
        doc,
        ..
    } = event;
    let tags = tags(event);
    quote_spanned! {at(ident.span())=>
        #[automatically_derived]
        impl #private::Event for #ident {
            const INFO: #private::EventInfo = #private::EventInfo::new(
                #name,
                #private::SchemaVersion::FIRST,
                ::core::concat!(::core::file!(), ":", ::core::line!()),
                #doc,
            );
            #tags
        }
    }
}

fn tags(event: &Event) -> Option<TokenStream> {
    if event.tags.is_empty() {
        return None;
    }
    let private = &event.private;
    let tags = event.tags.iter().map(|tag| {
        let (key, member) = (&tag.key, &tag.member);
        quote_spanned!(at(tag.at)=> #private::Tag::new(#key, &self.#member)?)
    });
    Some(quote_spanned! {at(event.ident.span())=>
        fn tags(&self) -> ::core::result::Result<::std::vec::Vec<#private::Tag>, #private::InvalidTag> {
            ::core::result::Result::Ok(::std::vec::Vec::from([#(#tags),*]))
        }
    })
}
