//! `#[derive(Shape)]`, and the shapes of events for `#[derive(Event)]`.

mod expand;
mod model;
mod parse;

use proc_macro2::TokenStream;

pub(crate) use parse::{OPAQUE, of_struct, opaque};

use crate::item;

pub(crate) fn derive(input: TokenStream) -> TokenStream {
    item::derive(input, |item, errors| {
        let shaped = parse::item(item, errors);
        Some(expand::item(&shaped))
    })
}

#[cfg(test)]
mod tests;
