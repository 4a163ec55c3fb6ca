//! How well commands are made up.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::num::NonZeroU32;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::snapshot::probe::{Pass, Probe};
use crate::testing::laws::draw::Random;

/// Makes up 600 values to learn and 400 to keep.
fn made_up<T: DeserializeOwned>() -> Vec<T> {
    let mut probe = Probe::new(Random::default());
    let make = |seeds: std::ops::Range<u64>, probe: &mut Probe<Random>| -> Vec<T> {
        let passes = seeds.map(|seed| {
            probe.guide.restart(seed);
            probe.pass(|probe| T::deserialize(probe))
        });
        let read = passes.filter_map(|pass| match pass {
            Pass::Read(value) => Some(value),
            Pass::Refused | Pass::GaveUp => None,
        });
        read.collect()
    };
    make(0..600, &mut probe);
    probe.stop_learning();
    make(600..1000, &mut probe)
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "only made up")]
struct Demanding {
    id: Uuid,
    at: Timestamp,
    on: Option<Date>,
    from: IpAddr,
    country: Country,
    lines: Vec<(Uuid, NonZeroU32)>,
    by_id: BTreeMap<Uuid, Timestamp>,
}

#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct Country(String);

impl TryFrom<String> for Country {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let is_code = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase());
        if is_code { Ok(Self(text)) } else { Err(text) }
    }
}

#[test]
fn forms_that_types_insist_on_are_learned() {
    let made = made_up::<Demanding>();
    assert!(made.len() > 300, "{} of 400", made.len());
    assert!(made.iter().any(|one| one.on.is_some()));
    assert!(made.iter().any(|one| one.by_id.len() > 1));
    let countries: BTreeSet<_> = made.iter().map(|one| &one.country.0).collect();
    assert!(countries.len() > 1, "{countries:?}");
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(tag = "kind")]
enum Payment {
    Cash,
    Card { number: String },
    Invoice { days: u8 },
}

#[test]
fn every_variant_of_a_tagged_enum_is_made() {
    let kinds: BTreeSet<_> = made_up::<Payment>()
        .iter()
        .map(std::mem::discriminant)
        .map(|kind| format!("{kind:?}"))
        .collect();
    assert_eq!(kinds.len(), 3);
}

#[derive(Debug, Deserialize)]
enum Rule {
    Always,
    All(Vec<Rule>),
    Not(Box<Rule>),
}

fn depth(rule: &Rule) -> usize {
    match rule {
        Rule::Always => 1,
        Rule::Not(inner) => 1 + depth(inner),
        Rule::All(inner) => 1 + inner.iter().map(depth).max().unwrap_or(0),
    }
}

#[test]
fn recursive_types_are_made_and_end() {
    let deepest = made_up::<Rule>().iter().map(depth).max();
    assert!(deepest > Some(2), "{deepest:?}");
}

#[test]
fn numbers_are_small_zero_and_extreme() {
    let made: BTreeSet<i32> = made_up().into_iter().collect();
    for wanted in [0, 1, i32::MIN, i32::MAX] {
        assert!(made.contains(&wanted), "{wanted}");
    }
    assert!(made.iter().any(|number| (-99..0).contains(number)));
    assert!(made.iter().any(|number| (2..=100).contains(number)));
}

#[test]
fn texts_are_of_many_kinds() {
    let made = made_up::<String>();
    assert!(made.contains(&String::new()));
    assert!(made.iter().any(|text| !text.is_ascii()));
    assert!(made.iter().any(|text| text.parse::<Uuid>().is_ok()));
    assert!(made.iter().any(|text| text.parse::<Timestamp>().is_ok()));
}
