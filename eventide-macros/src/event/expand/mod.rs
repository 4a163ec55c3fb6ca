mod asks;
mod historic;
mod info;
mod step;
mod tags;

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::{Ident, Path, Type};

use super::model::{Below, Event};
use crate::spans::at;

/// Every version this derive knows, the present one first.
pub(super) fn event(event: &Event) -> TokenStream {
    let versions = event.versions.clone().rev().map(|version| {
        let version = Version::of(event, version);
        let parts = [
            historic::definition(&version),
            Some(info::event(&version)),
            Some(asks::asks(&version)),
            step::declared(&version),
            info::follows(&version),
        ];
        parts.into_iter().flatten().collect::<TokenStream>()
    });
    versions.collect()
}

/// A version, and what it is made of.
struct Version<'a> {
    event: &'a Event,
    number: u32,
    ident: Ident,
    from: From<'a>,
}

/// What an event of this version is made of if it was stored in an older one.
enum From<'a> {
    Nothing,
    /// The version before, by what is declared.
    Declared(Ident),
    /// The version before, by a step the user writes.
    Written(&'a Path),
    /// Likewise, with these services.
    WithServices(&'a Path, &'a Type),
    /// JSON, and where that is said.
    Raw(Span),
}

impl<'a> Version<'a> {
    fn of(event: &'a Event, number: u32) -> Self {
        let from = if number > *event.versions.start() {
            From::Declared(event.struct_of(number - 1))
        } else if event.broken {
            From::Nothing
        } else {
            match &event.below {
                Below::Nothing => From::Nothing,
                Below::Written(previous) => From::Written(previous),
                Below::WithServices(previous, services) => From::WithServices(previous, services),
                Below::Raw(span) => From::Raw(*span),
            }
        };
        Self {
            event,
            number,
            ident: event.struct_of(number),
            from,
        }
    }

    fn is_current(&self) -> bool {
        self.number == self.event.current()
    }

    /// The struct before, and where what is generated for it has its caret.
    fn previous(&self) -> Option<(TokenStream, Span)> {
        let here = at(self.ident.span());
        match &self.from {
            From::Nothing | From::Raw(_) => None,
            From::Declared(ident) => Some((quote_spanned!(here=> #ident), here)),
            From::Written(path) | From::WithServices(path, _) => {
                let last = path
                    .segments
                    .last()
                    .map_or(here, |last| at(last.ident.span()));
                Some((quote_spanned!(last=> #path), last))
            }
        }
    }
}
