//! Which fields of the document a fold writes, as far as its tokens tell.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, Group, Spacing, TokenStream, TokenTree};
use syn::ext::IdentExt;

/// What a fold writes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Writes {
    /// The fields it uses in a way that is not plainly reading.
    pub(super) fields: BTreeSet<String>,
    /// It hands the document on, and so may write any.
    pub(super) may_be_others: bool,
}

/// What a body writes.
pub(super) fn of(body: &TokenStream) -> Writes {
    let mut writes = Writes::default();
    writes.scan(body.clone(), false);
    writes
}

/// Methods that are known to read, whatever std's type they are of.
const READS: &[&str] = &[
    "abs",
    "as_deref",
    "as_ref",
    "as_slice",
    "as_str",
    "chars",
    "checked_add",
    "checked_div",
    "checked_mul",
    "checked_sub",
    "clone",
    "cloned",
    "cmp",
    "contains",
    "contains_key",
    "copied",
    "ends_with",
    "eq",
    "first",
    "get",
    "is_empty",
    "is_err",
    "is_none",
    "is_none_or",
    "is_ok",
    "is_some",
    "is_some_and",
    "iter",
    "keys",
    "last",
    "len",
    "lines",
    "map",
    "max",
    "min",
    "ne",
    "partial_cmp",
    "pow",
    "saturating_add",
    "saturating_mul",
    "saturating_sub",
    "starts_with",
    "to_owned",
    "to_string",
    "to_vec",
    "trim",
    "unwrap",
    "unwrap_or",
    "unwrap_or_default",
    "unwrap_or_else",
    "values",
    "wrapping_add",
    "wrapping_sub",
];

/// Macros that are known to read what they are given.
const READING_MACROS: &[&str] = &[
    "assert",
    "assert_eq",
    "assert_ne",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "eprintln",
    "format",
    "format_args",
    "matches",
    "panic",
    "println",
    "unreachable",
    "vec",
];

impl Writes {
    /// `all`: every use in here is a write.
    fn scan(&mut self, tokens: TokenStream, all: bool) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            at = match token {
                TokenTree::Ident(word) if word == "self" => self.used(&tokens, at, all),
                // A pattern that binds by reference may bind a field of the document.
                TokenTree::Ident(word) if word == "ref" && is_word(&tokens, at + 1, "mut") => {
                    self.may_be_others = true;
                    at + 2
                }
                TokenTree::Group(group) => {
                    let all = all || is_assigned(&tokens, at, group) || may_write(&tokens, at);
                    self.scan(group.stream(), all);
                    at + 1
                }
                _ => at + 1,
            };
        }
    }

    /// Looks at a use of `self`, and gives where to go on.
    fn used(&mut self, tokens: &[TokenTree], at: usize, all: bool) -> usize {
        let field = is_sign(tokens, at + 1, '.')
            .then(|| tokens.get(at + 2))
            .flatten();
        let (Some(field), false) = (field.and_then(name), is_call(tokens, at + 3)) else {
            self.may_be_others = true;
            return at + 1;
        };
        let is_borrowed = is_before(tokens, at, 1, |it| is_ident(it, "mut"))
            && is_before(
                tokens,
                at,
                2,
                |it| matches!(it, TokenTree::Punct(it) if it.as_char() == '&'),
            );
        let (end, is_written) = self.chain(tokens, at + 3);
        if is_written || is_borrowed || all {
            self.fields.insert(field);
        }
        end
    }

    /// Follows what stands behind a field: fields of it, elements, a call. Whether it is written, and
    /// where to go on.
    fn chain(&mut self, tokens: &[TokenTree], mut at: usize) -> (usize, bool) {
        loop {
            match tokens.get(at) {
                Some(TokenTree::Group(index)) if index.delimiter() == Delimiter::Bracket => {
                    self.scan(index.stream(), false);
                    at += 1;
                }
                Some(TokenTree::Punct(sign)) if sign.as_char() == '?' => at += 1,
                Some(TokenTree::Punct(sign)) if sign.as_char() == '.' => {
                    let Some(name) = tokens.get(at + 1).and_then(name) else {
                        return (at, false);
                    };
                    at += 2;
                    if is_call(tokens, at) {
                        return (at, !READS.contains(&&*name));
                    }
                }
                _ => return (at, assigns(&signs(tokens, at))),
            }
        }
    }
}

