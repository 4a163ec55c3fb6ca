//! `#[derive(Event)]`

mod expand;
mod parse;

use proc_macro2::TokenStream;

use crate::item;

pub(crate) fn derive(input: TokenStream) -> TokenStream {
    item::derive(input, |item, errors| {
        parse::event(item, errors).map(|event| expand::event(&event))
    })
}

#[cfg(test)]
mod tests;
