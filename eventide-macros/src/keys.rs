//! Reads `#[event(..)]`-like lists: which keys are there, and whether each has the form it must.

use proc_macro2::{Spacing, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::discouraged::Speculative;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, Expr, Ident, LitStr, Meta, Path, Token};

use crate::diagnostics::{Errors, did_you_mean};

/// How a key is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `creates`
    Flag,
    /// `id = OrderId`
    Value,
    /// `tag` or `tag = "customer"`
    FlagOrValue,
    /// `default` or `default = 3`: any expression, commas and all.
    FlagOrExpression,
    /// `events(A, B)`
    List,
    /// `removed(..)`, any number of times.
    Lists,
}

/// A key that is legal in a list.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) form: Form,
    /// How it is written, for messages.
    pub(crate) example: &'static str,
}

/// The key for a dependency on `eventide` under another name. Legal in every attribute.
pub(crate) const CRATE: Key = Key {
    name: "crate",
    form: Form::Value,
    example: "crate = \"renamed\"",
};

/// The keys that were given, each in its own form, and once unless it may come several times.
pub(crate) struct Keys {
    place: String,
    legal: &'static [Key],
    path: Option<Path>,
    given: Vec<Given>,
}

struct Given {
    name: &'static str,
    key: Ident,
    value: Option<TokenStream>,
}

impl Keys {
    /// Reads every `#[attribute(..)]` among `attrs`.
    pub(crate) fn of_attributes(
        attrs: &[Attribute],
        attribute: &str,
        legal: &'static [Key],
        errors: &mut Errors,
    ) -> Self {
        let mut keys = Self::new(format!("#[{attribute}(..)]"), legal);
        for attr in attrs.iter().filter(|attr| attr.path().is_ident(attribute)) {
            keys.path.get_or_insert_with(|| attr.path().clone());
            match &attr.meta {
                Meta::List(list) => keys.read(list.tokens.clone(), errors),
                Meta::Path(_) | Meta::NameValue(_) => {
                    errors.at(attr, format!("write keys in parentheses: `{}`", keys.place));
                }
            }
        }
        keys
    }

    /// Reads the inside of a list; `place` names it in messages.
    pub(crate) fn of_list(
        tokens: TokenStream,
        place: &str,
        legal: &'static [Key],
        errors: &mut Errors,
    ) -> Self {
        let mut keys = Self::new(place.to_owned(), legal);
        keys.read(tokens, errors);
        keys
    }

    fn new(place: String, legal: &'static [Key]) -> Self {
        Self {
            place,
            legal,
            path: None,
            given: Vec::new(),
        }
    }

