//! `#[derive(AggregateId)]`

mod expand;
mod parse;

use proc_macro2::TokenStream;

use crate::item;

pub(crate) fn derive(input: TokenStream) -> TokenStream {
    item::derive(input, |item, errors| {
        parse::aggregate_id(item, errors).map(|id| expand::aggregate_id(&id))
    })
}

#[cfg(test)]
mod tests;
