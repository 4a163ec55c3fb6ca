//! Names and documentation taken from the user's item.

use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Attribute, Expr, ExprLit, Ident, Lit, LitStr, Meta};

use crate::diagnostics::Errors;
use crate::keys::Keys;

/// The name an item is stored by: its `name = ".."`, or else the type's own.
pub(crate) fn stored_name(keys: &Keys, ident: &Ident, errors: &mut Errors) -> String {
    let Some(literal) = keys.value::<LitStr>("name", errors) else {
        return ident.unraw().to_string();
    };
    let name = literal.value();
    if name.is_empty() || name.contains(char::is_control) {
        errors.at(
            &literal,
            "a stored name has characters, and none of them is a control",
        );
    }
    name
}

/// The first paragraph of a doc comment, on one line.
pub(crate) fn doc(attrs: &[Attribute]) -> String {
    let lines: Vec<String> = attrs.iter().filter_map(doc_text).collect();
    lines
        .iter()
        .flat_map(|text| text.split('\n'))
        .map(|line| line.trim().trim_start_matches("* "))
        .skip_while(|line| line.is_empty())
        .take_while(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn doc_text(attr: &Attribute) -> Option<String> {
    let Meta::NameValue(meta) = &attr.meta else {
        return None;
    };
    if !meta.path.is_ident("doc") {
        return None;
    }
    match &meta.value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some(text.value()),
        _ => None,
    }
}

/// The `#[cfg(..)]` attributes, which whatever is generated for the item must carry too.
pub(crate) fn cfgs(attrs: &[Attribute]) -> Vec<Attribute> {
    attrs
        .iter()
        .filter(|attr| attr.path().is_ident("cfg"))
        .cloned()
        .collect()
}

/// A type as it is written in a message: no blanks but where words meet.
pub(crate) fn shown(tokens: impl ToTokens) -> String {
    let text = tokens.into_token_stream().to_string();
    let mut shown = String::with_capacity(text.len());
    let mut words = text.split(' ').peekable();
    while let Some(word) = words.next() {
        shown.push_str(word);
        let in_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        let meets = words
            .peek()
            .is_some_and(|next| in_word(word.chars().last()) && in_word(next.chars().next()));
        if meets || word.ends_with(',') {
            shown.push(' ');
        }
    }
    shown
}

/// A variant's name for a type's name: a raw identifier such as `r#move` becomes `Move`, unless that
/// would be no name, as for `r#self_`.
pub(crate) fn variant(ident: &Ident) -> Ident {
    let text = ident.to_string();
    let Some(plain) = text.strip_prefix("r#") else {
        return ident.clone();
    };
    let camel: String = plain
        .split('_')
        .flat_map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(char::to_uppercase);
            first.into_iter().flatten().chain(letters)
        })
        .collect();
    match syn::parse_str::<Ident>(&camel) {
        Ok(mut name) => {
            name.set_span(ident.span());
            name
        }
        Err(_) => ident.clone(),
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;
    use syn::parse_quote;

    use super::*;

    #[test]
    fn the_first_paragraph_is_the_doc() {
        let attrs: Vec<Attribute> = vec![
            parse_quote!(#[doc = " An order"]),
            parse_quote!(#[doc = " was placed."]),
            parse_quote!(#[doc = ""]),
            parse_quote!(#[doc = " More."]),
        ];
        assert_eq!(doc(&attrs), "An order was placed.");
        assert_eq!(doc(&[]), "");
    }

    #[test]
    fn types_are_shown_as_people_write_them() {
        assert_eq!(
            shown(quote!(Result<Vec<a::B>, String>)),
            "Result<Vec<a::B>, String>"
        );
        assert_eq!(shown(quote!(&mut Order)), "&mut Order");
    }

    #[test]
    fn raw_names_become_plain_variants() {
        let raw: Ident = parse_quote!(r#move);
        assert_eq!(variant(&raw), "Move");
        let plain: Ident = parse_quote!(LineAdded);
        assert_eq!(variant(&plain), "LineAdded");
    }

    #[test]
    fn raw_names_stay_as_they_are_where_there_is_no_plain_one() {
        for text in ["r#self_", "r#__", "r#_1"] {
            let raw: Ident = syn::parse_str(text).expect("is an identifier");
            assert_eq!(variant(&raw), raw);
        }
    }
}
