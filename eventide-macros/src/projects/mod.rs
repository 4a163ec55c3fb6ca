//! `#[projects]`

mod check;
mod ev10;
mod expand;
mod model;

use proc_macro2::TokenStream;

use crate::block;

pub(crate) fn expand(arguments: TokenStream, block: &TokenStream) -> TokenStream {
    let words = ("#[projects(..)]", "the form of a handler is given");
    block::expand(arguments, block, words, |private, block, errors| {
        let handled = check::handled(block, errors)?;
        Some(expand::projects(private, block, &handled))
    })
}

#[cfg(test)]
mod tests;
