use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};

use super::constants;
use super::parse::View;
use crate::list::Entry;
use crate::read_model::{self, Ignored, ReadModel};
use crate::spans::{at, relocated};

pub(super) fn view(view: &View) -> TokenStream {
    let ReadModel {
        observes, ignores, ..
    } = &view.read_model;
    let ignored = ignores.iter().map(|entry| ignored(view, entry));
    let found = observes.iter().map(|entry| finds_documents(view, entry));
    [
        read_model_impl(view),
        view_impl(view),
        read_model::domain_impl(&view.read_model, &quote!(ViewOf)),
    ]
    .into_iter()
    .chain(constants::of(view))
    .chain(ignored)
    .chain(found)
    .collect()
}

fn read_model_impl(view: &View) -> TokenStream {
    let private = &view.read_model.private;
    let columns = view.columns.iter().map(|column| {
        let (ty, span) = column.located();
        let kind = Ident::new(if column.unique { "unique" } else { "indexed" }, at(span));
        let name = &column.name;
        quote_spanned!(at(span)=> #private::Column::#kind(#name, <#ty as #private::ColumnType>::KIND))
    });
    let columns: Vec<_> = columns.collect();
    let key = &view.key;
    let kind = (&quote!(#private::Folded), &quote!(#key));
    read_model::read_model(&view.read_model, &columns, kind)
}

/// ```text
/// impl View for CountrySales {
///     const FIELDS: &'static [&'static str] = &["orders", "revenue"];
///     fn columns(&self) -> Vec<ColumnValue> { Vec::from([<i64 as ColumnType>::to_column(&self.orders)]) }
/// }
/// ```
fn view_impl(view: &View) -> TokenStream {
    let ReadModel {
        private, ident: me, ..
    } = &view.read_model;
    let fields = &view.fields;
    let values = view.columns.iter().map(|column| {
        let (ty, span) = column.located();
        let field = &column.ident;
        quote_spanned!(at(span)=> <#ty as #private::ColumnType>::to_column(&self.#field))
    });
    quote_spanned! {at(me.span())=>
        #[automatically_derived]
        impl #private::View for #me {
            const FIELDS: &'static [&'static ::core::primitive::str] = &[#(#fields),*];
            fn columns(&self) -> ::std::vec::Vec<#private::ColumnValue> {
                ::std::vec::Vec::from([#(#values),*])
            }
        }
    }
}

fn ignored(view: &View, entry: &Entry) -> TokenStream {
    let private = &view.read_model.private;
    let path = &entry.path;
    let with = Ignored {
        given: quote!(#private::Folding<'__a, Self, #path>),
        outcome: quote!(::core::result::Result<#private::Change, #private::BoxError>),
        body: quote!(::core::result::Result::Ok(#private::Change::Keep)),
    };
    read_model::ignored(&view.read_model, entry, &with)
}

/// ```text
/// const _: () = {
///     use Differ as _;
///     finds_documents(
///         &<CountrySales as ReadModel>::INFO,
///         &<Order as Aggregate>::INFO,
///         <Order as ObservedBy<CountrySales>>::OBSERVED,
///         Same::<<CountrySales as ReadModel>::Key, <Order as Aggregate>::Id>::SAME,
///     );
/// };
/// ```
fn finds_documents(view: &View, entry: &Entry) -> TokenStream {
    let here = at(entry.span());
    let ReadModel {
        private, ident: me, ..
    } = &view.read_model;
    let (path, private) = (&entry.path, relocated(private, here));
    quote_spanned! {here=>
        const _: () = {
            #[allow(unused_imports, reason = "not needed where both types are one")]
            use #private::Differ as _;
            #private::finds_documents(
                &<#me as #private::ReadModel>::INFO,
                &<#path as #private::Aggregate>::INFO,
                <#path as #private::ObservedBy<#me>>::OBSERVED,
                #private::Same::<
                    <#me as #private::ReadModel>::Key,
                    <#path as #private::Aggregate>::Id,
                >::SAME,
            );
        };
    }
}
