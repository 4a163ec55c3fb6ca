//! Types change.

use eventide_lock::Order;

use super::{changes, is};

#[test]
fn a_type_changes() {
    use Order::{ReadersFirst, TwoSteps, WritersFirst};
    for (narrow, wide) in [
        ("u32", "u64"),
        ("u32", "i64"),
        ("f32", "f64"),
        ("i32", "f64"),
        ("uuid", "string"),
        ("decimal", "string"),
        ("u8", "u8?"),
        ("[u8]", "[u16]"),
        ("[u8?; 3]?", "[u16?; 3]?"),
        ("{uuid: u8}", "{string: u8?}"),
        ("(u8, string)", "(u16, string)"),
    ] {
        let text = |was, is| format!("field `a` was `{was}`, is `{is}`");
        let line = |ty: &str| format!("a: {ty}");
        is(
            &line(narrow),
            &line(wide),
            "retyped",
            &text(narrow, wide),
            ReadersFirst,
        );
        is(
            &line(wide),
            &line(narrow),
            "retyped",
            &text(wide, narrow),
            WritersFirst,
        );
    }
    for (one, other) in [
        ("u64", "i64"),
        ("u64", "f64"),
        ("u8", "string"),
        ("uuid", "decimal"),
        ("u8?", "u16"),
        ("(u8, u16)", "(u16, u8)"),
        ("opaque \"a\"", "opaque \"b\""),
        ("u8", "opaque \"u8\""),
        ("[u8]", "{string: u8}"),
        ("unit", "object"),
        ("object", "enum"),
    ] {
        let text = format!("field `a` was `{one}`, is `{other}`");
        is(
            &format!("a: {one}"),
            &format!("a: {other}"),
            "retyped",
            &text,
            TwoSteps,
        );
    }
}

#[test]
fn a_payload_that_is_no_object_changes() {
    is(
        ".: u8",
        ".: u16",
        "retyped",
        "the payload was `u8`, is `u16`",
        Order::ReadersFirst,
    );
    is(
        "a: u8",
        ".: u16",
        "retyped",
        "the payload was `object`, is `u16`",
        Order::TwoSteps,
    );
    assert_eq!(changes(".: object & a: u8", "a: u8"), []);
}

#[test]
fn what_lies_in_a_retyped_place_is_not_told_again() {
    is(
        "a: u8",
        "a: object & a.x: u8 & a.y: [object] & a.y[].z: u8",
        "retyped",
        "field `a` was `u8`, is `object`",
        Order::TwoSteps,
    );
    is(
        "a: (object, u8) & a#0.x: u8",
        "a: (string, u16)",
        "retyped",
        "field `a` was `(object, u8)`, is `(string, u16)`",
        Order::TwoSteps,
    );
}

#[test]
fn what_lies_in_a_widened_place_is_compared_too() {
    let changes = changes("a: object & a.x: u8", "a: object? & a.x: u16");
    let texts: Vec<_> = changes.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "field `a` was `object`, is `object?`",
            "field `a.x` was `u8`, is `u16`"
        ]
    );
}

#[test]
fn a_length_changes() {
    use Order::{ReadersFirst, TwoSteps, WritersFirst};
    let text = |was, is| format!("field `a` was `{was}`, is `{is}`");
    for (was, is_now, order) in [
        ("[u8; 3]", "[u8; 4]", TwoSteps),
        ("[u8; 3]", "[u8]", ReadersFirst),
        ("[u8]", "[u8; 3]", WritersFirst),
        ("(u8, u8)", "(u8)", TwoSteps),
    ] {
        is(
            &format!("a: {was}"),
            &format!("a: {is_now}"),
            "length",
            &text(was, is_now),
            order,
        );
    }
}

#[test]
fn strictness_changes() {
    let text = |was, is| format!("field `a` was `{was}`, is `{is}`");
    for (was, is_now) in [("object", "strict object"), ("[strict object]", "[object]")] {
        is(
            &format!("a: {was}"),
            &format!("a: {is_now}"),
            "strictness",
            &text(was, is_now),
            Order::Any,
        );
    }
}
