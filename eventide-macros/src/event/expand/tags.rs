use proc_macro2::TokenStream;
use quote::quote_spanned;

use super::Event;
use crate::spans::at;

/// ```text
/// fn tags(&self) -> Result<Vec<Tag>, InvalidTag> {
///     Ok(Vec::from([Tag::new("customer", &self.customer)?]))
/// }
/// ```
pub(super) fn tags(event: &Event) -> Option<TokenStream> {
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
