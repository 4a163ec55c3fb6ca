//! `#[derive(Projection)]`

mod expand;
mod parse;

use proc_macro2::TokenStream;

use crate::item;

pub(crate) fn derive(input: TokenStream) -> TokenStream {
    item::derive(input, |item, errors| {
        let projection = parse::projection(item, errors)?;
        Some(expand::projection(&projection))
    })
}

#[cfg(test)]
mod tests;
