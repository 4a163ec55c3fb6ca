//! Fields come, go, and may be missing.

use eventide_lock::Order;

use super::{changes, is};

#[test]
fn a_field_is_added() {
    use Order::{Any, ReadersFirst, TwoSteps, WritersFirst};
    is(
        "a: u8",
        "a: u8 & b: u8",
        "field_added",
        "field `b` is new: `u8`",
        WritersFirst,
    );
    is(
        "a: u8",
        "a: u8 & b?: u8",
        "field_added",
        "field `b` is new: `u8`",
        Any,
    );
    is(
        "a: u8",
        "a: u8 & b: u8?",
        "field_added",
        "field `b` is new: `u8?`",
        Any,
    );
    let strict = ".: strict object & a: u8";
    is(
        strict,
        &format!("{strict} & b?: u8"),
        "field_added",
        "field `b` is new: `u8`",
        ReadersFirst,
    );
    is(
        strict,
        &format!("{strict} & b: u8"),
        "field_added",
        "field `b` is new: `u8`",
        TwoSteps,
    );
    let lines = "lines: [object] & lines[].sku: string";
    is(
        lines,
        &format!("{lines} & lines[].gift?: object & lines[].gift.card: string"),
        "field_added",
        "field `lines[].gift` is new: `object`",
        Any,
    );
}

#[test]
fn a_field_is_removed() {
    use Order::{Any, ReadersFirst, TwoSteps, WritersFirst};
    is(
        "a: u8 & b: u8",
        "a: u8",
        "field_removed",
        "field `b` is gone: it was `u8`",
        ReadersFirst,
    );
    is(
        "a: u8 & b?: u8",
        "a: u8",
        "field_removed",
        "field `b` is gone: it was `u8`",
        Any,
    );
    is(
        "a: u8 & b: u8?",
        "a: u8",
        "field_removed",
        "field `b` is gone: it was `u8?`",
        Any,
    );
    let strict = ".: strict object & a: u8";
    is(
        &format!("{strict} & b?: u8"),
        strict,
        "field_removed",
        "field `b` is gone: it was `u8`",
        WritersFirst,
    );
    is(
        &format!("{strict} & b: u8"),
        strict,
        "field_removed",
        "field `b` is gone: it was `u8`",
        TwoSteps,
    );
    is(
        "lines: [object] & lines[].sku: string",
        "lines: [object]",
        "field_removed",
        "field `lines[].sku` is gone: it was `string`",
        ReadersFirst,
    );
}

#[test]
fn a_field_that_alone_looks_like_a_gone_one_is_guessed_to_be_renamed() {
    is(
        "client: object & client.id: uuid & b: u8",
        "customer: object & customer.id: uuid & b: u8",
        "field_renamed",
        "field `customer` seems to be `client` renamed",
        Order::TwoSteps,
    );
    let kinds = |old, new| {
        let changes = changes(old, new);
        changes
            .iter()
            .map(|change| change.kind.word())
            .collect::<Vec<_>>()
    };
    assert_eq!(kinds("a: u8", "b: u16"), ["field_removed", "field_added"]);
    assert_eq!(kinds("a: u8", "b?: u8"), ["field_removed", "field_added"]);
    assert_eq!(
        kinds("a: u8 & b: u8", "c: u8"),
        ["field_removed", "field_removed", "field_added"]
    );
    assert_eq!(
        kinds("a: object & a.x: u8", "b: object & b.y: u8"),
        ["field_removed", "field_added"]
    );
}

#[test]
fn whether_a_key_may_be_missing_changes() {
    use Order::{Any, ReadersFirst, WritersFirst};
    is(
        "a: u8",
        "a?: u8",
        "presence",
        "field `a` may now be missing",
        ReadersFirst,
    );
    is(
        "a?: u8",
        "a: u8",
        "presence",
        "field `a` may no longer be missing",
        WritersFirst,
    );
    is(
        "a: u8?",
        "a?: u8?",
        "presence",
        "field `a` may now be missing",
        Any,
    );
    is(
        "a?: u8?",
        "a: u8?",
        "presence",
        "field `a` may no longer be missing",
        Any,
    );
}
