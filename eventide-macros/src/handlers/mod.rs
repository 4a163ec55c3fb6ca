//! `#[handlers]`

mod check;
mod ev10;
mod expand;
mod form;
mod model;
mod outcome;

use proc_macro2::TokenStream;

use crate::block;

pub(crate) fn expand(arguments: TokenStream, block: &TokenStream) -> TokenStream {
    let words = ("#[handlers(..)]", "the form of a handler is given");
    block::expand(arguments, block, words, |private, block, errors| {
        let handlers = check::handlers(block, errors)?;
        Some(expand::handlers(private, block, &handlers))
    })
}

#[cfg(test)]
mod tests;
