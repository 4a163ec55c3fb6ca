//! `#[derive(View)]`

mod check;
mod column;
mod constants;
mod expand;
mod parse;

use proc_macro2::TokenStream;

use crate::item;

pub(crate) fn derive(input: TokenStream) -> TokenStream {
    item::derive(input, |item, errors| {
        let parsed = parse::view(item, errors)?;
        check::required(&parsed, errors);
        Some(expand::view(&parse::View::of(parsed)))
    })
}

#[cfg(test)]
mod tests;
