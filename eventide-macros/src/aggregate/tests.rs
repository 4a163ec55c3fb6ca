use quote::quote;

use super::derive;
use crate::testing::{assert_code, messages};

#[test]
fn the_smallest_aggregate() -> Result<(), proc_macro2::LexError> {
    let expansion = derive(quote! {
        #[aggregate(crate = "e", id = LampId, error = Refused, events(SwitchedOn), commands(SwitchOn))]
        pub struct Lamp;
    });
    assert_code(&expansion, &include_str!("tests/lamp.rs").parse()?);
    Ok(())
}

#[test]
fn every_missing_key_is_named_once() {
    let expansion = derive(quote! {
        #[aggregate(events(), commands())]
        struct Lamp;
    });
    let expected = "`Lamp` leaves out `id`, `error`\nwrite `#[aggregate(id = OrderId, error = OrderError, ..)]`";
    assert_eq!(messages(&expansion), [expected]);
    assert!(expansion.to_string().contains("Aggregate for Lamp"));
}

#[test]
fn cfg_flows_on_to_variant_arms_and_impls() {
    let expansion = derive(quote! {
        #[aggregate(id = A, error = B, events(#[cfg(x)] C), commands())]
        struct Lamp;
    });
    let code = expansion.to_string();
    // The variant and its `From`, `INFOS`, `info`, `encode`, `tags`, `decode`, `visit`, `Asks`,
    // `EventOf`, `Outcome`, `apply`, `apply_recorded`, `OBSERVED`, `hand`, the trait that is its
    // bound, whoever has that, and the check of names.
    assert_eq!(code.matches("# [cfg (x)]").count(), 18);
    assert_eq!(code.matches("# [cfg (not (all (x)))]").count(), 2);
    assert!(code.contains("+ __Observes0 ,"));
}

#[test]
fn events_read_as_others_are_decoded_before_all_others() {
    let code = derive(quote! {
        #[aggregate(crate = "e", id = A, error = B, events(C), commands(), split(Old, #[cfg(x)] Older))]
        struct Lamp;
    })
    .to_string();
    let split = quote! {
        if e::__private::is_split::<Old>(recorded) {
            return e::__private::split::<Lamp, Old>(recorded, lookups, events);
        }
        #[cfg(x)]
        if e::__private::is_split::<Older>(recorded) {
            return e::__private::split::<Lamp, Older>(recorded, lookups, events);
        }
        if <C as e::__private::Event>::INFO.is_stored_as(&recorded.event_type)
    };
    assert!(code.contains(&split.to_string()), "{code}");
    // `AggregateInfo`, `decode`, `visit`, `Asks`, `apply_recorded` and the check of names.
    assert_eq!(code.matches("# [cfg (x)]").count(), 6);
}

#[test]
fn an_event_is_listed_in_one_way() {
    let expansion = derive(quote! {
        #[aggregate(id = A, error = B, events(C, a::D), commands(), split(a::D, D, #[cfg(x)] C))]
        struct Lamp;
    });
    let messages = messages(&expansion);
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert!(messages[0].starts_with("`D` and `a::D` would both be called `D`"));
    assert!(messages[1].starts_with("EV04: event `a::D` is listed both in"));
}

#[test]
fn a_type_listed_twice_is_refused_and_kept_once() {
    let expansion = derive(quote! {
        #[aggregate(id = A, error = B, events(C, a::D, C, b::D, b::D as E), commands())]
        struct Lamp;
    });
    let messages = messages(&expansion);
    let starts = [
        "EV04: event `C` is listed twice by `Lamp`",
        "`b::D` and `a::D` would both be called `D`",
    ];
    assert_eq!(messages.len(), starts.len(), "{messages:?}");
    for (message, start) in messages.iter().zip(starts) {
        assert!(message.starts_with(start), "{message}");
    }
    assert_eq!(expansion.to_string().matches("From < C >").count(), 1);
}

#[test]
fn a_snapshot_that_is_never_due_is_refused() {
    for list in [
        quote!(every = 0),
        quote!(),
        quote!(every = "1"),
        quote!(every = 1, version = -1),
    ] {
        let expansion = derive(quote! {
            #[aggregate(id = A, error = B, events(), commands(), snapshot(#list))]
            struct Lamp;
        });
        assert_eq!(messages(&expansion).len(), 1, "{list}");
    }
}

#[test]
fn the_shape_hash_sees_names_types_and_attributes_but_no_docs() {
    let hash = |fields: proc_macro2::TokenStream| {
        let item: syn::ItemStruct = syn::parse_quote!(struct Lamp { #fields });
        super::shape::hash(&item.fields)
    };
    let base = hash(quote!(on: bool, room: Vec<Room>));
    assert_eq!(base, hash(quote!(/** why */ on: bool, room: Vec<Room>)));
    for other in [
        quote!(lit: bool, room: Vec<Room>),
        quote!(on: u8, room: Vec<Room>),
        quote!(#[serde(default)] on: bool, room: Vec<Room>),
        quote!(room: Vec<Room>, on: bool),
        quote!(on: bool),
    ] {
        assert_ne!(base, hash(other.clone()), "{other}");
    }
}

/// A variant would have been called by them, which is no code.
#[test]
fn words_that_name_no_type_are_not_listed() {
    let expansion = derive(quote! {
        #[aggregate(id = A, error = B, events(crate, a::b, super::self, Self as Me), commands())]
        struct Lamp;
    });
    let expected = ["crate", "super::self", "Self"]
        .map(|word| format!("`{word}` is not the name of a type\nlist types by their names"));
    assert_eq!(messages(&expansion), expected);
    assert!(syn::parse2::<syn::File>(expansion).is_ok());
}
