#![allow(dead_code, reason = "the types are only traced")]
#![allow(clippy::panic, reason = "one type panics on purpose")]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::marker::PhantomData;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use uuid::Uuid;

use super::Fingerprint;

fn of<T: DeserializeOwned>() -> Fingerprint {
    Fingerprint::of::<T>(0)
}

/// Declares a type in a module of its own, so that variations can share its name.
macro_rules! shape {
    ($module:ident { $($item:item)* }) => {
        mod $module {
            use super::*;
            $(#[derive(Deserialize)] $item)*
        }
    };
}

shape!(base {
    pub(super) struct Order { lines: Vec<Line>, status: Status, note: Option<Note>, by: BTreeMap<String, Line> }
    pub(super) struct Line { sku: String, quantity: u32 }
    pub(super) enum Status { Open, Shipped { at: Timestamp, carrier: Carrier }, Closed(Uuid) }
    pub(super) enum Carrier { Post, Courier(u8) }
    pub(super) struct Note(String);
});

/// One difference each, to `base`.
macro_rules! variations {
    ($($module:ident { $($item:item)* })*) => {
        $(shape!($module { $($item)* });)*

        #[test]
        fn every_change_of_shape_changes_the_fingerprint() {
            let mut seen = HashMap::from([(of::<base::Order>().as_u64(), "base")]);
            $(
                let other = seen.insert(of::<$module::Order>().as_u64(), stringify!($module));
                assert_eq!(other, None, stringify!($module));
            )*
        }
    };
}

variations! {
    nested_field_renamed {
        pub(super) struct Order { lines: Vec<Line>, status: Status, note: Option<Note>, by: BTreeMap<String, Line> }
        pub(super) struct Line { sku: String, count: u32 }
        pub(super) enum Status { Open, Shipped { at: Timestamp, carrier: Carrier }, Closed(Uuid) }
        pub(super) enum Carrier { Post, Courier(u8) }
        pub(super) struct Note(String);
    }
    nested_field_added {
        pub(super) struct Order { lines: Vec<Line>, status: Status, note: Option<Note>, by: BTreeMap<String, Line> }
        pub(super) struct Line { sku: String, quantity: u32, gift: bool }
        pub(super) enum Status { Open, Shipped { at: Timestamp, carrier: Carrier }, Closed(Uuid) }
        pub(super) enum Carrier { Post, Courier(u8) }
        pub(super) struct Note(String);
    }
    nested_field_removed {
        pub(super) struct Order { lines: Vec<Line>, status: Status, note: Option<Note>, by: BTreeMap<String, Line> }
        pub(super) struct Line { sku: String }
        pub(super) enum Status { Open, Shipped { at: Timestamp, carrier: Carrier }, Closed(Uuid) }
        pub(super) enum Carrier { Post, Courier(u8) }
        pub(super) struct Note(String);
    }
    nested_field_retyped {
        pub(super) struct Order { lines: Vec<Line>, status: Status, note: Option<Note>, by: BTreeMap<String, Line> }
        pub(super) struct Line { sku: String, quantity: u64 }
        pub(super) enum Status { Open, Shipped { at: Timestamp, carrier: Carrier }, Closed(Uuid) }
        pub(super) enum Carrier { Post, Courier(u8) }
        pub(super) struct Note(String);
    }
    variant_added {
        pub(super) struct Order { lines: Vec<Line>, status: Status, note: Option<Note>, by: BTreeMap<String, Line> }
        pub(super) struct Line { sku: String, quantity: u32 }
        pub(super) enum Status { Open, Shipped { at: Timestamp, carrier: Carrier }, Closed(Uuid), Lost }
        pub(super) enum Carrier { Post, Courier(u8) }
        pub(super) struct Note(String);
    }
    variant_renamed_within_the_second_variant {
        pub(super) struct Order { lines: Vec<Line>, status: Status, note: Option<Note>, by: BTreeMap<String, Line> }
        pub(super) struct Line { sku: String, quantity: u32 }
        pub(super) enum Status { Open, Shipped { at: Timestamp, carrier: Carrier }, Closed(Uuid) }
        pub(super) enum Carrier { Post, Express(u8) }
        pub(super) struct Note(String);
    }
    content_of_the_last_variant_of_a_variant_retyped {
        pub(super) struct Order { lines: Vec<Line>, status: Status, note: Option<Note>, by: BTreeMap<String, Line> }
        pub(super) struct Line { sku: String, quantity: u32 }
        pub(super) enum Status { Open, Shipped { at: Timestamp, carrier: Carrier }, Closed(Uuid) }
        pub(super) enum Carrier { Post, Courier(u16) }
        pub(super) struct Note(String);
    }
    content_of_an_option_retyped {
        pub(super) struct Order { lines: Vec<Line>, status: Status, note: Option<Note>, by: BTreeMap<String, Line> }
        pub(super) struct Line { sku: String, quantity: u32 }
        pub(super) enum Status { Open, Shipped { at: Timestamp, carrier: Carrier }, Closed(Uuid) }
        pub(super) enum Carrier { Post, Courier(u8) }
        pub(super) struct Note(u32);
    }
    option_made_required {
        pub(super) struct Order { lines: Vec<Line>, status: Status, note: Note, by: BTreeMap<String, Line> }
        pub(super) struct Line { sku: String, quantity: u32 }
        pub(super) enum Status { Open, Shipped { at: Timestamp, carrier: Carrier }, Closed(Uuid) }
        pub(super) enum Carrier { Post, Courier(u8) }
        pub(super) struct Note(String);
    }
    key_of_a_map_retyped {
        pub(super) struct Order { lines: Vec<Line>, status: Status, note: Option<Note>, by: BTreeMap<u32, Line> }
        pub(super) struct Line { sku: String, quantity: u32 }
        pub(super) enum Status { Open, Shipped { at: Timestamp, carrier: Carrier }, Closed(Uuid) }
        pub(super) enum Carrier { Post, Courier(u8) }
        pub(super) struct Note(String);
    }
    list_made_a_map {
        pub(super) struct Order { lines: BTreeMap<String, Line>, status: Status, note: Option<Note>, by: BTreeMap<String, Line> }
        pub(super) struct Line { sku: String, quantity: u32 }
        pub(super) enum Status { Open, Shipped { at: Timestamp, carrier: Carrier }, Closed(Uuid) }
        pub(super) enum Carrier { Post, Courier(u8) }
        pub(super) struct Note(String);
    }
}

shape!(same {
    pub(super) struct Order { lines: Vec<Line>, status: Status, note: Option<Note>, by: BTreeMap<String, Line> }
    pub(super) struct Line { sku: String, quantity: u32 }
    pub(super) enum Status { Open, Shipped { at: Timestamp, carrier: Carrier }, Closed(Uuid) }
    pub(super) enum Carrier { Post, Courier(u8) }
    pub(super) struct Note(String);
});

#[test]
fn the_same_shape_has_the_same_fingerprint() {
    assert_eq!(of::<base::Order>(), of::<base::Order>());
    assert_eq!(of::<base::Order>(), of::<same::Order>());
}

#[test]
fn the_declared_part_counts() {
    assert_ne!(
        Fingerprint::of::<base::Order>(1),
        Fingerprint::of::<base::Order>(2)
    );
}

/// A stored fingerprint is compared with one computed later, perhaps elsewhere.
#[test]
fn a_fingerprint_is_the_same_number_for_ever() {
    #[derive(Deserialize)]
    struct Counter {
        value: u64,
        at: Option<Timestamp>,
    }
    assert_eq!(of::<Counter>().as_u64(), 16_625_069_295_245_182_924);
}

#[derive(Deserialize)]
struct Tree<T> {
    children: Vec<Tree<T>>,
    next: Option<Box<Tree<T>>>,
    term: Term,
    payload: PhantomData<T>,
    extra: T,
}

/// Its recursive variants come first.
#[derive(Deserialize)]
enum Term {
    Sum(Box<Term>, Box<Term>),
    Negated(Box<Term>),
    Grouped(Box<Group>),
    Number(i64),
}

#[derive(Deserialize)]
enum Group {
    Of(Term),
    Named { name: String, term: Term },
}

#[test]
fn what_follows_a_recursive_field_is_seen() {
    assert_ne!(of::<Tree<u8>>(), of::<Tree<u16>>());
    assert_ne!(of::<(Term, u8)>(), of::<(Term, u16)>());
}

mod checked {
    use super::Deserialize;

    #[derive(Deserialize)]
    #[serde(try_from = "String")]
    pub(super) struct Country(String);

    impl TryFrom<String> for Country {
        type Error = String;

        fn try_from(text: String) -> Result<Self, String> {
            let is_code = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase());
            if is_code { Ok(Self(text)) } else { Err(text) }
        }
    }

    #[derive(Deserialize)]
    #[serde(try_from = "i32")]
    pub(super) struct Debt(i32);

    impl TryFrom<i32> for Debt {
        type Error = i32;

        fn try_from(amount: i32) -> Result<Self, i32> {
            if amount < 0 {
                Ok(Self(amount))
            } else {
                Err(amount)
            }
        }
    }
}

