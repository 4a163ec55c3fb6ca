//! `#[derive(Aggregate)]`

mod check;
mod commands;
mod events;
mod expand;
mod model;
mod observed;
mod parse;
mod set;
mod shape;

use proc_macro2::TokenStream;

use crate::item;

pub(crate) fn derive(input: TokenStream) -> TokenStream {
    item::derive(input, |item, errors| {
        let mut parsed = parse::aggregate(item, errors)?;
        let required = ["id", "error", "events", "commands"];
        parsed.keys.require(&required, &parsed.ident, errors);
        check::names(&parsed, errors);
        check::split(&mut parsed, errors);
        Some(expand::aggregate(&model::Aggregate::of(parsed)))
    })
}

#[cfg(test)]
mod tests;
