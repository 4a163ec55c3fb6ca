use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::{Ident, Path, Type, Visibility, parse_quote_spanned};

use super::parse::{Parsed, Snapshot};
use crate::fallback;
use crate::list::Entry;
use crate::spans::at;

/// An aggregate with nothing left to decide.
pub(super) struct Aggregate {
    pub(super) private: TokenStream,
    pub(super) ident: Ident,
    pub(super) vis: Visibility,
    pub(super) name: String,
    pub(super) doc: String,
    pub(super) id: Type,
    pub(super) error: Type,
    /// `None`: the handlers ask for nothing.
    pub(super) services: Option<Type>,
    pub(super) events: Set,
    pub(super) commands: Set,
    /// Old events that are read as others.
    pub(super) split: Vec<Entry>,
    /// Where that list stands.
    pub(super) split_at: Span,
    pub(super) snapshot: Option<Snapshot>,
}

/// The enum of an aggregate's events or commands.
pub(super) struct Set {
    pub(super) ident: Ident,
    pub(super) entries: Vec<Entry>,
    /// Where the list stands.
    pub(super) at: Span,
}

impl Aggregate {
    /// Fills what is missing; the message about it is said already.
    pub(super) fn of(parsed: Parsed) -> Self {
        let Parsed {
            private,
            ident,
            keys,
            ..
        } = parsed;
        let key_or_ident = |key| at(keys.key(key).unwrap_or(&ident).span());
        let plain = ident.unraw();
        let first_command = parsed.commands.first().map(|entry| &entry.path);
        Self {
            id: parsed
                .id
                .unwrap_or_else(|| fallback::aggregate_id(&private, &ident, first_command)),
            error: parsed
                .error
                .unwrap_or_else(|| fallback::aggregate_error(&private, &ident)),
            events: Set {
                ident: format_ident!("{plain}Event", span = ident.span()),
                entries: parsed.events,
                at: key_or_ident("events"),
            },
            commands: Set {
                ident: format_ident!("{plain}Command", span = ident.span()),
                entries: parsed.commands,
                at: key_or_ident("commands"),
            },
            split: parsed.split,
            split_at: key_or_ident("split"),
            vis: parsed.vis,
            name: parsed.name,
            doc: parsed.doc,
            services: parsed.services,
            snapshot: parsed.snapshot,
            private,
            ident,
        }
    }

    /// The type of the services, `()` if there are none.
    pub(super) fn services_type(&self) -> Type {
        let here = at(self.ident.span());
        self.services
            .clone()
            .unwrap_or_else(|| parse_quote_spanned!(here=> ()))
    }

    /// The aggregate's name, located at a list entry: where its failed bounds put their caret.
    pub(super) fn ident_at(&self, entry: Span) -> Ident {
        let mut ident = self.ident.clone();
        ident.set_span(ident.span().located_at(entry));
        ident
    }
}

impl Set {
    /// What `expand` writes for each entry (its type, its variant, its place), under the entry's
    /// `#[cfg(..)]`.
    pub(super) fn each<'a>(
        &'a self,
        expand: impl Fn(&'a Path, &'a Ident, Span) -> TokenStream + 'a,
    ) -> impl Iterator<Item = TokenStream> + 'a {
        each(&self.entries, expand)
    }
}

/// The same for any list of entries.
pub(super) fn each<'a>(
    entries: &'a [Entry],
    expand: impl Fn(&'a Path, &'a Ident, Span) -> TokenStream + 'a,
) -> impl Iterator<Item = TokenStream> + 'a {
    entries.iter().map(move |entry| {
        let cfgs = &entry.cfgs;
        let expansion = expand(&entry.path, &entry.variant, at(entry.span()));
        quote!(#(#cfgs)* #expansion)
    })
}
