//! `#[handlers]`

mod check;
mod ev10;
mod expand;
mod form;
mod model;
mod outcome;

use proc_macro2::TokenStream;

use crate::block::{self, Block};
use crate::diagnostics::Errors;
use crate::keys::{CRATE, Keys};

/// The block as it was, then the impls of its handlers. The block needs no change even after an
/// error: there are no attributes of ours inside.
pub(crate) fn expand(arguments: TokenStream, block: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let keys = Keys::of_list(arguments, "#[handlers(..)]", &[CRATE], &mut errors);
    let private = keys.private(&mut errors);
    let generated = match syn::parse2::<Block>(block.clone()) {
        Ok(parsed) => check::handlers(&parsed, &mut errors)
            .map(|handlers| expand::handlers(&private, &parsed, &handlers)),
        Err(error) => {
            errors.push(error);
            None
        }
    };
    let mut output = block::quiet(block, "the form of a handler is given");
    output.extend(errors.finish());
    output.extend(generated);
    output
}

#[cfg(test)]
mod tests;
