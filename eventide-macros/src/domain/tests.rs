use quote::quote;

use super::derive;
use crate::testing::messages;

#[test]
fn a_domain_has_a_repository_and_a_route_for_each_aggregate() {
    let expansion = derive(quote! {
        #[domain(name = "shop", aggregates(Order, sales::CreditNote))]
        struct Shop;
    });
    assert!(messages(&expansion).is_empty());
    let code = expansion.to_string();
    for written in [
        "NAME : & 'static :: core :: primitive :: str = \"shop\"",
        "(setup . repository :: < Order > () , setup . repository :: < sales :: CreditNote > () ,)",
        "__private :: route :: < Self , Order > (app , name , json , & options)",
        "& repositories . 1",
        "unknown_command :: < Self > (name)",
    ] {
        assert!(code.contains(written), "{written} in {code}");
    }
}

#[test]
fn a_domain_without_a_list_says_so() {
    let expansion = derive(quote!(
        struct Shop;
    ));
    let expected = "`Shop` leaves out `aggregates`\nwrite `#[domain(aggregates(Order, ..))]`";
    assert_eq!(messages(&expansion), [expected]);
}

#[test]
fn a_lock_that_is_not_there_is_none_and_checked_all_the_same() {
    let expansion = derive(quote! {
        #[domain(aggregates(Order), lock = "nowhere/shop.lock")]
        struct Shop;
    });
    assert!(messages(&expansion).is_empty());
    let code = expansion.to_string();
    for written in [
        "name : \"shop.lock\" , exists : false , events : & []",
        "nothing_is_lost :: < 0usize >",
        "as_in_lock (& LOCK , & < Order as",
    ] {
        assert!(code.contains(written), "{written} in {code}");
    }
    assert!(!code.contains("include_bytes"));
}

#[test]
fn a_lock_names_a_file() {
    for name in ["", "..", "/"] {
        let expansion = derive(quote!(
            #[domain(aggregates(Order), lock = #name)]
            struct Shop;
        ));
        let expected = "`lock` names a file: `lock = \"eventide.lock\"`";
        assert_eq!(messages(&expansion), [expected]);
    }
}
