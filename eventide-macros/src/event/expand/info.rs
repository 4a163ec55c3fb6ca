use proc_macro2::TokenStream;
use quote::quote_spanned;
use syn::ext::IdentExt;

use super::{From, Version, tags::tags};
use crate::spans::{at, relocated};

/// ```text
/// impl Event for OrderPlaced {
///     const ALONE: EventInfo =
///         EventInfo::new("OrderPlaced", SchemaVersion::new(3), "src/order.rs:3", "A customer ..")
///             .was(&["OrderOpened"])
///             .shape(&TypeShape::object(&[..]));
///     const INFO: EventInfo = Self::ALONE.step(Step::Declared(&<OrderPlacedV2 as Event>::INFO));
///     fn tags(&self) -> Result<Vec<Tag>, InvalidTag> { .. }
///     fn decode_older(..) -> Result<Self, DecodeError> { step::<OrderPlacedV2, Self>(recorded, lookups) }
///     fn visit_versions<V: EventVisitor>(visitor: &mut V) { .. }
/// }
/// ```
pub(super) fn event(version: &Version<'_>) -> TokenStream {
    let Version {
        event,
        ident,
        number,
        ..
    } = version;
    let (private, name) = (&event.private, &event.name);
    let here = at(ident.span());
    let doc = if version.is_current() {
        event.doc.clone()
    } else {
        older_doc(version)
    };
    let was = (!event.was.is_empty()).then(|| {
        let was = &event.was;
        quote_spanned!(here=> .was(&[#(#was),*]))
    });
    let retired =
        (event.retired && version.is_current()).then(|| quote_spanned!(here=> .retired()));
    let shape = event.shape_of(*number).filter(|_| !event.broken);
    let shape = shape.map(|shape| quote_spanned!(here=> .shape(#shape)));
    let tags = if version.is_current() {
        tags(event)
    } else {
        None
    };
    let step = step(version);
    let decode_older = decode_older(version);
    let visit = visit_versions(version);
    quote_spanned! {here=>
        #[automatically_derived]
        impl #private::Event for #ident {
            const ALONE: #private::EventInfo = #private::EventInfo::new(
                #name,
                #private::SchemaVersion::new(#number),
                ::core::concat!(::core::file!(), ":", ::core::line!()),
                #doc,
            )#was #retired #shape;
            const INFO: #private::EventInfo = Self::ALONE #step;
            #tags
            #decode_older
            #visit
        }
    }
}

/// What an older version is, for its readers.
pub(super) fn older_doc(version: &Version<'_>) -> String {
    let event = version.event.ident.unraw();
    format!("[`{event}`] as it was in version {}.", version.number)
}

/// A step that leads down and not up is refused by [`follows`]; it is not followed here, for it may
/// lead in a circle.
fn step(version: &Version<'_>) -> Option<TokenStream> {
    let private = &version.event.private;
    let number = version.number;
    if let From::Raw(span) = version.from {
        return Some(quote_spanned!(at(span)=> .step(#private::Step::Raw)));
    }
    let (previous, here) = version.previous()?;
    let private = relocated(private, here);
    let step = match version.from {
        From::Declared(_) => {
            return Some(quote_spanned! {here=>
                .step(#private::Step::Declared(&<#previous as #private::Event>::INFO))
            });
        }
        From::WithServices(..) => quote_spanned!(here=> with_services),
        _ => quote_spanned!(here=> written),
    };
    Some(quote_spanned! {here=>
        .step(#private::Below::<{ #private::is_below::<#previous>(#number) }>::#step::<#previous>())
    })
}

/// The version before has the number before, and is of the same event.
///
/// ```text
/// const _: () = follows(&<OrderPlacedV1 as Event>::ALONE, &<OrderPlaced as Event>::ALONE);
/// ```
pub(super) fn follows(version: &Version<'_>) -> Option<TokenStream> {
    if matches!(version.from, From::Declared(_)) {
        return None;
    }
    let (previous, here) = version.previous()?;
    let private = relocated(&version.event.private, here);
    let ident = &version.ident;
    Some(quote_spanned! {here=>
        const _: () = #private::follows(
            &<#previous as #private::Event>::ALONE,
            &<#ident as #private::Event>::ALONE,
        );
    })
}

fn decode_older(version: &Version<'_>) -> Option<TokenStream> {
    let private = &version.event.private;
    let call = match (&version.from, version.previous()) {
        (From::Raw(span), _) => {
            let here = at(*span);
            let private = relocated(private, here);
            let me = quote_spanned!(here=> Self);
            quote_spanned!(here=> #private::step_raw::<#me>(recorded))
        }
        (From::WithServices(_, services), Some((previous, here))) => {
            let private = relocated(private, here);
            quote_spanned!(here=> #private::step_asking::<#previous, Self, #services>(recorded, lookups))
        }
        (_, Some((previous, here))) => {
            let private = relocated(private, here);
            quote_spanned!(here=> #private::step::<#previous, Self>(recorded, lookups))
        }
        (_, None) => return None,
    };
    Some(quote_spanned! {at(version.ident.span())=>
        #[allow(unused_variables, reason = "a step from JSON looks nothing up")]
        #[inline]
        fn decode_older(
            recorded: &#private::RecordedEvent,
            lookups: &mut #private::Lookups,
        ) -> ::core::result::Result<Self, #private::DecodeError> {
            #call
        }
    })
}

fn visit_versions(version: &Version<'_>) -> Option<TokenStream> {
    let private = &version.event.private;
    let (previous, here) = version.previous()?;
    Some(quote_spanned! {here=>
        fn visit_versions<__V: #private::EventVisitor>(visitor: &mut __V) {
            visitor.visit::<Self>();
            <#previous as #private::Event>::visit_versions(visitor);
        }
    })
}
