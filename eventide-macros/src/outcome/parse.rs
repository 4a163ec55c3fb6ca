use proc_macro2::TokenStream;
use syn::{DeriveInput, Fields, Ident, Type, Variant};

use crate::diagnostics::Errors;
use crate::item;
use crate::keys::{CRATE, Keys};

/// An enum of events.
pub(super) struct Outcome {
    pub(super) private: TokenStream,
    pub(super) ident: Ident,
    pub(super) variants: Vec<Case>,
    /// Some variant was refused.
    pub(super) incomplete: bool,
}

/// One variant, and the event it holds if it holds one.
pub(super) struct Case {
    pub(super) ident: Ident,
    pub(super) event: Option<Type>,
}

pub(super) fn outcome(item: &DeriveInput, errors: &mut Errors) -> Option<Outcome> {
    let data = item::as_enum(item, "an outcome is one of several events", errors);
    let plain = item::without_generics(item, "an outcome names its events", errors);
    let keys = Keys::of_attributes(&item.attrs, "outcome", &[CRATE], errors);
    let private = keys.private(errors);
    let declared = &data?.variants;
    let variants: Vec<_> = declared
        .iter()
        .filter_map(|variant| case(variant, errors))
        .collect();
    plain?;
    Some(Outcome {
        private,
        ident: item.ident.clone(),
        incomplete: variants.len() < declared.len(),
        variants,
    })
}

fn case(variant: &Variant, errors: &mut Errors) -> Option<Case> {
    let event = match &variant.fields {
        Fields::Unit => None,
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
            fields.unnamed.first().map(|field| field.ty.clone())
        }
        Fields::Unnamed(_) | Fields::Named(_) => {
            let name = &variant.ident;
            let message = format!(
                "variant `{name}` does not hold one event\nwrite `{name}(SomeEvent)`, or `{name}` if nothing happens"
            );
            errors.at(name, message);
            return None;
        }
    };
    Some(Case {
        ident: variant.ident.clone(),
        event,
    })
}
