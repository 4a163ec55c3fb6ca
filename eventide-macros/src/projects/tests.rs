use proc_macro2::TokenStream;
use quote::quote;

use super::expand;
use crate::testing::{assert_code, messages};

fn projects(functions: &TokenStream) -> TokenStream {
    expand(quote!(crate = "e"), &quote!(impl Stock { #functions }))
}

#[test]
fn handlers_of_one_and_of_several() {
    let functions = quote! {
        async fn placed(&self, event: &Placed, recorded: &RecordedEvent, tx: &Transaction<'_>) -> Result<(), Error> {}
        fn shipped(&self, events: &[Occurred<'_, Shipped>]) {}
    };
    let expansion = projects(&functions);
    let printed = expansion.to_string();
    let fingerprints: Vec<TokenStream> = printed
        .split("FINGERPRINT : :: core :: primitive :: u64 = ")
        .skip(1)
        .filter_map(|rest| rest.split_once(' ')?.0.parse().ok())
        .collect();
    let [of_placed, of_shipped] = &*fingerprints else {
        panic!("two fingerprints: {printed}");
    };
    let expected = quote! {
        #[allow(
            clippy::needless_pass_by_ref_mut,
            clippy::needless_pass_by_value,
            clippy::trivially_copy_pass_by_ref,
            clippy::unnecessary_wraps,
            clippy::unused_async,
            clippy::unused_self,
            reason = "the form of a handler is given"
        )]
        impl Stock { #functions }
        #[automatically_derived]
        #[allow(unused_variables, reason = "a handler need not write")]
        impl e::__private::Observe<Placed> for Stock {
            const FINGERPRINT: ::core::primitive::u64 = #of_placed;
            fn observe<'__a>(
                e::__private::Projecting { projection, events, tx }:
                    e::__private::Projecting<'__a, Self, <Self as e::__private::Projection>::Target, Placed>,
            ) -> <<Self as e::__private::Projection>::Target as e::__private::Target>::Handling<'__a>
            where
                '__a: '__a,
            {
                ::std::boxed::Box::pin(async move {
                    for it in events {
                        <Result<(), Error> as e::__private::IntoHandled>::into_handled(
                            <Stock>::placed(projection, it.event, it.recorded, tx,).await
                        )?;
                    }
                    ::core::result::Result::Ok(())
                })
            }
        }
        const _: () = e::__private::observes_event(
            "projection",
            &<Stock as e::__private::ReadModel>::INFO,
            &<Placed as e::__private::Event>::INFO,
            "handles",
        );
        #[automatically_derived]
        #[allow(unused_variables, reason = "a handler need not write")]
        impl e::__private::Observe<Shipped> for Stock {
            const FINGERPRINT: ::core::primitive::u64 = #of_shipped;
            fn observe<'__a>(
                e::__private::Projecting { projection, events, tx }:
                    e::__private::Projecting<'__a, Self, <Self as e::__private::Projection>::Target, Shipped>,
            ) -> <<Self as e::__private::Projection>::Target as e::__private::Target>::Handling<'__a>
            where
                '__a: '__a,
            {
                ::std::boxed::Box::pin(async move {
                    <() as e::__private::IntoHandled>::into_handled(
                        <Stock>::shipped(projection, &events,)
                    )?;
                    ::core::result::Result::Ok(())
                })
            }
        }
        const _: () = e::__private::observes_event(
            "projection",
            &<Stock as e::__private::ReadModel>::INFO,
            &<Shipped as e::__private::Event>::INFO,
            "handles",
        );
    };
    assert_code(&expansion, &expected);
}

#[test]
fn whatever_is_wrong_with_a_handler_is_said() {
    for (function, expected) in [
        (
            quote!(
                async fn f(&mut self, e: &Placed) {}
            ),
            "EV10: `fn f` takes `&mut self`, but what it remembers it writes\nwrite `async fn f(&self, event: &Placed, ..)`",
        ),
        (
            quote!(
                async fn f(e: &Placed) {}
            ),
            "EV10: `fn f` has no `self`\nwrite `async fn f(&self, event: &Placed, ..)`",
        ),
        (
            quote!(
                async fn f(&self, e: Placed) {}
            ),
            "EV10: `fn f` takes event `Placed` by value\nwrite `async fn f(&self, event: &Placed, ..)`",
        ),
        (
            quote!(
                async fn f(&self) {}
            ),
            "EV10: `fn f` takes no event\nif it handles nothing, move it to an `impl Stock` block without `#[projects]`",
        ),
        (
            quote!(
                async fn f(&self, e: &[Placed], tx: &Tx) {}
            ),
            "EV10: `fn f` takes several events without their records\nwrite `&[Occurred<'_, Placed>]`",
        ),
        (
            quote!(
                async fn f(&self, e: &[Occurred<'_, Placed>], r: &RecordedEvent) {}
            ),
            "EV10: `fn f` takes several events and one record\neach `Occurred` has its own: `it.recorded`",
        ),
        (
            quote!(
                async fn f(&self, e: &Placed, tx: &Tx, more: u8) {}
            ),
            "EV10: `fn f` takes more than an event, its record and what it writes with\nkeep in `self` what it needs besides",
        ),
        (
            quote!(
                async fn f<E>(&self, e: &E) {}
            ),
            "EV10: `fn f` has type parameters\nname the one event it takes",
        ),
        (
            quote!(
                unsafe fn f(&self, e: &Placed) {}
            ),
            "EV10: `fn f` is `unsafe`, but handlers are called by safe code",
        ),
        (
            quote!(
                fn f(&self, e: &Placed) -> impl Future {}
            ),
            "EV10: the return type of `fn f` names no type\nwrite the type of what it returns",
        ),
        (
            quote!(
                fn f(&self, e: &Placed) {}
                fn g(&self, e: &Placed) {}
            ),
            "EV04: `Placed` is already handled by `fn f`\nkeep one of the two",
        ),
    ] {
        assert_eq!(messages(&projects(&function)), [expected], "{function}");
    }
}

#[test]
fn a_block_of_a_trait_or_with_parameters_handles_nothing() {
    let of_trait = expand(quote!(), &quote!(impl Trait for Stock {}));
    let with_parameters = expand(
        quote!(),
        &quote!(
            impl<T> Stock<T> {}
        ),
    );
    for (expansion, begins) in [
        (of_trait, "EV10: the methods"),
        (with_parameters, "EV10: a block"),
    ] {
        let messages = messages(&expansion);
        assert!(messages[0].starts_with(begins), "{messages:?}");
    }
}
