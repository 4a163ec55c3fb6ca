//! `#[folds]`

mod check;
mod ev10;
mod expand;
mod model;
mod writes;

use proc_macro2::TokenStream;

use crate::block;

pub(crate) fn expand(arguments: TokenStream, block: &TokenStream) -> TokenStream {
    let words = ("#[folds(..)]", "the form of a fold is given");
    block::expand(arguments, block, words, |private, block, errors| {
        let folded = check::folded(block, errors)?;
        Some(expand::folds(private, block, &folded))
    })
}

#[cfg(test)]
mod tests;
