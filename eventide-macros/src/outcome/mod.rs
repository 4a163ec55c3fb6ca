//! `#[derive(Outcome)]`

mod expand;
mod parse;

use proc_macro2::TokenStream;

use crate::item;

pub(crate) fn derive(input: TokenStream) -> TokenStream {
    item::derive(input, |item, errors| {
        parse::outcome(item, errors).map(|outcome| expand::outcome(&outcome))
    })
}

#[cfg(test)]
mod tests;
