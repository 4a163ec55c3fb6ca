use quote::quote;

use super::derive;
use crate::testing::messages;

#[test]
fn a_newtype_turns_into_text_and_back() {
    for newtype in [
        quote!(
            struct OrderId(String);
        ),
        quote!(
            struct OrderId {
                text: String,
            }
        ),
    ] {
        let expansion = derive(newtype);
        assert!(messages(&expansion).is_empty());
        let code = expansion.to_string();
        for written in [
            "AggregateId for OrderId",
            "Display for OrderId",
            "FromStr for OrderId",
            "From < String > for OrderId",
        ] {
            assert!(code.contains(written), "{written}");
        }
    }
}

#[test]
fn what_is_no_newtype_is_refused() {
    for other in [
        quote!(
            struct OrderId;
        ),
        quote!(
            struct OrderId(u8, u8);
        ),
        quote!(
            struct OrderId<T>(T);
        ),
        quote!(
            enum OrderId {
                A,
            }
        ),
    ] {
        assert_eq!(messages(&derive(other)).len(), 1);
    }
}
