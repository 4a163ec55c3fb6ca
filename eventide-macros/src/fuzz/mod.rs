//! Whatever is written in attributes: no panic, no hang, code that parses, and no history other than
//! the one that was declared.

mod history;
mod soup;

use proc_macro2::TokenStream;
use proptest::test_runner::Config;

/// How often a property is tried. A failure is shown with its input and is kept nowhere.
fn config(cases: u32) -> Config {
    Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    }
}

/// The items of an expansion, which is what the compiler would go on with.
fn items(expansion: &TokenStream) -> Result<Vec<syn::Item>, String> {
    syn::parse2::<syn::File>(expansion.clone())
        .map(|file| file.items)
        .map_err(|error| format!("{error}: {expansion}"))
}
