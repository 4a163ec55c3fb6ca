//! Attributes of words and signs in any order, on items of any kind.

use std::panic::catch_unwind;

use proc_macro2::TokenStream;
use proptest::collection::vec;
use proptest::prelude::*;

use super::{config, items};
use crate::{aggregate, aggregate_id, command, domain, event, outcome, projection, shape, view};

type Derive = fn(TokenStream) -> TokenStream;

const DERIVES: &[(&str, Derive)] = &[
    ("event", event::derive),
    ("shape", shape::derive),
    ("command", command::derive),
    ("aggregate", aggregate::derive),
    ("aggregate_id", aggregate_id::derive),
    ("outcome", outcome::derive),
    ("view", view::derive),
    ("projection", projection::derive),
    ("domain", domain::derive),
];

const WORDS: &[&str] = &[
    "name",
    "version",
    "was",
    "retired",
    "previous",
    "services",
    "raw",
    "first",
    "removed",
    "since",
    "default",
    "renamed",
    "changed",
    "from",
    "with",
    "try_with",
    "ty",
    "added",
    "rename",
    "opaque",
    "tag",
    "crate",
    "id",
    "creates",
    "upserts",
    "events",
    "commands",
    "split",
    "snapshot",
    "every",
    "error",
    "aggregates",
    "views",
    "projections",
    "on_failure",
    "target",
    "key",
    "observes",
    "ignores",
    "index",
    "unique",
    "lock",
    "rename_all",
    "rename_all_fields",
    "skip",
    "flatten",
    "untagged",
    "content",
    "transparent",
    "deny_unknown_fields",
    "skip_serializing",
    "skip_serializing_if",
    "serialize",
    "deserialize",
    "into",
    "other",
    "alias",
    "serialize_with",
    "a",
    "b",
    "A",
    "Self",
    "u8",
    "r#fn",
];

const SIGNS: &[&str] = &[
    "=", "=", "=", ",", ",", ",", "(", ")", "[", "]", "<", ">", "::", "#", "!", "&", "|", "-", "_",
];

const LITERALS: &[&str] = &[
    "0",
    "1",
    "2",
    "3",
    "4294967295",
    "18446744073709551616",
    "2u8",
    "1.5",
    "'a'",
    "\"\"",
    "\"a\"",
    "\"camelCase\"",
    "\"kind\"",
    "\"Vec<\"",
    "\"eventide.lock\"",
    "b\"x\"",
    "true",
];

fn arguments() -> impl Strategy<Value = String> {
    let word = || prop::sample::select(WORDS);
    let literal = || prop::sample::select(LITERALS);
    let pair = (word(), literal()).prop_map(|(key, value)| format!("{key} = {value},"));
    let list = (word(), word(), literal(), word())
        .prop_map(|(key, a, value, b)| format!("{key}({a} = {value}, {b}),"));
    let token = prop_oneof![
        4 => word().prop_map(str::to_owned),
        3 => prop::sample::select(SIGNS).prop_map(str::to_owned),
        2 => literal().prop_map(str::to_owned),
        3 => pair,
        2 => list,
    ];
    vec(token, 0..9).prop_map(|tokens| tokens.join(" "))
}

/// Places for attributes of the struct, of a field and of a variant.
const ITEMS: &[&str] = &[
    "STRUCT struct X;",
    "STRUCT struct X { FIELD a: u8, b: Vec<A> }",
    "STRUCT struct X(FIELD u8, A);",
    "STRUCT struct X<T>(FIELD T);",
    "STRUCT enum X { VARIANT A, B(FIELD u8), VARIANT C { FIELD d: u8 } }",
    "STRUCT union X { FIELD a: u8 }",
    "STRUCT struct r#fn { FIELD r#type: u8 }",
];

proptest! {
    #![proptest_config(config(2_000))]

    #[test]
    fn no_attribute_makes_a_macro_panic(
        (name, derive) in prop::sample::select(DERIVES),
        item in prop::sample::select(ITEMS),
        ours in vec(arguments(), 3),
        serde in vec(arguments(), 3),
    ) {
        let mut text = item.to_owned();
        for ((place, ours), serde) in ["STRUCT", "FIELD", "VARIANT"].iter().zip(&ours).zip(&serde) {
            text = text.replace(place, &format!("#[{name}({ours})] #[serde({serde})]"));
        }
        // What is no row of tokens does not come as far as a macro.
        let Ok(tokens) = text.parse::<TokenStream>() else {
            return Ok(());
        };
        let Ok(expansion) = catch_unwind(|| derive(tokens)) else {
            return Err(TestCaseError::fail(format!("{name} panics on {text}")));
        };
        if let Err(error) = items(&expansion) {
            return Err(TestCaseError::fail(format!("{name} on {text}: {error}")));
        }
    }
}
