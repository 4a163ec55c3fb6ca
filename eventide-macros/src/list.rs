//! Lists of types, such as `events(OrderPlaced, #[cfg(feature = "gifts")] GiftWrapped)`.

use proc_macro2::{Span, TokenStream};
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, Ident, Path, Token};

use crate::diagnostics::Errors;
use crate::keys::until_comma;
use crate::names::{shown, variant};

/// One listed type.
pub(crate) struct Entry {
    pub(crate) cfgs: Vec<Attribute>,
    pub(crate) path: Path,
    /// What the generated enums call it.
    pub(crate) variant: Ident,
}

/// Paths may end in these words, and then name a module or a type that is not there yet.
const NO_TYPES: [&str; 4] = ["crate", "self", "super", "Self"];

impl Entry {
    /// Where the entry stands.
    pub(crate) fn span(&self) -> Span {
        self.variant.span()
    }
}

impl Parse for Entry {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        if let Some(other) = attrs.iter().find(|attr| !attr.path().is_ident("cfg")) {
            let message = "only `#[cfg(..)]` may stand before a listed type";
            return Err(syn::Error::new_spanned(other, message));
        }
        let path: Path = input.parse()?;
        let Some(last) = path.segments.last() else {
            return Err(input.error("expected a type's name"));
        };
        if NO_TYPES.iter().any(|word| last.ident == word) {
            let message = format!(
                "`{}` is not the name of a type\nlist types by their names",
                shown(&path)
            );
            return Err(syn::Error::new_spanned(&path, message));
        }
        let called = if input.parse::<Option<Token![as]>>()?.is_some() {
            Some(input.parse::<Ident>()?)
        } else {
            None
        };
        if !input.is_empty() && !input.peek(Token![,]) {
            return Err(input.error("expected `,` between listed types"));
        }
        let mut variant = called.unwrap_or_else(|| variant(&last.ident));
        variant.set_span(last.ident.span());
        Ok(Self {
            cfgs: attrs,
            path,
            variant,
        })
    }
}

/// Reads a list and refuses what stands in it twice; what is left holds each type once.
///
/// `kind` is what the types are (`event`), `owner` whose list it is.
pub(crate) fn types(
    tokens: TokenStream,
    kind: &str,
    owner: &Ident,
    errors: &mut Errors,
) -> Vec<Entry> {
    let is_new = |entry: &Entry, before: &[Entry], errors: &mut Errors| {
        is_listed_once(entry, before, kind, owner, errors)
    };
    read(tokens, is_new, errors)
}

/// The same for types that become variants of an enum, and so have a name each.
pub(crate) fn variants(
    tokens: TokenStream,
    kind: &str,
    owner: &Ident,
    errors: &mut Errors,
) -> Vec<Entry> {
    let is_new = |entry: &Entry, before: &[Entry], errors: &mut Errors| {
        is_listed_once(entry, before, kind, owner, errors) && has_own_name(entry, before, errors)
    };
    read(tokens, is_new, errors)
}

fn read(
    tokens: TokenStream,
    is_new: impl Fn(&Entry, &[Entry], &mut Errors) -> bool,
    errors: &mut Errors,
) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let read = |input: ParseStream<'_>| {
        while !input.is_empty() {
            match input.parse::<Entry>() {
                Ok(entry) if is_new(&entry, &entries, errors) => entries.push(entry),
                Ok(_) => {}
                Err(error) => {
                    errors.push(error);
                    until_comma(input);
                }
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
    entries
}

/// Those before `entry` that are there whenever it is. Entries under `#[cfg(..)]` may exclude each
/// other; the compiler sees those that are left.
fn certain<'a>(entry: &Entry, before: &'a [Entry]) -> impl Iterator<Item = &'a Entry> {
    let alone = entry.cfgs.is_empty();
    before
        .iter()
        .filter(move |other| alone && other.cfgs.is_empty())
}

fn is_listed_once(
    entry: &Entry,
    before: &[Entry],
    kind: &str,
    owner: &Ident,
    errors: &mut Errors,
) -> bool {
    let path = shown(&entry.path);
    let twice = certain(entry, before).any(|other| shown(&other.path) == path);
    if twice {
        let message = format!("EV04: {kind} `{path}` is listed twice by `{owner}`\nremove one");
        errors.at(&entry.path, message);
    }
    !twice
}

fn has_own_name(entry: &Entry, before: &[Entry], errors: &mut Errors) -> bool {
    let Some(other) = certain(entry, before).find(|other| other.variant == entry.variant) else {
        return true;
    };
    let (path, name) = (shown(&entry.path), &entry.variant);
    let message = format!(
        "`{path}` and `{}` would both be called `{name}`\nname one of them: `{path} as Other{name}`",
        shown(&other.path),
    );
    errors.at(&entry.path, message);
    false
}
