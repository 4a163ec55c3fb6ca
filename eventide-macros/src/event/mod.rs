//! `#[derive(Event)]`

mod attrs;
mod check;
mod expand;
mod keys;
mod model;
mod parse;
mod steps;

use proc_macro2::TokenStream;
use syn::{DeriveInput, Fields, FieldsNamed};

use self::model::Event;
use crate::diagnostics::Errors;
use crate::item;
use crate::serde_attrs::{Container, Derive};
use crate::shape;

pub(crate) fn derive(input: TokenStream) -> TokenStream {
    item::derive(input, |item, errors| {
        event(item, errors).map(|event| expand::event(&event))
    })
}

fn event(item: &DeriveInput, errors: &mut Errors) -> Option<Event> {
    let before = errors.len();
    let parsed = parse::event(item, errors)?;
    let versions = check::event(&parsed, errors);
    let (declared, container) = (parsed.declared.clone(), parsed.container.clone());
    let mut event = Event::of(parsed, versions);
    check::clashes(&event, errors);
    event.shapes = shapes(&event, &declared, &container, errors);
    event.broken = errors.len() > before;
    Some(event)
}

/// The shape of each version. What is wrong with an attribute is said once, of the present one.
fn shapes(
    event: &Event,
    declared: &Fields,
    container: &Container,
    errors: &mut Errors,
) -> Vec<TokenStream> {
    let shape = |fields: &Fields, version: u32, errors: &mut Errors| {
        let lives = event.fields_in(version);
        let opaque: Vec<_> = lives.map(|life| life.opaque.clone()).collect();
        shape::of_struct(fields, &opaque, container, Derive::Event, errors)
            .expand(&event.private, &event.ident)
    };
    let mut unheard = Errors::default();
    let older = event.older().map(|version| {
        let fields = event
            .fields_in(version)
            .map(|life| life.in_version(version));
        let fields = Fields::Named(FieldsNamed {
            brace_token: syn::token::Brace::default(),
            named: fields.collect(),
        });
        shape(&fields, version, &mut unheard)
    });
    let mut shapes: Vec<_> = older.collect();
    unheard.finish();
    shapes.push(shape(declared, event.current(), errors));
    shapes
}

#[cfg(test)]
mod tests;
