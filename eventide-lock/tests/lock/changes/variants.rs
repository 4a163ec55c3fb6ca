//! Variants come, go, and are told apart.

use eventide_lock::Order;

use super::is;

#[test]
fn variants_come_and_go() {
    use Order::{ReadersFirst, TwoSteps, WritersFirst};
    let two = "s: enum & s|paid: unit & s|sent: object & s|sent.at: timestamp";
    let one = "s: enum & s|paid: unit";
    is(
        one,
        two,
        "variant_added",
        "variant `s|sent` is new: `object`",
        ReadersFirst,
    );
    is(
        two,
        one,
        "variant_removed",
        "variant `s|sent` is gone: it was `object`",
        WritersFirst,
    );
    is(
        one,
        "s: enum & s|settled: unit",
        "variant_renamed",
        "variant `s|settled` seems to be `paid` renamed",
        TwoSteps,
    );
    is(
        two,
        "s: enum & s|paid: unit & s|sent: object & s|sent.at: string",
        "retyped",
        "field `s|sent.at` was `timestamp`, is `string`",
        ReadersFirst,
    );
    is(
        two,
        "s: enum & s|paid: unit & s|sent: string",
        "retyped",
        "variant `s|sent` was `object`, is `string`",
        TwoSteps,
    );
}

#[test]
fn variants_are_told_apart_in_another_way() {
    is(
        "s: enum & s|paid: unit",
        "s: enum by \"type\" & s|paid: unit",
        "tagging",
        "field `s` was `enum`, is `enum by \"type\"`",
        Order::TwoSteps,
    );
}

#[test]
fn untagged_variants_are_tried_in_order() {
    let old = "s: [untagged enum] & s[]|0: u8 & s[]|1: object & s[]|1.x: u8 & s[]|2: string";
    is(
        old,
        "s: [untagged enum] & s[]|0: u8 & s[]|1: string & s[]|2: object & s[]|2.x: u8",
        "reordered",
        "field `s[]` tries the same variants in another order",
        Order::TwoSteps,
    );
    is(
        old,
        &format!("{old} & s[]|3: uuid"),
        "variant_added",
        "variant `s[]|3` is new: `uuid`",
        Order::ReadersFirst,
    );
    is(
        old,
        "s: [untagged enum] & s[]|0: u8 & s[]|1: object & s[]|1.x: u16 & s[]|2: string",
        "retyped",
        "field `s[]|1.x` was `u8`, is `u16`",
        Order::ReadersFirst,
    );
}

#[test]
fn a_variant_that_gets_content_is_written_otherwise() {
    for content in ["unit?", "u8", "object"] {
        is(
            "a: enum & a|paid: unit",
            &format!("a: enum & a|paid: {content}"),
            "retyped",
            &format!("variant `a|paid` was `unit`, is `{content}`"),
            Order::TwoSteps,
        );
    }
}
