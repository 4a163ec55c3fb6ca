//! A constant for each column, to look for documents by.

use proc_macro2::{Ident, TokenStream};
use quote::quote_spanned;

use super::parse::View;
use crate::read_model::ReadModel;
use crate::spans::at;

/// ```text
/// impl CountrySales {
///     /// The column `orders`.
///     pub const ORDERS: ViewColumn<Self, i64> = ViewColumn::new("orders");
/// }
/// ```
pub(super) fn of(view: &View) -> Option<TokenStream> {
    let ReadModel {
        private, ident: me, ..
    } = &view.read_model;
    if view.columns.is_empty() {
        return None;
    }
    let constants = view.columns.iter().map(|column| {
        let (ty, span) = column.located();
        let (name, vis) = (&column.name, &column.vis);
        let constant = Ident::new(&name.to_uppercase(), column.ident.span());
        let doc = format!("The column `{name}`.");
        quote_spanned! {at(span)=>
            #[doc = #doc]
            #[allow(dead_code, reason = "not every column is looked by")]
            #vis const #constant: #private::ViewColumn<Self, #ty> =
                #private::ViewColumn::new(#name);
        }
    });
    Some(quote_spanned! {at(me.span())=>
        impl #me {
            #(#constants)*
        }
    })
}
