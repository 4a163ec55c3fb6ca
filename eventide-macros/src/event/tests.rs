use proc_macro2::{LexError, TokenStream};
use quote::quote;

use super::derive;
use crate::testing::{assert_code, messages};

#[test]
fn an_event_is_described_and_tagged() -> Result<(), LexError> {
    let expansion = derive(quote! {
        /// A customer placed an order.
        #[event(name = "order-placed")]
        pub struct OrderPlaced {
            #[event(tag)]
            customer: u32,
            #[event(tag = "land")]
            r#type: String,
            total: u64,
        }
    });
    assert_code(&expansion, &include_str!("tests/alone.rs").parse()?);
    Ok(())
}

#[test]
fn a_history_is_a_struct_and_a_step_for_each_version() -> Result<(), LexError> {
    let expansion = derive(quote! {
        #[serde(rename_all = "camelCase")]
        #[event(
            crate = "e",
            version = 3,
            was("OrderOpened"),
            retired,
            previous = OldOrderPlaced,
            removed(since = 3, name = note, ty = String),
        )]
        pub struct OrderPlaced {
            /// Who.
            #[event(tag, renamed(since = 3, from = client_name))]
            #[serde(rename = "who", alias = "whom")]
            pub customer: String,
            #[event(changed(since = 3, from = String, try_with = Money::parse))]
            grand_total: Money,
            #[event(since = 3, default = HOME)]
            country: Country,
            #[event(since = 3, default)]
            #[other]
            gifts: Vec<String>,
        }
    });
    assert_code(&expansion, &include_str!("tests/history.rs").parse()?);
    Ok(())
}

#[test]
fn older_structs_of_an_older_version_are_numbered_once() {
    for (ident, version, expected) in [
        ("Placed", 2, "struct PlacedV1"),
        ("PlacedV2", 2, "struct PlacedV1"),
        ("PlacedV3", 2, "struct PlacedV3V1"),
        ("V2", 2, "struct V2V1"),
        ("r#final", 2, "struct finalV1"),
    ] {
        let ident: TokenStream = ident.parse().unwrap_or_default();
        let code = derive(quote! {
            #[event(version = #version)]
            struct #ident { #[event(since = 2, default)] a: u8 }
        });
        assert!(code.to_string().contains(expected), "{code}");
    }
}

#[test]
fn a_broken_history_is_one_error_and_still_has_its_structs() {
    let expansion = derive(quote! {
        #[event(version = 3)]
        struct Placed {
            #[event(since = 3)]
            a: u8,
            #[event(since = 2, default)]
            b: u8,
        }
    });
    let messages = messages(&expansion);
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert!(messages[0].starts_with("EV05: field `a` came with version 3"));
    let code = expansion.to_string();
    for part in [
        "struct PlacedV1",
        "struct PlacedV2",
        "Upcast < PlacedV1 > for PlacedV2",
        "Upcast < PlacedV2 > for Placed",
        "after_an_error",
    ] {
        assert!(code.contains(part), "{part} in {code}");
    }
}

#[test]
fn a_version_far_away_is_one_error_and_at_once() {
    for version in [quote!(4_000_000_000), quote!(5_000_000_000), quote!(1 + 1)] {
        let expansion = derive(quote! {
            #[event(version = #version)]
            struct Placed { #[event(since = #version, default)] a: u8 }
        });
        assert!(!messages(&expansion).is_empty(), "{version}");
    }
}

#[test]
fn a_default_is_a_whole_expression() {
    let code = derive(quote! {
        #[event(version = 2)]
        struct Placed {
            #[event(since = 2, default = pair(1 << 2, |a, b| a < b).0, tag)]
            a: u8,
        }
    });
    assert_eq!(messages(&code), [""; 0]);
    assert!(
        code.to_string()
            .contains("a : pair (1 << 2 , | a , b | a < b) . 0"),
        "{code}"
    );
}

#[test]
fn an_event_that_is_an_enum_is_one_error_and_still_an_event() {
    let expansion = derive(quote! { enum Placed { Once } });
    assert_eq!(
        messages(&expansion),
        ["`Placed` is an enum, but an event is one struct"]
    );
    assert!(expansion.to_string().contains("Event for Placed"));
}

#[test]
fn a_misspelt_key_says_what_was_meant_and_is_understood() {
    let expansion = derive(quote! { #[event(nmae = "placed")] struct OrderPlaced; });
    let expected = "unknown key `nmae` in `#[event(..)]`; did you mean `name`?";
    assert_eq!(messages(&expansion), [expected]);
    assert!(expansion.to_string().contains("\"placed\""));
}

#[test]
fn no_input_makes_the_macro_panic() {
    for broken in [
        quote!(),
        quote!(struct),
        quote!(
            #[event]
            struct A;
        ),
        quote!(
            #[event(,)]
            struct A;
        ),
        quote!(
            #[event(name = )]
            struct A;
        ),
        quote!(
            #[event(name "a")]
            struct A;
        ),
        quote!(
            #[event("name")]
            struct A;
        ),
        quote!(
            #[event(crate = 7)]
            struct A;
        ),
        quote!(
            #[event(crate = "a b")]
            struct A;
        ),
        quote!(union A { a: u8 }),
    ] {
        assert!(!messages(&derive(broken.clone())).is_empty(), "{broken}");
    }
}
