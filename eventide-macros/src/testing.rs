//! What unit tests of the macros ask of an expansion.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The tokens, one statement or item per line, so that a difference can be found. How they are
/// spaced does not count, nor do commas behind the last of several things.
fn lines(tokens: &TokenStream) -> Vec<String> {
    let mut text = String::new();
    write(tokens, &mut text);
    for end in [")", ">", "}", "]"] {
        text = text.replace(&format!(", {end}"), end);
    }
    text.split_inclusive([';', '{', '}'])
        .map(|line| line.trim().to_owned())
        .collect()
}

fn write(tokens: &TokenStream, text: &mut String) {
    for token in tokens.clone() {
        if let TokenTree::Group(group) = token {
            let (open, close) = match group.delimiter() {
                Delimiter::Parenthesis => ("( ", ") "),
                Delimiter::Brace => ("{ ", "} "),
                Delimiter::Bracket => ("[ ", "] "),
                Delimiter::None => ("", ""),
            };
            text.push_str(open);
            write(&group.stream(), text);
            text.push_str(close);
        } else {
            text.push_str(&token.to_string());
            text.push(' ');
        }
    }
}

/// Both are the same code.
#[track_caller]
pub(crate) fn assert_code(actual: &TokenStream, expected: &TokenStream) {
    let (actual, expected) = (lines(actual), lines(expected));
    for (actual, expected) in actual.iter().zip(&expected) {
        assert_eq!(actual, expected);
    }
    assert_eq!(actual.len(), expected.len(), "one of them goes on");
}

/// The messages of the `compile_error!`s in an expansion.
pub(crate) fn messages(expansion: &TokenStream) -> Vec<String> {
    let mut found = Vec::new();
    let mut after_name = false;
    for token in expansion.clone() {
        match token {
            TokenTree::Ident(ident) => after_name = ident == "compile_error",
            TokenTree::Group(group) if after_name => {
                after_name = false;
                found.extend(syn::parse2::<syn::LitStr>(group.stream()).map(|it| it.value()));
            }
            TokenTree::Group(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
    found
}
