//! Learns how a type is deserialized by answering whatever its `Deserialize` asks for.
//!
//! A type that refuses an answer (a `Uuid` is no `"word"`) is asked again with another: what was
//! refused where is remembered from pass to pass. The fingerprint of a state and the commands of
//! the property tests both come from here; a [`Guide`] makes the difference between the two.

mod access;
mod answers;
mod deserializer;
mod scalars;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::de::{self, Unexpected};

use scalars::Kind;

/// How many values one pass may ask for, and how deep they may nest.
const MAX_ASKS: usize = 20_000;
const MAX_DEPTH: usize = 48;

/// Decides what a [`Probe`] answers where it has a choice.
pub(crate) trait Guide {
    /// Whether a place that has refused every answer is worth trying from the start.
    const TRIES_AGAIN: bool;

    /// Any number: picks among alternatives and makes values.
    fn draw(&mut self) -> u64;

    /// How many elements a sequence has; an option has a value if there is one.
    fn length(&mut self) -> usize;

    /// Which of `count` variants of the enum `name` comes next.
    fn variant(&mut self, name: &'static str, count: usize, recursive: bool) -> usize;

    /// The variant was read as far as it ever will be.
    fn variant_read(&mut self, _name: &'static str, _variant: usize) {}

    /// The values nest without end within these types, the innermost last.
    fn too_deep(&mut self, _types: &[&'static str]) {}

    /// Something was asked for.
    fn asked(&mut self, _what: &str) {}

    /// Which of the `count` words that are the only ones accepted at `place`.
    fn word(&mut self, _place: u64, count: usize) -> usize {
        pick(self.draw(), count)
    }

    /// The text to answer at `place`, whatever else would be.
    fn fixed(&self, _place: u64) -> Option<&str> {
        None
    }

    /// Text or a number was answered.
    fn answered(&mut self, _place: u64, _text: &str) {}
}

/// One of `count` alternatives.
pub(crate) fn pick(drawn: u64, count: usize) -> usize {
    let count = u64::try_from(count).unwrap_or(u64::MAX).max(1);
    usize::try_from(drawn % count).unwrap_or(0)
}

/// What a pass came to.
pub(crate) enum Pass<T> {
    /// The type was read.
    Read(T),
    /// It refused an answer; the next pass gives another.
    Refused,
    /// It refuses every answer known.
    GaveUp,
}

/// What was learned of types, in all passes.
#[derive(Debug, Clone, Default)]
struct Learned {
    /// Classes of answers refused, a bit each, by place or by visitor.
    refused: BTreeMap<u64, u32>,
    /// Classes accepted where anything was asked for.
    accepted: BTreeMap<u64, u32>,
    /// Keys a map must have that were not announced: flattened fields, the tag of an enum.
    keys: BTreeMap<u64, Vec<&'static str>>,
    /// The only words a place accepts.
    words: BTreeMap<u64, &'static [&'static str]>,
    /// Fields that cannot be read; they are asked for last.
    hopeless: BTreeSet<u64>,
}

#[derive(Debug, Clone, Copy)]
struct Answer {
    place: u64,
    key: u64,
    class: usize,
    kind: Kind,
}

/// A deserializer that makes its input up.
pub(crate) struct Probe<G> {
    pub(crate) guide: G,
    learned: Learned,
    learns: bool,
    place: u64,
    types: Vec<&'static str>,
    asks: usize,
    answers: Vec<Answer>,
    /// Where maps were given, in the order they were opened.
    maps: Vec<u64>,
    explained: bool,
    gave_up: bool,
}

impl<G: Guide> Probe<G> {
    pub(crate) fn new(guide: G) -> Self {
        Self {
            guide,
            learned: Learned::default(),
            learns: true,
            place: 0,
            types: Vec::new(),
            asks: 0,
            answers: Vec::new(),
            maps: Vec::new(),
            explained: false,
            gave_up: false,
        }
    }

    /// Reads one value. A panic of the type's own code counts as a refusal.
    pub(crate) fn pass<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Refusal>,
    ) -> Pass<T> {
        self.place = 0;
        self.types.clear();
        self.asks = 0;
        self.answers.clear();
        self.maps.clear();
        self.explained = false;
        self.gave_up = false;
        let hopeless = self.learned.hopeless.len();
        let read = catch_unwind(AssertUnwindSafe(|| read(self))).unwrap_or(Err(Refusal::Other));
        match read {
            Ok(value) => {
                self.remember_accepted();
                Pass::Read(value)
            }
            Err(_) if self.gave_up && self.learned.hopeless.len() == hopeless => Pass::GaveUp,
            Err(refusal) => {
                if !self.explained && !self.gave_up {
                    self.learn_from(&refusal);
                }
                Pass::Refused
            }
        }
    }

    fn remember_accepted(&mut self) {
        for answer in &self.answers {
            if self.learns && answer.kind == Kind::Any {
                *self.learned.accepted.entry(answer.key).or_default() |= 1 << answer.class;
            }
        }
    }

    /// The last answer is to blame: whatever checks a value does so as soon as it has it. Only what
    /// took anything may look at it later.
    fn learn_from(&mut self, refusal: &Refusal) {
        if let Refusal::MissingField(key) = refusal {
            let maps = std::mem::take(&mut self.maps);
            if maps.iter().rev().any(|&place| self.learn_key(place, key)) {
                return;
            }
        }
        let Some(&last) = self.answers.last() else {
            self.gave_up = true;
            return;
        };
        match refusal {
            Refusal::UnknownVariant(words) if !words.is_empty() && self.learns => {
                self.learned.words.insert(last.place, words);
            }
            Refusal::Unexpected(class) => {
                let is_alike = |answer: &&Answer| {
                    answer.kind == Kind::Any && scalars::first_alike(answer.class) == *class
                };
                let alike = self.answers.iter().rev().find(is_alike).copied();
                let blamed = alike.unwrap_or(last);
                self.refuse(blamed.key, blamed.class);
            }
            _ => self.refuse(last.key, last.class),
        }
    }

    /// From now on the map at `place` has `key`; false if it had already.
    fn learn_key(&mut self, place: u64, key: &'static str) -> bool {
        let keys = self.learned.keys.get(&place);
        if keys.is_some_and(|keys| keys.contains(&key)) {
            return false;
        }
        if self.learns {
            self.guide.asked(key);
            self.learned.keys.entry(place).or_default().push(key);
        }
        self.explained = true;
        true
    }

    fn refuse(&mut self, key: u64, class: usize) {
        if self.learns {
            *self.learned.refused.entry(key).or_default() |= 1 << class;
        }
        self.explained = true;
    }

    fn enter(&mut self, step: &str) {
        self.place = fnv(self.place, step);
    }

    fn count_ask(&mut self) -> Result<(), Refusal> {
        self.asks += 1;
        if self.asks > MAX_ASKS {
            self.gave_up = true;
            return Err(Refusal::Other);
        }
        Ok(())
    }

    /// Whether a type is being read within itself: then whatever may be empty is.
    fn is_recursive(&self) -> bool {
        let is_repeated =
            |(at, name): (usize, &&str)| self.types.iter().take(at).any(|n| n == name);
        self.types.iter().enumerate().any(is_repeated)
    }
}

#[cfg(feature = "testing")]
impl<G: Guide> Probe<G> {
    /// From now on the same draws give the same values.
    pub(crate) fn stop_learning(&mut self) {
        self.learns = false;
    }
}

/// FNV-1a, 64 bits, of `text` and its end, continued from `hash`.
pub(crate) fn fnv(hash: u64, text: &str) -> u64 {
    text.bytes()
        .chain([0xff])
        .fold(hash ^ 0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        })
}

/// Why an answer was refused, as far as it helps to find a better one.
#[derive(Debug)]
pub(crate) enum Refusal {
    MissingField(&'static str),
    UnknownVariant(&'static [&'static str]),
    /// The value was of this class.
    Unexpected(usize),
    Other,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an answer was refused")
    }
}

impl std::error::Error for Refusal {}

impl de::Error for Refusal {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::Other
    }

    fn invalid_type(seen: Unexpected<'_>, _: &dyn de::Expected) -> Self {
        Self::Unexpected(scalars::class_of(&seen))
    }

    fn invalid_value(seen: Unexpected<'_>, _: &dyn de::Expected) -> Self {
        Self::Unexpected(scalars::class_of(&seen))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::MissingField(field)
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::UnknownVariant(expected)
    }
}
