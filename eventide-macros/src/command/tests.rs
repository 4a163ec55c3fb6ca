use quote::quote;

use super::derive;
use crate::testing::{assert_code, messages};

#[test]
fn a_command_knows_its_aggregate_and_whether_it_exists() {
    let expansion = derive(quote! {
        #[command(creates)]
        struct PlaceOrder {
            #[command(id)]
            order: OrderId,
            customer: u32,
        }
    });
    let expected = quote! {
        #[automatically_derived]
        impl ::eventide::__private::Command for PlaceOrder {
            type Id = OrderId;
            const INFO: ::eventide::__private::CommandInfo = ::eventide::__private::CommandInfo::new(
                "PlaceOrder",
                ::eventide::__private::Existence::MustNot,
                ::core::concat!(::core::file!(), ":", ::core::line!()),
                "",
            );
            fn aggregate_id(&self) -> &OrderId {
                &self.order
            }
        }
    };
    assert_code(&expansion, &expected);
}

#[test]
fn without_a_marked_field_the_one_that_looks_like_an_id_stands_in() {
    let expansion = derive(quote! {
        struct AddLine { quantity: u32, order: sales::OrderId }
    });
    assert_eq!(messages(&expansion).len(), 1);
    assert!(expansion.to_string().contains("type Id = sales :: OrderId"));
}

#[test]
fn two_marked_fields_and_two_existences_are_said_together() {
    let expansion = derive(quote! {
        #[command(creates, upserts)]
        struct AddLine(#[command(id)] OrderId, #[command(id)] OrderId);
    });
    let expected = [
        "`creates` and `upserts` exclude each other: keep one",
        "`AddLine` has two fields marked `#[command(id)]`: keep one",
    ];
    assert_eq!(messages(&expansion), expected);
}

#[test]
fn validation_is_a_feature() {
    let expansion = derive(quote! {
        #[command(validate)]
        struct AddLine(#[command(id)] OrderId);
    });
    if cfg!(feature = "validation") {
        assert!(messages(&expansion).is_empty());
        assert!(expansion.to_string().contains("__private :: validate"));
    } else {
        let expected = "`validate` needs more: enable feature `validation` of `eventide`";
        assert_eq!(messages(&expansion), [expected]);
    }
}