    fn read(&mut self, tokens: TokenStream, errors: &mut Errors) {
        let read = |input: ParseStream<'_>| {
            while !input.is_empty() {
                if let Err(error) = self.read_one(input, errors) {
                    errors.push(error);
                    until_comma(input);
                }
                if !input.is_empty() {
                    input.parse::<Token![,]>()?;
                }
            }
            Ok(())
        };
        if let Err(error) = read.parse2(tokens) {
            errors.push(error);
        }
    }

    fn read_one(&mut self, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<()> {
        let key = input.call(Ident::parse_any)?;
        let (form, value) = if input.parse::<Option<Token![=]>>()?.is_some() {
            (Form::Value, Some(self.until_next(&key, input)))
        } else if input.peek(syn::token::Paren) {
            (Form::List, Some(parenthesised(input)?))
        } else {
            (Form::Flag, None)
        };
        let Some(legal) = self.legal_key(&key, errors) else {
            return Ok(());
        };
        let fits = match legal.form {
            Form::FlagOrValue | Form::FlagOrExpression => form != Form::List,
            Form::Lists => form == Form::List,
            one => form == one,
        };
        let empty = form == Form::Value && value.as_ref().is_some_and(TokenStream::is_empty);
        if !fits || empty {
            let message = self.form_message(legal);
            return Err(syn::Error::new_spanned(key, message));
        }
        if legal.form != Form::Lists && self.has(legal.name) {
            let message = format!("`{}` is given twice in `{}`", legal.name, self.place);
            return Err(syn::Error::new_spanned(key, message));
        }
        self.given.push(Given {
            name: legal.name,
            key,
            value,
        });
        Ok(())
    }

    /// The value of `key`.
    fn until_next(&self, key: &Ident, input: ParseStream<'_>) -> TokenStream {
        let mut legal = self.legal.iter().filter(|legal| key == legal.name);
        if legal.any(|legal| legal.form == Form::FlagOrExpression)
            && let Some(expression) = expression(input)
        {
            return expression;
        }
        until_comma(input)
    }

    /// The legal key that `key` is. After a typing error, the one that was meant: the value is then
    /// not missed a second time.
    fn legal_key(&self, key: &Ident, errors: &mut Errors) -> Option<&'static Key> {
        let text = key.unraw().to_string();
        if let Some(legal) = self.legal.iter().find(|legal| legal.name == text) {
            return Some(legal);
        }
        // `crate` is for the few: a misspelt `creates` is nearer to it than to what was meant.
        let names = self.legal.iter().map(|legal| legal.name);
        let known: Vec<_> = names.filter(|name| *name != CRATE.name).collect();
        let meant = did_you_mean(&text, &known);
        let advice = match meant {
            Some(meant) => format!("did you mean `{meant}`?"),
            None if known.is_empty() => format!("it takes only `{}`", CRATE.example),
            None => format!("it takes `{}`", known.join("`, `")),
        };
        let place = &self.place;
        errors.at(key, format!("unknown key `{text}` in `{place}`; {advice}"));
        self.legal
            .iter()
            .find(|legal| Some(legal.name) == meant && !self.has(legal.name))
    }

    fn form_message(&self, key: &Key) -> String {
        format!(
            "`{}` in `{}` is written `{}`",
            key.name, self.place, key.example
        )
    }

    /// Names every key of `required` that is missing, in one message. `owner` is what they are of.
    pub(crate) fn require(&self, required: &[&str], owner: &Ident, errors: &mut Errors) {
        let missing = required.iter().filter(|name| !self.has(name));
        let missing: Vec<&str> = missing.copied().collect();
        if missing.is_empty() {
            return;
        }
        let examples: Vec<_> = missing.iter().map(|name| self.example(name)).collect();
        let examples = format!("{}, ..", examples.join(", "));
        let message = format!(
            "`{owner}` leaves out `{}`\nwrite `{}`",
            missing.join("`, `"),
            self.place.replace("..", &examples),
        );
        match &self.path {
            Some(path) => errors.at(path, message),
            None => errors.at(owner, message),
        }
    }

    /// How the key is written.
    pub(crate) fn example(&self, name: &str) -> &'static str {
        let legal = self.legal.iter().find(|key| key.name == name);
        legal.map_or("", |key| key.example)
    }

    fn given(&self, name: &str) -> Option<&Given> {
        self.given.iter().find(|given| given.name == name)
    }

    /// The attribute's path, where there is an attribute at all.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.path.as_ref()
    }

    /// Whether the key is given.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.given(name).is_some()
    }

    /// The key as it was written.
    pub(crate) fn key(&self, name: &str) -> Option<&Ident> {
        self.given(name).map(|given| &given.key)
    }

    /// What stands in the key's parentheses.
    pub(crate) fn list(&self, name: &str) -> Option<TokenStream> {
        self.given(name)?.value.clone()
    }

    /// The key each time it is written, and what stands in its parentheses.
    pub(crate) fn lists(&self, name: &str) -> impl Iterator<Item = (&Ident, TokenStream)> {
        self.given
            .iter()
            .filter(move |given| given.name == name)
            .map(|given| (&given.key, given.value.clone().unwrap_or_default()))
    }

    /// What stands behind the key's `=`.
    pub(crate) fn value<T: Parse>(&self, name: &str, errors: &mut Errors) -> Option<T> {
        let tokens = self.given(name)?.value.clone()?;
        syn::parse2(tokens.clone())
            .map_err(|_| {
                if let Some(key) = self.legal.iter().find(|legal| legal.name == name) {
                    errors.at(tokens, self.form_message(key));
                }
            })
            .ok()
    }

    /// The path to what generated code calls.
    pub(crate) fn private(&self, errors: &mut Errors) -> TokenStream {
        let named = self.value::<LitStr>("crate", errors).and_then(|literal| {
            literal
                .parse::<Path>()
                .map_err(|error| errors.push(error))
                .ok()
        });
        let at = crate::spans::at(Span::call_site());
        if let Some(path) = named {
            quote_spanned!(at=> #path::__private)
        } else {
            quote_spanned!(at=> ::eventide::__private)
        }
    }
}

fn parenthesised(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let content;
    syn::parenthesized!(content in input);
    content.parse()
}

/// Takes an expression, if one stands there and nothing else up to the next comma.
fn expression(input: ParseStream<'_>) -> Option<TokenStream> {
    let ahead = input.fork();
    let expression: Expr = ahead.parse().ok()?;
    if !ahead.is_empty() && !ahead.peek(Token![,]) {
        return None;
    }
    input.advance_to(&ahead);
    Some(expression.into_token_stream())
}

/// Takes everything up to the next comma that is not inside `<..>`.
pub(crate) fn until_comma(input: ParseStream<'_>) -> TokenStream {
    let mut value = TokenStream::new();
    let mut depth = 0_usize;
    let mut arrow = false;
    while !input.is_empty() {
        if depth == 0 && input.peek(Token![,]) {
            break;
        }
        let Ok(token) = input.parse::<TokenTree>() else {
            break;
        };
        if let TokenTree::Punct(punct) = &token {
            match punct.as_char() {
                '<' => depth += 1,
                '>' if !arrow => depth = depth.saturating_sub(1),
                _ => {}
            }
            arrow = matches!(punct.as_char(), '-' | '=') && punct.spacing() == Spacing::Joint;
        } else {
            arrow = false;
        }
        token.to_tokens(&mut value);
    }
    value
}
