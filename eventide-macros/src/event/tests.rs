use quote::quote;

use super::derive;
use crate::testing::{assert_code, messages};

#[test]
fn an_event_is_described_and_tagged() {
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
    let expected = quote! {
        #[automatically_derived]
        impl ::eventide::__private::Event for OrderPlaced {
            const INFO: ::eventide::__private::EventInfo = ::eventide::__private::EventInfo::new(
                "order-placed",
                ::eventide::__private::SchemaVersion::FIRST,
                ::core::concat!(::core::file!(), ":", ::core::line!()),
                "A customer placed an order.",
            );
            fn tags(&self) -> ::core::result::Result<
                ::std::vec::Vec<::eventide::__private::Tag>,
                ::eventide::__private::InvalidTag
            > {
                ::core::result::Result::Ok(::std::vec::Vec::from([
                    ::eventide::__private::Tag::new("customer", &self.customer)?,
                    ::eventide::__private::Tag::new("land", &self.r#type)?
                ]))
            }
        }
    };
    assert_code(&expansion, &expected);
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
