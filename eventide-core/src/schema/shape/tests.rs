//! The compiler's hash of a shape is that of its lines, and the lines are what serde writes.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::{Bound, Range};
use std::time::Duration;

use eventide_lock::hash::fnv1a;
use eventide_lock::{Block, Line};
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::{Field, Shape, Tagging, TypeShape, Variant};
use crate::ids::EventId;

fn text(shape: &TypeShape) -> Vec<String> {
    shape.lines().iter().map(Line::to_string).collect()
}

fn block(lines: Vec<Line>) -> Block {
    Block {
        event: "OrderPlaced".to_owned(),
        version: 1,
        published: false,
        lines,
        goldens: Vec::new(),
    }
}

const fn field<T: Shape>(name: &'static str) -> Field {
    Field::of::<T>(name, fnv1a(name.as_bytes()))
}

const fn variant(name: &'static str, shape: &'static TypeShape) -> Variant {
    Variant::new(name, fnv1a(name.as_bytes()), shape)
}

struct Money;

impl Shape for Money {
    const SHAPE: &'static TypeShape =
        &TypeShape::object(&[field::<u64>("minor"), field::<Currency>("currency")]);
}

struct Currency;

impl Shape for Currency {
    const SHAPE: &'static TypeShape = &TypeShape::one_of(
        Tagging::External,
        &[
            variant("GBP", &TypeShape::scalar("unit")),
            variant("other one", String::SHAPE),
        ],
    );
}

struct Payment;

impl Shape for Payment {
    const SHAPE: &'static TypeShape = &TypeShape::one_of(
        Tagging::Internal("kind"),
        &[
            variant("cash", &TypeShape::strict_object(&[field::<Money>("of")])),
            variant("card", &TypeShape::opaque("card \"number\"")),
        ],
    );
}

struct Amount;

impl Shape for Amount {
    const SHAPE: &'static TypeShape = &TypeShape::one_of(
        Tagging::Untagged,
        &[variant("0", u32::SHAPE), variant("1", <(u8, Money)>::SHAPE)],
    );
}

struct Placed;

impl Shape for Placed {
    const SHAPE: &'static TypeShape = &TypeShape::object(&[
        field::<Vec<Option<Money>>>("lines"),
        field::<Option<String>>("note").may_be_missing(),
        field::<HashMap<Currency, [Amount; 3]>>("rates"),
        field::<Option<Money>>("flat and optional").flat(),
        field::<Payment>("flat enum").flat(),
        field::<BTreeMap<String, Value>>("flat rest").flat(),
    ]);
}

#[test]
fn an_events_lines_name_everything_in_it() {
    let expected = [
        ".{}: enum by \"kind\"",
        ".{}#1: {string: json}",
        ".{}|card: opaque \"card \\\"number\\\"\"",
        ".{}|cash: strict object",
        ".{}|cash.of: object",
        ".{}|cash.of.currency: enum",
        ".{}|cash.of.currency|\"other one\": string",
        ".{}|cash.of.currency|GBP: unit",
        ".{}|cash.of.minor: u64",
        "currency?: enum",
        "currency|\"other one\": string",
        "currency|GBP: unit",
        "lines: [object?]",
        "lines[].currency: enum",
        "lines[].currency|\"other one\": string",
        "lines[].currency|GBP: unit",
        "lines[].minor: u64",
        "minor?: u64",
        "note?: string?",
        "rates: {enum: [untagged enum; 3]}",
        "rates#0|\"other one\": string",
        "rates#0|GBP: unit",
        "rates{}[]|0: u32",
        "rates{}[]|1: (u8, object)",
        "rates{}[]|1#1.currency: enum",
        "rates{}[]|1#1.currency|\"other one\": string",
        "rates{}[]|1#1.currency|GBP: unit",
        "rates{}[]|1#1.minor: u64",
    ];
    assert_eq!(text(Placed::SHAPE), expected);
}

#[test]
fn the_compilers_hash_is_that_of_the_locks_block() {
    const SHAPES: &[&TypeShape] = &[
        Placed::SHAPE,
        Payment::SHAPE,
        Currency::SHAPE,
        Amount::SHAPE,
        Money::SHAPE,
        <()>::SHAPE,
        <(u8,)>::SHAPE,
        <(u8, Money, Vec<Payment>)>::SHAPE,
        <[[Currency; 2]; 0]>::SHAPE,
        <Option<Option<Amount>>>::SHAPE,
        <Vec<HashMap<Uuid, HashSet<Payment>>>>::SHAPE,
        <Range<Bound<Money>>>::SHAPE,
        <Result<Duration, Cow<'static, str>>>::SHAPE,
        Box::<[EventId]>::SHAPE,
        Timestamp::SHAPE,
        &TypeShape::object(&[]),
        &TypeShape::strict_object(&[field::<u8>("a").may_be_missing()]),
        &TypeShape::one_of(Tagging::Adjacent("t", "c"), &[variant("a", Money::SHAPE)]),
    ];
    for shape in SHAPES {
        let block = block(shape.lines());
        assert_eq!(shape.sum(), block.hash(), "{block}");
    }
}

