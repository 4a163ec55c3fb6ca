//! `#[derive(Domain)]`

mod expand;
mod lock;
mod parse;
mod views;

use proc_macro2::TokenStream;

use crate::item;

pub(crate) fn derive(input: TokenStream) -> TokenStream {
    item::derive(input, |item, errors| {
        parse::domain(item, errors).map(|domain| expand::domain(&domain))
    })
}

#[cfg(test)]
mod tests;
