use quote::quote;

use super::derive;
use crate::testing::{assert_code, messages};

#[test]
fn an_outcome_is_one_of_its_events_or_none() {
    let expansion = derive(quote! {
        enum Shipped { Now(OrderShipped), Already }
    });
    let expected = quote! {
        #[automatically_derived]
        #[allow(unused_variables, reason = "no variant need hold an event")]
        impl<__A: ::eventide::__private::Aggregate> ::eventide::__private::Outcome<__A> for Shipped
        where
            OrderShipped: ::eventide::__private::Outcome<__A>,
        {
            fn record(
                self,
                events: &mut ::std::vec::Vec<<__A as ::eventide::__private::Aggregate>::Event>,
            ) -> ::core::result::Result<(), <__A as ::eventide::__private::Aggregate>::Error> {
                match self {
                    Self::Now(event) => <OrderShipped as ::eventide::__private::Outcome<__A>>::record(event, events),
                    Self::Already => ::core::result::Result::Ok(()),
                }
            }
            const RETIRED: ::core::option::Option<&'static ::core::primitive::str> =
                ::eventide::__private::first_retired(&[
                    <OrderShipped as ::eventide::__private::Outcome<__A>>::RETIRED
                ]);
            fn describe(events: &mut ::std::vec::Vec<::eventide::__private::EventInfo>) {
                <OrderShipped as ::eventide::__private::Outcome<__A>>::describe(events);
            }
        }
    };
    assert_code(&expansion, &expected);
}

#[test]
fn every_variant_of_another_form_is_named() {
    let expansion = derive(quote! {
        enum Shipped { Both(A, B), Named { a: A }, None() }
    });
    let messages = messages(&expansion);
    assert_eq!(messages.len(), 3);
    assert!(
        messages
            .iter()
            .all(|it| it.contains("does not hold one event"))
    );
}
