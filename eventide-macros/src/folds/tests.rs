use proc_macro2::TokenStream;
use quote::quote;

use super::expand;
use crate::testing::{assert_code, messages};

fn folds(functions: &TokenStream) -> TokenStream {
    expand(quote!(crate = "e"), &quote!(impl Sales { #functions }))
}

fn fingerprints(functions: &TokenStream) -> Vec<String> {
    let code = folds(functions).to_string();
    let after = code.split("FINGERPRINT : :: core :: primitive :: u64 = ");
    let numbers = after.skip(1).filter_map(|rest| rest.split(';').next());
    numbers.map(str::to_owned).collect()
}

#[test]
fn functions_become_one_impl_for_each_event_and_stay_what_they_are() {
    let functions = quote! {
        fn country(event: &Placed) -> Remember<Country> { body }
        fn placed(&mut self, _: &Placed, recorded: &RecordedEvent) { self.orders += 1; }
        #[cfg(feature = "gifts")]
        fn wrapped(&mut self, _: &Wrapped) -> Result<Change, Refused> { wrap(self) }
    };
    let [of_placed, of_wrapped] = &fingerprints(&functions)[..] else {
        panic!("two events are folded");
    };
    let (of_placed, of_wrapped): (TokenStream, TokenStream) =
        (of_placed.parse().unwrap(), of_wrapped.parse().unwrap());
    let expected = quote! {
        #[allow(
            clippy::needless_pass_by_ref_mut,
            clippy::needless_pass_by_value,
            clippy::trivially_copy_pass_by_ref,
            clippy::unnecessary_wraps,
            clippy::unused_async,
            clippy::unused_self,
            reason = "the form of a fold is given"
        )]
        impl Sales { #functions }
        #[automatically_derived]
        #[allow(unused_variables, reason = "a fold need not look at the record")]
        impl e::__private::Observe<Placed> for Sales {
            const FINGERPRINT: ::core::primitive::u64 = #of_placed;
            const WRITES: e::__private::Writes = e::__private::Writes::only(&["orders"]);
            const RULE: e::__private::KeyRule =
                <Remember<Country> as e::__private::IntoKeys<<Self as e::__private::ReadModel>::Key>>::RULE;
            fn key(
                event: &Placed,
                recorded: &e::__private::RecordedEvent,
            ) -> e::__private::KeysOf<<Self as e::__private::ReadModel>::Key> {
                <Remember<Country> as e::__private::IntoKeys<<Self as e::__private::ReadModel>::Key>>::into_keys(
                    <Sales>::country(event,)
                )
            }
            fn observe<'__a>(
                e::__private::Folding { document, event, recorded }: e::__private::Folding<'__a, Self, Placed>,
            ) -> ::core::result::Result<e::__private::Change, e::__private::BoxError>
            where
                '__a: '__a,
            {
                <() as e::__private::IntoChange>::into_change(<Sales>::placed(document, event, recorded))
            }
        }
        const _: () = e::__private::observes_event(
            "view",
            &<Sales as e::__private::ReadModel>::INFO,
            &<Placed as e::__private::Event>::INFO,
            "folds",
        );
        #[cfg(feature = "gifts")]
        #[automatically_derived]
        #[allow(unused_variables, reason = "a fold need not look at the record")]
        impl e::__private::Observe<Wrapped> for Sales {
            const FINGERPRINT: ::core::primitive::u64 = #of_wrapped;
            const WRITES: e::__private::Writes = e::__private::Writes::and_others(&[]);
            fn observe<'__a>(
                e::__private::Folding { document, event, recorded }: e::__private::Folding<'__a, Self, Wrapped>,
            ) -> ::core::result::Result<e::__private::Change, e::__private::BoxError>
            where
                '__a: '__a,
            {
                <Result<Change, Refused> as e::__private::IntoChange>::into_change(
                    <Sales>::wrapped(document, event,)
                )
            }
        }
        #[cfg(feature = "gifts")]
        const _: () = e::__private::observes_event(
            "view",
            &<Sales as e::__private::ReadModel>::INFO,
            &<Wrapped as e::__private::Event>::INFO,
            "folds",
        );
    };
    assert_code(&folds(&functions), &expected);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a list of forms")]
fn a_function_of_the_wrong_form_is_still_written_as_it_was_meant() {
    for (function, names_key) in [
        (
            quote!(
                fn f(self, e: &Placed) {}
            ),
            false,
        ),
        (
            quote!(
                fn f(&self, e: &Placed) {}
            ),
            false,
        ),
        (
            quote!(
                fn f(&self, e: &Placed) -> Result<(), E> {}
            ),
            false,
        ),
        (
            quote!(
                fn f(&mut self, e: Placed) {}
            ),
            false,
        ),
        (
            quote!(
                fn f(&mut self, e: &mut Placed) {}
            ),
            false,
        ),
        (
            quote!(
                async fn f(&mut self, e: &Placed) {}
            ),
            false,
        ),
        (
            quote!(
                unsafe fn f(&mut self, e: &Placed) {}
            ),
            false,
        ),
        (
            quote!(
                fn f(&mut self, e: &Placed) -> impl X {}
            ),
            false,
        ),
        (
            quote!(
                fn f(&mut self, e: &Placed, r: RecordedEvent) {}
            ),
            false,
        ),
        (
            quote!(
                fn f(e: &Placed) {}
            ),
            false,
        ),
        (
            quote!(
                fn f(&self, e: &Placed) -> Country {}
            ),
            true,
        ),
        (
            quote!(
                fn f(e: Placed) -> Country {}
            ),
            true,
        ),
        (
            quote!(
                async fn f(e: &Placed) -> Country {}
            ),
            true,
        ),
        (
            quote!(
                fn f(e: &Placed) -> impl X {}
            ),
            true,
        ),
    ] {
        let other = if names_key {
            quote!(
                fn fold(&mut self, _: &Placed) {}
            )
        } else {
            quote!(
                fn key(_: &Placed) -> Country {}
            )
        };
        let expansion = folds(&quote!(#function #other));
        let messages = messages(&expansion);
        assert_eq!(messages.len(), 1, "{function}: {messages:?}");
        assert!(messages[0].contains("`fn f`"), "{messages:?}");
        assert!(messages[0].starts_with("EV10: "), "{messages:?}");
        let code = expansion.to_string();
        assert_eq!(
            code.matches("Observe < Placed > for").count(),
            1,
            "{function}"
        );
    }
}

#[test]
fn a_key_without_a_fold_is_said_and_folded_all_the_same() {
    let expansion = folds(&quote! {
        fn country(event: &Placed) -> Country {}
    });
    let messages = messages(&expansion);
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert!(messages[0].starts_with("EV06: `fn country` names the key of event `Placed`"));
    assert!(expansion.to_string().contains("after_an_error"));
}

#[test]
fn functions_under_cfg_may_exclude_each_other() {
    let expansion = folds(&quote! {
        #[cfg(a)] fn key(e: &Placed) -> Country {}
        #[cfg(not(a))] fn other_key(e: &Placed) -> Country {}
        #[cfg(b)] fn fold(&mut self, e: &Placed) {}
        #[cfg(not(b))] fn other_fold(&mut self, e: &Placed) {}
    });
    assert!(messages(&expansion).is_empty());
    let code = expansion.to_string();
    assert_eq!(code.matches("Observe < Placed > for").count(), 2);
    // Each impl has both rules, and the compiler keeps one.
    assert_eq!(code.matches("const RULE").count(), 4);
    assert_eq!(code.matches("# [cfg (not (a))] const RULE").count(), 2);
}

#[test]
fn a_fingerprint_sees_what_is_done_and_nothing_else() {
    let of = |key: TokenStream, fold: TokenStream| fingerprints(&quote!(#key #fold));
    let key = quote!(
        fn country(e: &Placed) -> Country {
            e.country
        }
    );
    let fold = quote!(
        fn placed(&mut self, e: &Placed) {
            self.orders += [1];
        }
    );
    let base = of(key.clone(), fold.clone());
    assert_eq!(base.len(), 1);

    let written_otherwise: TokenStream = "
        /// Another comment.
        #[inline]
        pub fn renamed ( & mut self , e : & Placed ) { /* why */ self . orders += [ 1 ] ; /// how
        }"
    .parse()
    .unwrap();
    assert_eq!(of(key.clone(), written_otherwise), base);
    for other in [
        quote!(
            fn placed(&mut self, e: &Placed) {
                self.orders += [2];
            }
        ),
        quote!(
            fn placed(&mut self, e: &Placed) {
                self.orders += (1);
            }
        ),
        quote!(
            fn placed(&mut self, e: &Placed) {
                self.orders -= [1];
            }
        ),
        quote!(
            fn placed(&mut self, x: &Placed) {
                self.orders += [1];
            }
        ),
        quote!(
            fn placed(&mut self, e: &Placed) -> Change {
                self.orders += [1];
            }
        ),
    ] {
        assert_ne!(of(key.clone(), other.clone()), base, "{other}");
    }
    let other = quote!(
        fn country(e: &Placed) -> Country {
            e.land
        }
    );
    assert_ne!(of(other, fold), base);
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
