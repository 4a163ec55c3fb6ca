//! `#[folds]`

mod check;
mod ev10;
mod expand;
mod model;

use proc_macro2::TokenStream;

use crate::block::{self, Block};
use crate::diagnostics::Errors;
use crate::keys::{CRATE, Keys};

/// The block as it was, then the impls of what it folds. The block needs no change even after an
/// error: there are no attributes of ours inside.
pub(crate) fn expand(arguments: TokenStream, block: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let keys = Keys::of_list(arguments, "#[folds(..)]", &[CRATE], &mut errors);
    let private = keys.private(&mut errors);
    let generated = match syn::parse2::<Block>(block.clone()) {
        Ok(parsed) => check::folded(&parsed, &mut errors)
            .map(|folded| expand::folds(&private, &parsed, &folded)),
        Err(error) => {
            errors.push(error);
            None
        }
    };
    let mut output = block::quiet(block, "the form of a fold is given");
    output.extend(errors.finish());
    output.extend(generated);
    output
}

#[cfg(test)]
mod tests;