/// Refuses whatever it is given.
struct Never;

impl<'de> Deserialize<'de> for Never {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Err(serde::de::Error::custom(text))
    }
}

struct Panics;

impl<'de> Deserialize<'de> for Panics {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        bool::deserialize(deserializer)?;
        panic!("not a good idea")
    }
}

#[derive(Deserialize)]
struct After<A, B> {
    first: A,
    then: B,
}

#[test]
fn what_follows_a_field_that_wants_a_certain_form_is_seen() {
    assert_ne!(of::<After<Uuid, u8>>(), of::<After<Uuid, u16>>());
    assert_ne!(of::<After<Timestamp, u8>>(), of::<After<Timestamp, u16>>());
    assert_ne!(
        of::<After<jiff::civil::Date, u8>>(),
        of::<After<jiff::civil::Date, u16>>()
    );
    assert_ne!(
        of::<After<std::num::NonZeroU8, u8>>(),
        of::<After<std::num::NonZeroU8, u16>>()
    );
    assert_ne!(
        of::<After<checked::Country, u8>>(),
        of::<After<checked::Country, u16>>()
    );
    assert_ne!(
        of::<After<checked::Debt, u8>>(),
        of::<After<checked::Debt, u16>>()
    );
    assert_ne!(
        of::<After<BTreeSet<Vec<Option<Uuid>>>, u8>>(),
        of::<After<BTreeSet<Vec<Option<Uuid>>>, u16>>()
    );
    assert_ne!(
        of::<After<serde_json::Value, u8>>(),
        of::<After<serde_json::Value, u16>>()
    );
}