#[test]
fn the_lock_reads_what_it_was_given() {
    for line in Placed::SHAPE.lines() {
        assert_eq!(line.to_string().parse(), Ok(line));
    }
}

#[test]
fn shapes_that_differ_have_other_hashes() {
    const SHAPES: &[TypeShape] = &[
        TypeShape::object(&[]),
        TypeShape::object(&[field::<u8>("a")]),
        TypeShape::object(&[field::<u8>("b")]),
        TypeShape::object(&[field::<u16>("a")]),
        TypeShape::object(&[field::<u8>("a").may_be_missing()]),
        TypeShape::strict_object(&[field::<u8>("a")]),
        TypeShape::object(&[field::<u8>("a"), field::<u8>("b")]),
        TypeShape::tuple(&[u8::SHAPE, u16::SHAPE]),
        TypeShape::tuple(&[u16::SHAPE, u8::SHAPE]),
    ];
    let hashes: HashSet<u64> = SHAPES.iter().map(TypeShape::sum).collect();
    assert_eq!(hashes.len(), SHAPES.len());
}

#[test]
fn the_order_of_fields_does_not_count() {
    const SHAPES: [&TypeShape; 2] = [
        &TypeShape::object(&[field::<u8>("a"), field::<u16>("b")]),
        &TypeShape::object(&[field::<u16>("b"), field::<u8>("a")]),
    ];
    let [one, other] = SHAPES.map(TypeShape::sum);
    assert_eq!(one, other);
}

/// What a JSON value is called in a lock, as far as its kind tells.
fn fits(shape: &TypeShape, json: &Value) -> bool {
    use super::Kind;
    match (shape.kind(), json) {
        (Kind::Optional(inner), json) => json.is_null() || fits(inner, json),
        (Kind::List(inner), Value::Array(items)) => items.iter().all(|item| fits(inner, item)),
        (Kind::Array(inner, length), Value::Array(items)) => {
            items.len() as u64 == *length && items.iter().all(|item| fits(inner, item))
        }
        (Kind::Tuple(parts), Value::Array(items)) => {
            items.len() == parts.len() && parts.iter().zip(items).all(|(part, it)| fits(part, it))
        }
        (Kind::Map(_, inner), Value::Object(entries)) => {
            entries.values().all(|entry| fits(inner, entry))
        }
        (Kind::Object { fields, .. }, Value::Object(entries)) => {
            entries.len() == fields.len()
                && fields.iter().all(|field| {
                    let entry = entries.get(field.name);
                    entry.is_some_and(|entry| fits(field.shape, entry))
                })
        }
        (Kind::Enum { variants, .. }, Value::String(name)) => {
            variants.iter().any(|variant| variant.name == name)
        }
        (Kind::Enum { variants, .. }, Value::Object(entries)) => {
            entries.iter().all(|(name, content)| {
                let variant = variants.iter().find(|variant| variant.name == name);
                variant.is_some_and(|variant| fits(variant.shape, content))
            })
        }
        (Kind::Scalar(word), Value::Number(_)) => word.contains(|c: char| c.is_ascii_digit()),
        (Kind::Scalar("null"), Value::Null)
        | (Kind::Scalar("bool"), Value::Bool(_))
        | (Kind::Scalar("json"), _)
        | (Kind::Scalar(_), Value::String(_)) => true,
        _ => false,
    }
}

#[test]
fn the_standard_types_are_stored_as_their_shapes_say() {
    fn check<T: Shape + serde::Serialize>(value: T) {
        let json = serde_json::to_value(value).unwrap_or_default();
        assert!(fits(T::SHAPE, &json), "{:?} is not {json}", T::SHAPE);
    }
    check(1_u8);
    check(1.5_f64);
    check('a');
    check("text");
    check(Cow::Borrowed("text"));
    check(());
    check(std::marker::PhantomData::<u8>);
    check(std::num::NonZeroU8::MIN);
    check(std::num::Wrapping(3_i64));
    check(Some(vec![Box::new(true)]));
    check([[1_u8; 2]; 3]);
    check((1_u8, "a", false));
    check(BTreeMap::from([(1_u8, Some(2_u8))]));
    check(HashSet::from(["a"]));
    check(Duration::from_millis(1500));
    check(std::time::SystemTime::UNIX_EPOCH);
    check(1_u8..2);
    check(1_u8..=2);
    check(1_u8..);
    check(Bound::<u8>::Unbounded);
    check(Bound::Included(1_u8));
    check(Ok::<u8, String>(1));
    check(std::net::IpAddr::from([127, 0, 0, 1]));
    check(std::path::PathBuf::from("a/b"));
    check(Uuid::nil());
    check(Timestamp::UNIX_EPOCH);
    check(jiff::SignedDuration::from_secs(90));
    check(jiff::civil::Date::ZERO);
    check(crate::Version::new(7));
}
