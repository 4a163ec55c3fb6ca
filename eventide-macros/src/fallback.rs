//! What is guessed where the user's item has a hole, so that one mistake is one error.
//!
//! A guess is only made beside an error message; nothing that compiles holds one.

use proc_macro2::TokenStream;
use quote::quote_spanned;
use syn::{Fields, Ident, Member, Path, Type, parse_quote_spanned};

use crate::spans::at;

/// The field that probably holds a command's id: the first whose type is called like one, or else
/// the first.
pub(crate) fn id_field(fields: &Fields) -> Option<(Member, Type)> {
    let looks_like_id = |ty: &Type| {
        let Type::Path(path) = ty else { return false };
        let last = path.path.segments.last();
        last.is_some_and(|segment| segment.ident.to_string().ends_with("Id"))
    };
    let all = || fields.iter().map(|field| field.ty.clone());
    let mut fields = fields.members().zip(all());
    fields
        .clone()
        .find(|(_, ty)| looks_like_id(ty))
        .or_else(|| fields.next())
}

/// The id of an aggregate that names none: that of its first command.
pub(crate) fn aggregate_id(
    private: &TokenStream,
    aggregate: &Ident,
    first_command: Option<&Path>,
) -> Type {
    let here = at(aggregate.span());
    match first_command {
        Some(command) => parse_quote_spanned!(here=> <#command as #private::Command>::Id),
        None => parse_quote_spanned!(here=> #private::AnyId),
    }
}

/// The error of an aggregate that names none: every handler's error turns into it.
pub(crate) fn aggregate_error(private: &TokenStream, aggregate: &Ident) -> Type {
    parse_quote_spanned!(at(aggregate.span())=> #private::BoxError)
}

/// The body of a handler that is not of the form it must be.
pub(crate) fn body(private: &TokenStream, handler: &Ident) -> TokenStream {
    quote_spanned!(at(handler.span())=> #private::after_an_error())
}

/// The key of a view that names none: the id of the first aggregate it observes.
pub(crate) fn view_key(private: &TokenStream, view: &Ident, first_observed: Option<&Path>) -> Type {
    let here = at(view.span());
    match first_observed {
        Some(aggregate) => parse_quote_spanned!(here=> <#aggregate as #private::Aggregate>::Id),
        None => parse_quote_spanned!(here=> ::std::string::String),
    }
}
