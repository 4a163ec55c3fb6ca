use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::constants;
use super::parse::View;
use crate::list::Entry;
use crate::spans::{at, relocated, written_at};

pub(super) fn view(view: &View) -> TokenStream {
    let ignored = view.ignores.iter().map(|entry| ignored(view, entry));
    let found = view
        .observes
        .iter()
        .map(|entry| finds_documents(view, entry));
    [view_impl(view), view_of(view)]
        .into_iter()
        .chain(constants::of(view))
        .chain(ignored)
        .chain(found)
        .collect()
}

/// The body of `visit` is the assertion that every event of every observed aggregate is folded or
/// ignored (EV06).
///
/// ```text
/// impl View for CountrySales {
///     const INFO: ViewInfo = ViewInfo::new("country-sales", 2,
///         &[Column::indexed("orders", <i64 as ColumnType>::KIND)],
///         &[<Order as Aggregate>::INFO], "src/views.rs:20", "");
///     type Key = Country;
///     fn columns(&self) -> Vec<ColumnValue> { Vec::from([<i64 as ColumnType>::to_column(&self.orders)]) }
///     fn visit<O: Observer<Self>>(observer: &mut O) { <Order as ObservedBy<CountrySales>>::show(observer); }
/// }
/// ```
fn view_impl(view: &View) -> TokenStream {
    let View {
        private,
        ident: me,
        name,
        version,
        doc,
        key,
        ..
    } = view;
    let columns = view.columns.iter().map(|column| {
        let (ty, span) = column.located();
        let kind = Ident::new(if column.unique { "unique" } else { "indexed" }, at(span));
        let name = &column.name;
        quote_spanned!(at(span)=> #private::Column::#kind(#name, <#ty as #private::ColumnType>::KIND))
    });
    let values = view.columns.iter().map(|column| {
        let (ty, span) = column.located();
        let field = &column.ident;
        quote_spanned!(at(span)=> <#ty as #private::ColumnType>::to_column(&self.#field))
    });
    let observes = view.observes.iter().map(|entry| {
        let path = &entry.path;
        quote_spanned!(at(entry.span())=> <#path as #private::Aggregate>::INFO)
    });
    let visits = view.observes.iter().map(|entry| {
        let (here, path) = (at(entry.span()), &entry.path);
        let me = ident_at(me, here);
        quote_spanned!(here=> <#path as #private::ObservedBy<#me>>::show(observer);)
    });
    quote_spanned! {at(me.span())=>
        #[automatically_derived]
        impl #private::View for #me {
            const INFO: #private::ViewInfo = #private::ViewInfo::new(
                #name,
                #version,
                &[#(#columns),*],
                &[#(#observes),*],
                ::core::concat!(::core::file!(), ":", ::core::line!()),
                #doc,
            );
            type Key = #key;
            fn columns(&self) -> ::std::vec::Vec<#private::ColumnValue> {
                ::std::vec::Vec::from([#(#values),*])
            }
            #[allow(unused_variables, reason = "there need not be an aggregate")]
            fn visit<__O: #private::Observer<Self>>(observer: &mut __O) {
                #(#visits)*
            }
        }
    }
}

/// ```text
/// impl<D> ViewOf<D> for CountrySales where D: Domain + Contains<Order>, Order: ServedBy<D::Services> {
///     fn visit_served<O: ServedObserver<Self, D::Services>>(observer: &mut O) {
///         <Order as ObservedBy<CountrySales>>::show_served(observer);
///     }
/// }
/// ```
fn view_of(view: &View) -> TokenStream {
    let View {
        private, ident: me, ..
    } = view;
    let bounds = view.observes.iter().map(|entry| {
        let path = &entry.path;
        let bounds = quote! {
            __D: #private::Contains<#path>,
            #path: #private::ServedBy<<__D as #private::Domain>::Services>,
        };
        written_at(bounds, entry.span())
    });
    let visits = view.observes.iter().map(|entry| {
        let (here, path) = (at(entry.span()), &entry.path);
        let me = ident_at(me, here);
        quote_spanned! {here=>
            <#path as #private::ObservedBy<#me>>::show_served::<<__D as #private::Domain>::Services, __O>(observer);
        }
    });
    // As if the user had written trait and bounds: of what a derive writes, the compiler says that
    // one might write it by hand.
    let view_of = written_at(quote!(#private::ViewOf<__D>), me.span());
    quote_spanned! {at(me.span())=>
        #[automatically_derived]
        impl<__D: #private::Domain> #view_of for #me
        where
            #(#bounds)*
        {
            #[allow(unused_variables, reason = "there need not be an aggregate")]
            fn visit_served<__O>(observer: &mut __O)
            where
                __O: #private::ServedObserver<Self, <__D as #private::Domain>::Services>,
            {
                #(#visits)*
            }
        }
    }
}

/// An event that is ignored by name must be one that is observed.
///
/// ```text
/// impl Fold<LineAdded> for CountrySales {
///     const RULE: KeyRule = KeyRule::Ignored;
///     fn fold(&mut self, _: &LineAdded, _: &RecordedEvent) -> Result<Change, BoxError> { Ok(Change::Keep) }
/// }
/// const _: () = observes_event(&<CountrySales as View>::INFO, &<LineAdded as Event>::INFO, "ignores");
/// ```
fn ignored(view: &View, entry: &Entry) -> TokenStream {
    let View {
        private, ident: me, ..
    } = view;
    let Entry { cfgs, path, .. } = entry;
    let here = at(entry.span());
    let header = ident_at(me, here);
    let checks = relocated(private, here);
    quote_spanned! {here=>
        #(#cfgs)*
        #[automatically_derived]
        impl #private::Fold<#path> for #header {
            const RULE: #private::KeyRule = #private::KeyRule::Ignored;
            fn fold(
                &mut self,
                _: &#path,
                _: &#private::RecordedEvent,
            ) -> ::core::result::Result<#private::Change, #private::BoxError> {
                ::core::result::Result::Ok(#private::Change::Keep)
            }
        }
        #(#cfgs)*
        const _: () = #checks::observes_event(
            &<#me as #checks::View>::INFO,
            &<#path as #checks::Event>::INFO,
            "ignores",
        );
    }
}

/// ```text
/// const _: () = {
///     use Differ as _;
///     finds_documents(
///         &<CountrySales as View>::INFO,
///         &<Order as Aggregate>::INFO,
///         <Order as ObservedBy<CountrySales>>::OBSERVED,
///         Same::<<CountrySales as View>::Key, <Order as Aggregate>::Id>::SAME,
///     );
/// };
/// ```
fn finds_documents(view: &View, entry: &Entry) -> TokenStream {
    let here = at(entry.span());
    let (me, path) = (&view.ident, &entry.path);
    let private = relocated(&view.private, here);
    quote_spanned! {here=>
        const _: () = {
            #[allow(unused_imports, reason = "not needed where both types are one")]
            use #private::Differ as _;
            #private::finds_documents(
                &<#me as #private::View>::INFO,
                &<#path as #private::Aggregate>::INFO,
                <#path as #private::ObservedBy<#me>>::OBSERVED,
                #private::Same::<
                    <#me as #private::View>::Key,
                    <#path as #private::Aggregate>::Id,
                >::SAME,
            );
        };
    }
}

/// The view's name, located at a list entry.
fn ident_at(me: &Ident, here: Span) -> Ident {
    let mut me = me.clone();
    me.set_span(me.span().located_at(here));
    me
}
