//! The stored name of a view or a projection, which also names its tables and its checkpoint.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Ident, LitStr};

use crate::diagnostics::Errors;
use crate::keys::Keys;

/// The longest name, in bytes.
const MAX: usize = 60;

/// Its `name = ".."`, or else the type's own in `kebab-case`.
pub(super) fn stored(kind: &str, keys: &Keys, ident: &Ident, errors: &mut Errors) -> String {
    let literal = keys.value::<LitStr>("name", errors);
    let (name, culprit, advice): (String, TokenStream, String) = match &literal {
        Some(literal) => (literal.value(), literal.to_token_stream(), String::new()),
        None => (
            kebab(&ident.unraw().to_string()),
            ident.to_token_stream(),
            format!("\nwrite `#[{kind}(name = \"..\")]`"),
        ),
    };
    if !is_name(&name) {
        let message = format!(
            "`{name}` cannot name a {kind}: a name takes lower-case letters, digits and `-`, at most {MAX} of them, and begins with a letter{advice}"
        );
        errors.at(culprit, message);
    }
    name
}

fn is_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let begins = name.as_bytes().first().is_some_and(u8::is_ascii_lowercase);
    begins && name.len() <= MAX && name.bytes().all(fits)
}

/// `CountrySales` as `country-sales`, `HTTPLog` as `http-log`.
fn kebab(name: &str) -> String {
    let mut kebab = String::with_capacity(name.len() + 4);
    let mut before: Option<char> = None;
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        let next_is_small = letters.peek().is_some_and(|next| next.is_lowercase());
        let begins_word = letter.is_uppercase()
            && before.is_some_and(|it| it != '_' && (!it.is_uppercase() || next_is_small));
        if begins_word {
            kebab.push('-');
        }
        if letter == '_' {
            kebab.push('-');
        } else {
            kebab.extend(letter.to_lowercase());
        }
        before = Some(letter);
    }
    kebab
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_parted() {
        for (name, expected) in [
            ("CountrySales", "country-sales"),
            ("HTTPLog", "http-log"),
            ("Top10Articles", "top10-articles"),
            ("Sales_Per_Month", "sales-per-month"),
            ("X", "x"),
        ] {
            assert_eq!(kebab(name), expected);
        }
    }

    #[test]
    fn a_name_begins_with_a_letter_and_has_an_end() {
        for good in ["a", "country-sales", "top10"] {
            assert!(is_name(good), "{good}");
        }
        for bad in [
            "",
            "-a",
            "1a",
            "A",
            "a_b",
            "a.b",
            "größe",
            &"a".repeat(MAX + 1),
        ] {
            assert!(!is_name(bad), "{bad}");
        }
        assert!(is_name(&"a".repeat(MAX)));
    }
}
