//! `#[derive(Shape)]` says what serde stores.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::marker::PhantomData;

use eventide::prelude::*;
use eventide::schema::shape::TypeShape;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The lines of a type's shape.
fn lines<T: Shape>() -> Vec<String> {
    T::SHAPE.lines().iter().map(ToString::to_string).collect()
}

fn sorted<T: Shape>() -> BTreeSet<String> {
    lines::<T>().into_iter().collect()
}

#[track_caller]
fn stored<T: Serialize + for<'de> Deserialize<'de> + Debug>(value: &T, expected: &Value) {
    assert_eq!(serde_json::to_value(value).ok().as_ref(), Some(expected));
    assert!(serde_json::from_value::<T>(expected.clone()).is_ok());
}

#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
struct Money(u64);

#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Line {
    stock_code: String,
    #[serde(rename = "price")]
    unit_price: Money,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    gift_note: Option<String>,
    #[serde(skip)]
    seen: bool,
}

#[test]
fn fields_are_called_as_they_are_stored() {
    let line = Line {
        stock_code: "A".to_owned(),
        unit_price: Money(7),
        gift_note: None,
        seen: true,
    };
    assert!(line.seen);
    stored(&line, &json!({"stockCode": "A", "price": 7}));
    assert_eq!(
        lines::<(Line,)>(),
        [
            ".: (strict object)",
            ".#0.giftNote?: string?",
            ".#0.price: u64",
            ".#0.stockCode: string",
        ]
    );
}

#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
struct Nothing;

#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
struct Pair(u8, #[serde(skip)] bool, String);

#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(transparent)]
struct Named<T> {
    text: String,
    #[serde(skip)]
    of: PhantomData<T>,
}

struct NoShape;

#[test]
fn structs_without_names_are_stored_as_what_they_hold() {
    stored(&Nothing, &Value::Null);
    assert_eq!(lines::<Nothing>(), [".: null"]);
    let pair = Pair(1, true, "b".to_owned());
    assert!(pair.1);
    stored(&pair, &json!([1, "b"]));
    assert_eq!(lines::<Pair>(), [".: (u8, string)"]);
    let named = Named::<u8> {
        text: "a".to_owned(),
        of: PhantomData,
    };
    stored(&named, &json!("a"));
    assert_eq!(lines::<Named<NoShape>>(), [".: string"]);
}

macro_rules! payments {
    ($($name:ident: $(#[$tagging:meta])?;)+) => {
        $(#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
        #[serde(rename_all = "snake_case", rename_all_fields = "UPPERCASE")]
        $(#[$tagging])?
        enum $name {
            NotYet,
            #[serde(rename = "card")]
            ByCard(Card),
            Voucher { code: String },
        })+
    };
}

payments! {
    External:;
    Internal: #[serde(tag = "kind")];
    Adjacent: #[serde(tag = "kind", content = "of")];
    Untagged: #[serde(untagged)];
}

#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
struct Card {
    number: u32,
}

fn voucher() -> String {
    "x".to_owned()
}

#[test]
fn variants_are_told_apart_as_they_are_stored() {
    let expected = |tagging: &str| -> BTreeSet<String> {
        let lines = [
            tagging,
            ".|card.number: u32",
            ".|card: object",
            ".|not_yet: unit",
            ".|voucher.CODE: string",
            ".|voucher: object",
        ];
        lines.map(str::to_owned).into()
    };

    stored(&External::NotYet, &json!("not_yet"));
    stored(
        &External::ByCard(Card { number: 1 }),
        &json!({"card": {"number": 1}}),
    );
    stored(
        &External::Voucher { code: voucher() },
        &json!({"voucher": {"CODE": "x"}}),
    );
    assert_eq!(sorted::<External>(), expected(".: enum"));

    stored(&Internal::NotYet, &json!({"kind": "not_yet"}));
    stored(
        &Internal::ByCard(Card { number: 1 }),
        &json!({"kind": "card", "number": 1}),
    );
    stored(
        &Internal::Voucher { code: voucher() },
        &json!({"kind": "voucher", "CODE": "x"}),
    );
    assert_eq!(sorted::<Internal>(), expected(".: enum by \"kind\""));

    stored(&Adjacent::NotYet, &json!({"kind": "not_yet"}));
    stored(
        &Adjacent::ByCard(Card { number: 1 }),
        &json!({"kind": "card", "of": {"number": 1}}),
    );
    stored(
        &Adjacent::Voucher { code: voucher() },
        &json!({"kind": "voucher", "of": {"CODE": "x"}}),
    );
    assert_eq!(
        sorted::<Adjacent>(),
        expected(".: enum by \"kind\" with \"of\"")
    );

    stored(&Untagged::NotYet, &Value::Null);
    stored(&Untagged::ByCard(Card { number: 1 }), &json!({"number": 1}));
    stored(
        &Untagged::Voucher { code: voucher() },
        &json!({"CODE": "x"}),
    );
    assert_eq!(
        lines::<Untagged>(),
        [
            ".: untagged enum",
            ".|0: unit",
            ".|1: object",
            ".|1.number: u32",
            ".|2: object",
            ".|2.CODE: string",
        ]
    );
}

#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
struct Page<T> {
    items: Vec<T>,
    columns: [u8; 2],
    #[serde(flatten)]
    place: Place,
    #[serde(flatten)]
    rest: BTreeMap<String, u32>,
}

#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
struct Place {
    number: u32,
    of: Option<u32>,
}

#[test]
fn generic_and_flat_parts_are_stored_where_they_are_said_to_be() {
    let page = Page {
        items: vec![Money(1)],
        columns: [1, 2],
        place: Place {
            number: 3,
            of: None,
        },
        rest: BTreeMap::from([("more".to_owned(), 4)]),
    };
    stored(
        &page,
        &json!({"items": [1], "columns": [1, 2], "number": 3, "of": null, "more": 4}),
    );
    assert_eq!(
        lines::<Page<Line>>(),
        [
            ".{}: {string: u32}",
            "columns: [u8; 2]",
            "items: [strict object]",
            "items[].giftNote?: string?",
            "items[].price: u64",
            "items[].stockCode: string",
            "number: u32",
            "of: u32?",
        ]
    );
}

#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
struct Tree {
    name: String,
    #[shape(opaque = "Tree")]
    children: Vec<Tree>,
}

mod hex {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "that is how serde calls it"
    )]
    pub(super) fn serialize<S: Serializer>(value: &u32, to: S) -> Result<S::Ok, S::Error> {
        format!("{value:x}").serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
        let text = String::deserialize(from)?;
        u32::from_str_radix(&text, 16).map_err(serde::de::Error::custom)
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
struct Painted {
    tree: Tree,
    #[event(opaque = "colour")]
    #[serde(with = "hex")]
    colour: u32,
}

#[test]
fn what_has_no_shape_of_its_own_has_a_name() {
    let painted = Painted {
        tree: Tree {
            name: "oak".to_owned(),
            children: Vec::new(),
        },
        colour: 255,
    };
    stored(
        &painted,
        &json!({"tree": {"name": "oak", "children": []}, "colour": "ff"}),
    );
    let shape = Painted::INFO.shape.map(TypeShape::lines);
    let lines: Vec<String> = shape.iter().flatten().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "colour: opaque \"colour\"",
            "tree: object",
            "tree.children: opaque \"Tree\"",
            "tree.name: string",
        ]
    );
}
