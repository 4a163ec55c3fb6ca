use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::parse::ReadModel;
use crate::list::Entry;
use crate::spans::{at, relocated, written_at};

/// The body of `visit` is the assertion that every event of every observed aggregate is handled or
/// ignored (EV06).
///
/// ```text
/// impl ReadModel for CountrySales {
///     const INFO: ReadModelInfo = ReadModelInfo::new("country-sales", 2,
///         &[Column::indexed("orders", <i64 as ColumnType>::KIND)],
///         &[<Order as Aggregate>::INFO], "src/views.rs:20", "");
///     type Kind = Folded;
///     type Key = Country;
///     fn visit<O: Observer<Self>>(observer: &mut O) { <Order as ObservedBy<CountrySales>>::show(observer); }
/// }
/// ```
pub(crate) fn read_model(
    read_model: &ReadModel,
    columns: &[TokenStream],
    (kind, key): (&TokenStream, &TokenStream),
) -> TokenStream {
    let ReadModel {
        private,
        ident: me,
        name,
        version,
        doc,
        observes,
        ..
    } = read_model;
    let infos = observes.iter().map(|entry| {
        let path = &entry.path;
        quote_spanned!(at(entry.span())=> <#path as #private::Aggregate>::INFO)
    });
    let visits = observes.iter().map(|entry| {
        let (here, path) = (at(entry.span()), &entry.path);
        let me = ident_at(me, here);
        quote_spanned!(here=> <#path as #private::ObservedBy<#me>>::show(observer);)
    });
    quote_spanned! {at(me.span())=>
        #[automatically_derived]
        impl #private::ReadModel for #me {
            const INFO: #private::ReadModelInfo = #private::ReadModelInfo::new(
                #name,
                #version,
                &[#(#columns),*],
                &[#(#infos),*],
                ::core::concat!(::core::file!(), ":", ::core::line!()),
                #doc,
            );
            type Kind = #kind;
            type Key = #key;
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
pub(crate) fn domain_impl(read_model: &ReadModel, of_domain: &TokenStream) -> TokenStream {
    let ReadModel {
        private,
        ident: me,
        observes,
        ..
    } = read_model;
    let bounds = observes.iter().map(|entry| {
        let path = &entry.path;
        let bounds = quote! {
            __D: #private::Contains<#path>,
            #path: #private::ServedBy<<__D as #private::Domain>::Services>,
        };
        written_at(bounds, entry.span())
    });
    let visits = observes.iter().map(|entry| {
        let (here, path) = (at(entry.span()), &entry.path);
        let me = ident_at(me, here);
        quote_spanned! {here=>
            <#path as #private::ObservedBy<#me>>::show_served::<<__D as #private::Domain>::Services, __O>(observer);
        }
    });
    // As if the user had written trait and bounds: of what a derive writes, the compiler says that
    // one might write it by hand.
    let of_domain = written_at(quote!(#private::#of_domain<__D>), me.span());
    quote_spanned! {at(me.span())=>
        #[automatically_derived]
        impl<__D: #private::Domain> #of_domain for #me
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

/// What becomes of an event that is ignored.
pub(crate) struct Ignored {
    /// The type it comes in.
    pub(crate) given: TokenStream,
    /// The type of what comes of it.
    pub(crate) outcome: TokenStream,
    pub(crate) body: TokenStream,
}

/// An event that is ignored by name must be one that is observed.
///
/// ```text
/// impl Observe<LineAdded> for CountrySales {
///     const RULE: KeyRule = KeyRule::Ignored;
///     fn observe(_: Folding<'_, Self, LineAdded>) -> Result<Change, BoxError> { Ok(Change::Keep) }
/// }
/// const _: () = observes_event("view", &<CountrySales as ReadModel>::INFO, &<LineAdded as Event>::INFO, "ignores");
/// ```
pub(crate) fn ignored(read_model: &ReadModel, entry: &Entry, with: &Ignored) -> TokenStream {
    let ReadModel {
        private,
        ident: me,
        kind,
        ..
    } = read_model;
    let Ignored {
        given,
        outcome,
        body,
    } = with;
    let Entry { cfgs, path, .. } = entry;
    let here = at(entry.span());
    let header = ident_at(me, here);
    let checks = relocated(private, here);
    quote_spanned! {here=>
        #(#cfgs)*
        #[automatically_derived]
        impl #private::Observe<#path> for #header {
            const RULE: #private::KeyRule = #private::KeyRule::Ignored;
            fn observe<'__a>(
                _: #given,
            ) -> #outcome
            where
                '__a: '__a,
            {
                #body
            }
        }
        #(#cfgs)*
        const _: () = #checks::observes_event(
            #kind,
            &<#me as #checks::ReadModel>::INFO,
            &<#path as #checks::Event>::INFO,
            "ignores",
        );
    }
}

/// The name of a read model, located at a list entry.
fn ident_at(me: &Ident, here: Span) -> Ident {
    let mut me = me.clone();
    me.set_span(me.span().located_at(here));
    me
}