#[test]
fn what_follows_a_field_that_cannot_be_read_is_seen() {
    assert_ne!(of::<After<Never, u8>>(), of::<After<Never, u16>>());
    assert_ne!(of::<After<Panics, u8>>(), of::<After<Panics, u16>>());
    assert_ne!(
        of::<After<After<Never, u8>, ()>>(),
        of::<After<After<Never, u16>, ()>>()
    );
}

#[test]
fn a_type_that_cannot_be_read_at_all_has_a_fingerprint() {
    assert_eq!(of::<Never>(), of::<Never>());
    assert_ne!(of::<Never>(), of::<Panics>());
}

#[derive(Deserialize)]
#[serde(tag = "kind")]
enum Tagged<T> {
    Card,
    Transfer { iban: String, amount: T },
}

#[derive(Deserialize)]
struct Flattened<T> {
    id: u8,
    #[serde(flatten)]
    rest: Rest<T>,
}

#[derive(Deserialize)]
struct Rest<T> {
    note: String,
    extra: T,
}

#[test]
fn tagged_enums_and_flattened_fields_are_seen() {
    #[derive(Deserialize)]
    struct Renamed {
        other: u8,
    }
    #[derive(Deserialize)]
    struct Named {
        name: u8,
    }
    assert_ne!(of::<Tagged<Named>>(), of::<Tagged<Renamed>>());
    assert_ne!(of::<Flattened<Named>>(), of::<Flattened<Renamed>>());
}
