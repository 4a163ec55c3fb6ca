//! Where the caret stands when a handler returns something that is not its aggregate's event.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{GenericArgument, PathArguments, PathSegment, Type};

/// The return type, meaning what it means, located so that a failed bound on it underlines the one
/// event inside `Result`, `Option` or `Vec` rather than all of it.
///
/// A type's span reaches from its first token to its last, so these two move. Types by other names
/// stay as they are: if one does not exist, the compiler must say so where the user wrote it.
pub(super) fn located(ty: &Type) -> TokenStream {
    let tokens = ty.to_token_stream();
    let Some(event) = single_event(ty) else {
        return tokens;
    };
    let last = tokens.clone().into_iter().count().saturating_sub(1);
    tokens
        .into_iter()
        .enumerate()
        .map(|(index, mut token)| {
            if index == 0 || index == last {
                relocate(&mut token, event);
            }
            token
        })
        .collect()
}

/// Where the one event stands that `ty` wraps, or else all of it.
pub(super) fn event_span(ty: &Type) -> Span {
    single_event(ty).unwrap_or_else(|| ty.span())
}

fn relocate(token: &mut TokenTree, span: Span) {
    token.set_span(token.span().located_at(span));
}

/// Where the event stands that `ty` wraps, if it wraps one.
fn single_event(ty: &Type) -> Option<Span> {
    let inner = wrapped(ty)?;
    single_event(inner).or_else(|| match inner {
        Type::Path(path) => path.path.segments.last().map(|it| it.ident.span()),
        other => Some(other.span()),
    })
}

/// What stands inside a `Result`, `Option` or `Vec`.
fn wrapped(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let mut segments = path.path.segments.iter();
    let (Some(PathSegment { ident, arguments }), None) = (segments.next(), segments.next()) else {
        return None;
    };
    let known = ["Result", "Option", "Vec"].iter().any(|name| ident == name);
    match arguments {
        PathArguments::AngleBracketed(arguments) if known => match arguments.args.first() {
            Some(GenericArgument::Type(inner)) => Some(inner),
            _ => None,
        },
        _ => None,
    }
}
