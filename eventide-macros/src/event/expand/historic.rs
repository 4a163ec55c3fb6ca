use std::collections::HashSet;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote_spanned};
use syn::Field;

use super::super::attrs;
use super::Version;
use super::info::older_doc;
use crate::spans::at;

/// ```text
/// /// [`OrderPlaced`] as it was in version 2.
/// #[derive(Debug, Clone, Serialize, Deserialize)]
/// pub struct OrderPlacedV2 { pub client: u32 }
/// ```
pub(super) fn definition(version: &Version<'_>) -> Option<TokenStream> {
    if version.is_current() {
        return None;
    }
    let Version { event, ident, .. } = version;
    let (private, vis) = (&event.private, &event.vis);
    let here = at(ident.span());
    let doc = older_doc(version);
    let attrs = attrs::of_struct(&event.attrs);
    let attrs = attrs.iter().filter(|_| !event.broken);
    let serde = quote_spanned!(here=> #private::serde);
    let serde_path = serde.to_token_stream().to_string().replace(' ', "");
    let fields = fields(version);
    Some(quote_spanned! {here=>
        #[doc = #doc]
        #[derive(
            ::core::fmt::Debug,
            ::core::clone::Clone,
            #serde::Serialize,
            #serde::Deserialize,
        )]
        #[serde(crate = #serde_path)]
        #(#attrs)*
        #[allow(missing_docs, reason = "a field is documented where it is declared")]
        #vis struct #ident {
            #(#fields,)*
        }
    })
}

/// The fields; after an error those that make a struct, so that there is no other error.
fn fields(version: &Version<'_>) -> Vec<Field> {
    let Version { event, number, .. } = version;
    let lives = event.fields_in(*number);
    let mut fields: Vec<Field> = lives.map(|life| life.in_version(*number)).collect();
    if event.broken {
        let mut seen = HashSet::new();
        fields.retain(|field| seen.insert(field.ident.clone()));
        for field in &mut fields {
            field.attrs.clear();
        }
    }
    fields
}
