//! What every derive asks of the item it stands on.

use proc_macro2::TokenStream;
use syn::{Data, DataEnum, DataStruct, DeriveInput, Fields};

use crate::diagnostics::Errors;

/// Reads the item, hands it to `expand`, and puts the errors before what comes back.
pub(crate) fn derive(
    input: TokenStream,
    expand: impl FnOnce(&DeriveInput, &mut Errors) -> Option<TokenStream>,
) -> TokenStream {
    let mut errors = Errors::default();
    let generated = match syn::parse2::<DeriveInput>(input) {
        Ok(item) => expand(&item, &mut errors),
        Err(error) => {
            errors.push(error);
            None
        }
    };
    let mut output = errors.finish();
    output.extend(generated);
    output
}

/// Refuses type, const and lifetime parameters; `None` if there are any, for then no impl can be
/// guessed. `because` completes the sentence.
pub(crate) fn without_generics(
    item: &DeriveInput,
    because: &str,
    errors: &mut Errors,
) -> Option<()> {
    let generics = &item.generics;
    if generics.params.is_empty() {
        return Some(());
    }
    let message = format!("`{}` has parameters, but {because}", item.ident);
    errors.at(generics, message);
    None
}

/// The struct; other items are refused. `because` completes the sentence.
pub(crate) fn as_struct<'a>(
    item: &'a DeriveInput,
    because: &str,
    errors: &mut Errors,
) -> Option<&'a DataStruct> {
    let kind = match &item.data {
        Data::Struct(data) => return Some(data),
        Data::Enum(_) => "an enum",
        Data::Union(_) => "a union",
    };
    let message = format!("`{}` is {kind}, but {because}", item.ident);
    errors.at(&item.ident, message);
    None
}

/// The enum; other items are refused. `because` completes the sentence.
pub(crate) fn as_enum<'a>(
    item: &'a DeriveInput,
    because: &str,
    errors: &mut Errors,
) -> Option<&'a DataEnum> {
    if let Data::Enum(data) = &item.data {
        return Some(data);
    }
    let message = format!("`{}` is not an enum, but {because}", item.ident);
    errors.at(&item.ident, message);
    None
}

/// The fields of a struct; none of anything else.
pub(crate) fn fields(data: Option<&DataStruct>) -> &Fields {
    data.map_or(&Fields::Unit, |data| &data.fields)
}