/// The name of a field: that of a tuple's is a number, and `0.1` stands for two of them.
fn name(token: &TokenTree) -> Option<String> {
    match token {
        TokenTree::Ident(word) => Some(word.unraw().to_string()),
        TokenTree::Literal(number) => {
            let text = number.to_string();
            Some(text.split('.').next().unwrap_or_default().to_owned())
        }
        _ => None,
    }
}

fn is_ident(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(it) if it == word)
}

fn is_word(tokens: &[TokenTree], at: usize, word: &str) -> bool {
    tokens.get(at).is_some_and(|it| is_ident(it, word))
}

fn is_sign(tokens: &[TokenTree], at: usize, sign: char) -> bool {
    matches!(tokens.get(at), Some(TokenTree::Punct(it)) if it.as_char() == sign)
}

fn is_before(
    tokens: &[TokenTree],
    at: usize,
    by: usize,
    is: impl FnOnce(&TokenTree) -> bool,
) -> bool {
    let before = at.checked_sub(by).and_then(|at| tokens.get(at));
    before.is_some_and(is)
}

/// Whether what stands before is called: by its arguments, or by its types first.
fn is_call(tokens: &[TokenTree], at: usize) -> bool {
    match tokens.get(at) {
        Some(TokenTree::Group(group)) => group.delimiter() == Delimiter::Parenthesis,
        _ => is_sign(tokens, at, ':') && is_sign(tokens, at + 1, ':'),
    }
}

/// Whether this is what is taken apart in an assignment: `(self.a, self.b) = ..`
fn is_assigned(tokens: &[TokenTree], at: usize, group: &Group) -> bool {
    let ends = |it: &TokenTree| match it {
        TokenTree::Punct(sign) => sign.as_char() == ';',
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        _ => false,
    };
    let begins = at == 0 || is_before(tokens, at, 1, ends);
    begins && group.delimiter() != Delimiter::Brace && assigns(&signs(tokens, at + 1))
}

/// Whether these are the tokens of a macro that may write.
fn may_write(tokens: &[TokenTree], at: usize) -> bool {
    let is_macro = is_before(
        tokens,
        at,
        1,
        |it| matches!(it, TokenTree::Punct(it) if it.as_char() == '!'),
    );
    // `!(..)` and `if !(..)` are no macros.
    let words = ["else", "if", "in", "match", "return", "while"];
    let named = |it: &TokenTree| {
        let TokenTree::Ident(name) = it else {
            return false;
        };
        let name = name.to_string();
        !READING_MACROS.contains(&&*name) && !words.contains(&&*name)
    };
    is_macro && is_before(tokens, at, 2, named)
}

/// The signs that stand together from here on.
fn signs(tokens: &[TokenTree], at: usize) -> String {
    let mut text = String::new();
    for token in tokens.iter().skip(at) {
        let TokenTree::Punct(sign) = token else { break };
        text.push(sign.as_char());
        if sign.spacing() == Spacing::Alone {
            break;
        }
    }
    text
}

fn assigns(signs: &str) -> bool {
    let compound = ["+=", "-=", "*=", "/=", "%=", "^=", "&=", "|=", "<<=", ">>="];
    let plain = signs.starts_with('=') && !signs.starts_with("==") && !signs.starts_with("=>");
    plain || compound.iter().any(|it| signs.starts_with(it))
}

#[cfg(test)]
mod tests {
    use proc_macro2::TokenStream;
    use quote::quote;

    use super::of;

