use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::Attribute;
use syn::spanned::Spanned;

use super::model::{Folded, Function, Role};
use super::writes::Writes;
use crate::block::Block;
use crate::code;
use crate::fallback;
use crate::spans::{at, last_word, relocated};

pub(super) fn folds(private: &TokenStream, block: &Block, folded: &[Folded]) -> TokenStream {
    folded
        .iter()
        .map(|folded| fold_impl(private, block, folded))
        .collect()
}

/// An event that is folded must be one that is observed.
///
/// ```text
/// impl Observe<OrderPlaced> for CountrySales {
///     const FINGERPRINT: u64 = 0x0123;
///     const WRITES: Writes = Writes::only(&["orders"]);
///     const RULE: KeyRule = ..;                               // if there is a function for the key
///     fn key(..) -> KeysOf<Country> { .. }
///     fn observe(Folding { document, event, recorded }: Folding<'_, Self, OrderPlaced>) -> Result<Change, BoxError> {
///         <() as IntoChange>::into_change(<CountrySales>::placed(document, event))
///     }
/// }   // its lifetime stands in a bound, `'a: 'a`, as the one in the trait stands in a type of the read model
/// const _: () = observes_event("view", &<CountrySales as ReadModel>::INFO, &<OrderPlaced as Event>::INFO, "folds");
/// ```
fn fold_impl(private: &TokenStream, block: &Block, folded: &Folded) -> TokenStream {
    let Folded { event, fold, keys } = folded;
    let functions = || fold.iter().chain(keys);
    let here = at(last_word(event));
    let header = relocated(&block.me, here);
    let fingerprint = code::fingerprint(functions().map(|it| it.code.as_str()));
    let broken = || Some(fallback::body(private, &functions().next()?.name));
    let writes = fold.as_ref().map(|fold| writes(private, fold));
    let body = fold.as_ref().map(|fold| change(private, block, fold));
    let body = body.or_else(broken);
    let keys = keys.iter().map(|key| self::key(private, block, key));
    let cfgs: Vec<&Attribute> = functions()
        .take(1)
        .flat_map(|first| block.cfgs.iter().chain(&first.cfgs))
        .collect();
    let (me, checks) = (&block.me, relocated(private, here));
    quote_spanned! {here=>
        #(#cfgs)*
        #[automatically_derived]
        #[allow(unused_variables, reason = "a fold need not look at the record")]
        impl #private::Observe<#event> for #header {
            const FINGERPRINT: ::core::primitive::u64 = #fingerprint;
            #writes
            #(#keys)*
            fn observe<'__a>(
                #private::Folding { document, event, recorded }: #private::Folding<'__a, Self, #event>,
            ) -> ::core::result::Result<#private::Change, #private::BoxError>
            where
                '__a: '__a,
            {
                #body
            }
        }
        #(#cfgs)*
        const _: () = #checks::observes_event(
            "view",
            &<#me as #checks::ReadModel>::INFO,
            &<#event as #checks::Event>::INFO,
            "folds",
        );
    }
}

/// ```text
/// const RULE: KeyRule = <Remember<Country> as IntoKeys<<Self as ReadModel>::Key>>::RULE;
/// fn key(event: &OrderPlaced, recorded: &RecordedEvent) -> KeysOf<<Self as ReadModel>::Key> {
///     <Remember<Country> as IntoKeys<<Self as ReadModel>::Key>>::into_keys(<CountrySales>::country(event))
/// }
/// ```
fn key(private: &TokenStream, block: &Block, key: &Function) -> TokenStream {
    let Function { cfgs, event, .. } = key;
    let Some(returned) = &key.returned else {
        // What it gives could not be read, and nothing is known of the rule.
        return TokenStream::new();
    };
    let here = at(returned.span());
    let keys = quote_spanned! {here=>
        <#returned as #private::IntoKeys<<Self as #private::ReadModel>::Key>>
    };
    let call = call(block, key);
    let body = if key.broken {
        fallback::body(private, &key.name)
    } else {
        quote_spanned!(here=> #keys::into_keys(#call))
    };
    quote_spanned! {here=>
        #(#cfgs)*
        const RULE: #private::KeyRule = #keys::RULE;
        #(#cfgs)*
        fn key(
            event: &#event,
            recorded: &#private::RecordedEvent,
        ) -> #private::KeysOf<<Self as #private::ReadModel>::Key> {
            #body
        }
    }
}

/// `const WRITES: Writes = Writes::only(&["orders"]);`
fn writes(private: &TokenStream, fold: &Function) -> TokenStream {
    let Writes {
        fields,
        may_be_others,
    } = &fold.writes;
    let here = at(fold.name.span());
    let fields = fields.iter();
    let kind = Ident::new(if *may_be_others { "and_others" } else { "only" }, here);
    quote_spanned! {here=>
        const WRITES: #private::Writes = #private::Writes::#kind(&[#(#fields),*]);
    }
}

fn change(private: &TokenStream, block: &Block, fold: &Function) -> TokenStream {
    if fold.broken {
        return fallback::body(private, &fold.name);
    }
    let call = call(block, fold);
    let (span, returned) = match &fold.returned {
        Some(returned) => (returned.span(), quote!(#returned)),
        None => (fold.name.span(), quote_spanned!(at(fold.name.span())=> ())),
    };
    quote_spanned!(at(span)=> <#returned as #private::IntoChange>::into_change(#call))
}

/// `<CountrySales>::placed(document, event, recorded)`
fn call(block: &Block, function: &Function) -> TokenStream {
    let Block { me, .. } = block;
    let name = &function.name;
    let here = at(name.span());
    let document = match function.role {
        Role::Fold => quote_spanned!(here=> document,),
        Role::Key => quote!(),
    };
    let recorded = function
        .recorded
        .map(|span| quote_spanned!(at(span)=> recorded));
    quote_spanned!(here=> <#me>::#name(#document event, #recorded))
}
