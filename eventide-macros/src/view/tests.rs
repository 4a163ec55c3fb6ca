use quote::quote;

use super::derive;
use crate::testing::{assert_code, messages};

#[test]
fn the_smallest_view() -> Result<(), proc_macro2::LexError> {
    let expansion = derive(quote! {
        /// What was sold.
        #[view(crate = "e", key = Country, observes(Order), ignores(LineAdded), version = 2)]
        struct Sales {
            #[view(index)]
            orders: i64,
            lines: u32,
            #[view(unique)]
            pub r#type: Option<String>,
        }
    });
    assert_code(&expansion, &include_str!("tests/sales.rs").parse()?);
    Ok(())
}

#[test]
fn a_view_may_observe_nothing_and_have_no_columns() {
    let expansion = derive(quote! {
        #[view(key = u8, observes())]
        struct Nothing;
    });
    assert!(messages(&expansion).is_empty());
    let code = expansion.to_string();
    assert!(code.contains("ReadModelInfo :: new (\"nothing\" , 1u32 , & [] , & [] ,"));
    assert!(!code.contains("finds_documents"));
}

#[test]
fn every_missing_key_is_named_once_and_guessed() {
    let expansion = derive(quote! {
        #[view(observes(Order))]
        struct Sales;
    });
    let expected = "`Sales` leaves out `key`\nwrite `#[view(key = OrderId, ..)]`";
    assert_eq!(messages(&expansion), [expected]);
    let code = expansion.to_string();
    let guess = "type Key = < Order as :: eventide :: __private :: Aggregate > :: Id";
    assert!(code.contains(guess), "{code}");
}

#[test]
fn an_ignored_event_may_be_there_under_a_condition() {
    let expansion = derive(quote! {
        #[view(key = u8, observes(Order), ignores(a::E, #[cfg(x)] b::E))]
        struct Sales;
    });
    assert!(messages(&expansion).is_empty());
    // The impl and the check.
    assert_eq!(expansion.to_string().matches("# [cfg (x)]").count(), 2);
}

#[test]
fn a_version_is_a_number_from_one_on() {
    for version in [quote!(0), quote!(-1), quote!("2"), quote!(4_294_967_296)] {
        let expansion = derive(quote! {
            #[view(key = u8, observes(Order), version = #version)]
            struct Sales;
        });
        assert_eq!(messages(&expansion).len(), 1, "{version}");
    }
}
