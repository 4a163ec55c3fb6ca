use proc_macro2::TokenStream;
use quote::quote;

use super::expand;
use crate::testing::{assert_code, messages};

fn handlers(methods: &TokenStream) -> TokenStream {
    expand(quote!(), &quote!(impl Order { #methods }))
}

#[test]
fn methods_become_impls_and_stay_what_they_are() {
    let block = quote! {
        impl Order {
            fn place(&self, command: PlaceOrder) -> Result<OrderPlaced, OrderError> { body }
            #[cfg(feature = "gifts")]
            async fn wrap(&self, _: Wrap, ctx: &Context<'_, Paper>) {}
            fn placed(&mut self, event: &OrderPlaced) {}
        }
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
        #block
        #[automatically_derived]
        #[allow(unused_variables, reason = "a handler need not look at its context")]
        impl ::eventide::__private::Handle<PlaceOrder> for Order {
            type Outcome = Result<OrderPlaced, OrderError>;
            fn handle(
                &self,
                command: PlaceOrder,
                ctx: &::eventide::__private::Context<'_, <Self as ::eventide::__private::Aggregate>::Services>,
            ) -> impl ::core::future::Future<Output = Self::Outcome> + ::core::marker::Send {
                ::core::future::ready(<Order>::place(self, command,))
            }
        }
        const _: () = ::eventide::__private::emits_no_retired(
            <Order as ::eventide::__private::Handle<PlaceOrder>>::RETIRED
        );
        #[cfg(feature = "gifts")]
        #[automatically_derived]
        #[allow(unused_variables, reason = "a handler need not look at its context")]
        impl ::eventide::__private::Handle<Wrap> for Order {
            type Outcome = ();
            fn handle(
                &self,
                command: Wrap,
                ctx: &::eventide::__private::Context<'_, <Self as ::eventide::__private::Aggregate>::Services>,
            ) -> impl ::core::future::Future<Output = Self::Outcome> + ::core::marker::Send {
                <Order>::wrap(self, command, ctx)
            }
        }
        #[cfg(feature = "gifts")]
        const _: () = ::eventide::__private::emits_no_retired(
            <Order as ::eventide::__private::Handle<Wrap>>::RETIRED
        );
        #[automatically_derived]
        #[allow(unused_variables, reason = "after an error nothing is called")]
        impl ::eventide::__private::Apply<OrderPlaced> for Order {
            fn apply(&mut self, event: &OrderPlaced) {
                <Order>::placed(self, event)
            }
        }
    };
    assert_code(&expand(quote!(), &block), &expected);
}

#[test]
fn a_handler_of_the_wrong_form_is_still_written_as_it_was_meant() {
    for (method, meant) in [
        (
            quote!(
                fn f(self, c: Place) -> Placed {}
            ),
            "Handle < Place >",
        ),
        (
            quote!(
                fn f(&self, c: &Place) -> Placed {}
            ),
            "Handle < Place >",
        ),
        (
            quote!(
                fn f(&mut self, c: Place) -> Placed {}
            ),
            "Handle < Place >",
        ),
        (
            quote!(
                fn f(self, e: &Placed) {}
            ),
            "Apply < Placed >",
        ),
        (
            quote!(
                fn f(&self, e: &Placed) {}
            ),
            "Apply < Placed >",
        ),
        (
            quote!(
                fn f(&mut self, e: Placed) {}
            ),
            "Apply < Placed >",
        ),
        (
            quote!(
                fn f(&mut self, e: &Placed) -> u8 {}
            ),
            "Apply < Placed >",
        ),
        (
            quote!(
                async fn f(&mut self, e: &Placed) {}
            ),
            "Apply < Placed >",
        ),
    ] {
        let expansion = handlers(&method);
        let messages = messages(&expansion);
        assert_eq!(messages.len(), 1, "{method}: {messages:?}");
        assert!(messages.iter().all(|it| it.starts_with("EV10: `fn f`")));
        let code = expansion.to_string();
        assert!(code.contains(meant), "{method}");
        assert!(code.contains("after_an_error"), "{method}");
    }
}

#[test]
fn methods_under_cfg_may_exclude_each_other() {
    let expansion = handlers(&quote! {
        #[cfg(a)] fn f(&self, c: Place) {}
        #[cfg(not(a))] fn g(&self, c: Place) {}
    });
    assert!(messages(&expansion).is_empty());
}

#[test]
fn other_items_of_the_block_are_left_alone() {
    let expansion = handlers(&quote! {
        const LIMIT: Limit = Limit { lines: 7 };
        invoke! { something }
        fn f(&self, c: Place) {}
    });
    assert!(messages(&expansion).is_empty());
    assert!(expansion.to_string().contains("Handle < Place >"));
}

#[test]
fn what_is_no_impl_block_is_an_error_and_comes_back_unchanged() {
    let function = quote!(
        fn main() {}
    );
    let expansion = expand(quote!(), &function);
    assert_eq!(messages(&expansion).len(), 1);
    assert!(expansion.to_string().contains(&function.to_string()));
}
