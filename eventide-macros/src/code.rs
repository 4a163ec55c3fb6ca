//! What tells the code of a fold or a handler from another.

use eventide_lock::hash::fnv1a;
use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use quote::ToTokens;
use syn::Signature;

/// What a function takes, gives and does. Its name does not count, nor do blanks and comments.
pub(crate) fn text(signature: &Signature, body: &TokenStream) -> String {
    let mut text = String::new();
    for part in [
        signature.inputs.to_token_stream(),
        signature.output.to_token_stream(),
        body.clone(),
    ] {
        write(part, &mut text);
        text.push('\n');
    }
    text
}

/// FNV-1a (Fowler, Noll, Vo) over the code of all functions that have to do with an event.
pub(crate) fn fingerprint<'a>(codes: impl Iterator<Item = &'a str>) -> u64 {
    let codes: Vec<_> = codes.collect();
    fnv1a(codes.join("\n").as_bytes())
}

fn write(tokens: TokenStream, text: &mut String) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(sign) if sign.as_char() == '#' && is_doc(tokens.peek()) => {
                tokens.next();
            }
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                text.push_str(open);
                write(group.stream(), text);
                text.push_str(close);
            }
            TokenTree::Punct(sign) => {
                text.push(sign.as_char());
                if sign.spacing() == Spacing::Alone {
                    text.push(' ');
                }
            }
            other @ (TokenTree::Ident(_) | TokenTree::Literal(_)) => {
                text.push_str(&other.to_string());
                text.push(' ');
            }
        }
    }
}

/// Whether these are the brackets of a doc comment.
fn is_doc(token: Option<&TokenTree>) -> bool {
    let Some(TokenTree::Group(group)) = token else {
        return false;
    };
    matches!(group.stream().into_iter().next(), Some(TokenTree::Ident(it)) if it == "doc")
}
