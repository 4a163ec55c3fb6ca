//! `#[derive(Command)]`

mod expand;
mod parse;

use proc_macro2::TokenStream;

use crate::item;

pub(crate) fn derive(input: TokenStream) -> TokenStream {
    item::derive(input, |item, errors| {
        parse::command(item, errors).map(|command| expand::command(&command))
    })
}

#[cfg(test)]
mod tests;
