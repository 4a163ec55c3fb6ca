use quote::quote;

use super::derive;
use crate::testing::{assert_code, messages};

#[test]
fn the_smallest_projection() {
    let expansion = derive(quote! {
        /// What is left.
        #[projection(
            crate = "e",
            target = Postgres,
            observes(Order),
            ignores(LineAdded),
            on_failure = stop
        )]
        struct Stock;
    });
    let expected = quote! {
        #[automatically_derived]
        impl e::__private::ReadModel for Stock {
            const INFO: e::__private::ReadModelInfo = e::__private::ReadModelInfo::new(
                "stock",
                1u32,
                &[],
                &[<Order as e::__private::Aggregate>::INFO],
                ::core::concat!(::core::file!(), ":", ::core::line!()),
                "What is left.",
            );
            type Kind = e::__private::Projected<Postgres>;
            type Key = e::__private::NoKey;
            #[allow(unused_variables, reason = "there need not be an aggregate")]
            fn visit<__O: e::__private::Observer<Self>>(observer: &mut __O) {
                <Order as e::__private::ObservedBy<Stock>>::show(observer);
            }
        }
        #[automatically_derived]
        impl e::__private::Projection for Stock {
            type Target = Postgres;
            #[allow(unused_variables, reason = "it may always be the same")]
            fn on_failure(&self, failure: &e::__private::Failure<'_>) -> e::__private::OnFailure {
                e::__private::OnFailure::Stop
            }
        }
        #[automatically_derived]
        impl<__D: e::__private::Domain> e::__private::ProjectionOf<__D> for Stock
        where
            __D: e::__private::Contains<Order>,
            Order: e::__private::ServedBy<<__D as e::__private::Domain>::Services>,
        {
            #[allow(unused_variables, reason = "there need not be an aggregate")]
            fn visit_served<__O>(observer: &mut __O)
            where
                __O: e::__private::ServedObserver<Self, <__D as e::__private::Domain>::Services>,
            {
                <Order as e::__private::ObservedBy<Stock>>::show_served::<<__D as e::__private::Domain>::Services, __O>(observer);
            }
        }
        #[automatically_derived]
        impl e::__private::Observe<LineAdded> for Stock {
            const RULE: e::__private::KeyRule = e::__private::KeyRule::Ignored;
            fn observe<'__a>(
                _: e::__private::Projecting<'__a, Self, Postgres, LineAdded>,
            ) -> <Postgres as e::__private::Target>::Handling<'__a>
            where
                '__a: '__a,
            {
                ::std::boxed::Box::pin(async { ::core::result::Result::Ok(()) })
            }
        }
        const _: () = e::__private::observes_event(
            "projection",
            &<Stock as e::__private::ReadModel>::INFO,
            &<LineAdded as e::__private::Event>::INFO,
            "ignores",
        );
    };
    assert_code(&expansion, &expected);
}

#[test]
fn a_function_may_decide_what_becomes_of_a_failure() {
    let expansion = derive(quote! {
        #[projection(target = Postgres, observes(), on_failure = Stock::decide)]
        struct Stock;
    });
    assert!(messages(&expansion).is_empty());
    let code = expansion.to_string();
    assert!(code.contains("Stock :: decide (self , failure)"), "{code}");
}

#[test]
fn every_missing_key_is_named_once_and_guessed() {
    let expansion = derive(quote! {
        struct Stock;
    });
    assert_eq!(
        messages(&expansion),
        [
            "`Stock` leaves out `target`, `observes`\nwrite `#[projection(target = Postgres, observes(Order, CreditNote), ..)]`"
        ]
    );
    assert!(expansion.to_string().contains("type Target"));
}