    fn assert_writes(body: &TokenStream, fields: &[&str]) {
        let writes = of(body);
        let written: Vec<_> = writes.fields.iter().map(String::as_str).collect();
        assert_eq!(
            (written.as_slice(), writes.may_be_others),
            (fields, false),
            "{body}"
        );
    }

    #[test]
    fn whatever_may_change_a_field_writes_it() {
        assert_writes(
            &quote!({
                self.a = 1;
                self.b += 1;
                self.c <<= 2;
            }),
            &["a", "b", "c"],
        );
        assert_writes(
            &quote!({
                self.a = -1;
                self.r#type = x;
            }),
            &["a", "type"],
        );
        assert_writes(
            &quote!({
                self.a.b.c = 1;
                self.d[self.e].f -= 1;
            }),
            &["a", "d"],
        );
        assert_writes(
            &quote!({
                self.0 = 1;
                self.1.0 = 2;
                self.2.x();
            }),
            &["0", "1", "2"],
        );
        assert_writes(
            &quote!({
                self.a.push(self.b);
                self.c.insert(1, 2);
            }),
            &["a", "c"],
        );
        assert_writes(
            &quote!({
                *self.a.entry(k).or_default() += self.b;
            }),
            &["a"],
        );
        assert_writes(
            &quote!({
                let it = &mut self.a;
                mem::take(&mut self.b.c);
            }),
            &["a", "b"],
        );
        assert_writes(
            &quote!({
                if x {
                    self.a = 1;
                } else {
                    y.map(|it| self.b -= it);
                }
            }),
            &["a", "b"],
        );
        assert_writes(
            &quote!({
                *self.a = 1;
                for it in self.b.iter_mut() {}
            }),
            &["a", "b"],
        );
        assert_writes(
            &quote!({
                (self.a, self.b[0]) = (1, self.c);
            }),
            &["a", "b"],
        );
        assert_writes(
            &quote!({
                write!(self.a, "{}", 1);
                mine::change!(self.b);
            }),
            &["a", "b"],
        );
        assert_writes(
            &quote!({
                self.a.extend::<Vec<_>>(x);
                self.b?.add(1)
            }),
            &["a", "b"],
        );
    }

    #[test]
    fn what_is_plainly_read_is_not_written() {
        assert_writes(
            &quote!({
                let it = self.a;
                let it = &self.b;
                x(self.c, self.d)
            }),
            &[],
        );
        assert_writes(
            &quote!({
                self.a == 1;
                self.a != 2;
                self.a <= 3;
                self.a >= 4;
            }),
            &[],
        );
        assert_writes(
            &quote!({
                match self.a {
                    1 => self.b,
                    _ => self.c,
                }
            }),
            &[],
        );
        assert_writes(
            &quote!({
                if self.a.is_empty() && !self.b {
                    return;
                }
                if !(self.c) {}
            }),
            &[],
        );
        assert_writes(
            &quote!({
                self.a.clone();
                self.b.0.len();
                self.c.iter().sum::<u8>()
            }),
            &[],
        );
        assert_writes(
            &quote!({
                event.a = 1;
                other.push(self.a);
                other[self.b] = 2;
            }),
            &[],
        );
        assert_writes(
            &quote!({
                assert!(self.a > 0);
                format!("{}", self.b);
                vec![self.c]
            }),
            &[],
        );
        assert_writes(
            &quote!({
                Self::check(event)?;
                Some(S { a: self.a })
            }),
            &[],
        );
    }

    #[test]
    fn whoever_is_given_the_document_may_write_any_field() {
        for body in [
            quote!({
                self.helper(1);
            }),
            quote!({
                self.helper::<u8>(1);
            }),
            quote!({
                *self = Self::default();
            }),
            quote!({
                Self::helper(self);
            }),
            quote!({
                let Self { a, .. } = self;
            }),
            quote!({
                helper!(self);
            }),
            quote!({ if let Some(ref mut it) = self.a {} }),
        ] {
            assert!(of(&body).may_be_others, "{body}");
        }
    }
}
