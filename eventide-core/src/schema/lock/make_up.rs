//! Payloads made up from an event's type, for a version of which no real one is known.

use std::collections::{BTreeMap, BTreeSet};

use super::{difference, reading};
use crate::event::Event;
use crate::schema;
use crate::snapshot::probe::{Guide, Pass, Probe, fnv, pick};

/// How often a type is tried before it counts as one that refuses every answer.
const MAX_PASSES: usize = 1000;
/// After so many payloads that nothing accepted, stranger ones are made.
const PLAIN_ATTEMPTS: usize = 12;
/// After so many choices a variant that was never read is left to chance.
const HOPELESS_AFTER: u32 = 64;

/// One made-up payload after the other; none if the type refuses whatever is made up.
pub(super) type Source = Box<dyn FnMut() -> Option<MadeUp> + Send>;

/// A payload that the type reads and writes.
pub(super) struct MadeUp {
    pub(super) payload: String,
    /// It shows something that those before it did not: a variant, a list without elements.
    pub(super) is_news: bool,
}

/// The same type always gives the same payloads.
pub(super) fn source<E: Event>() -> Source {
    let seed = fnv(u64::from(E::INFO.schema_version.get()), E::INFO.name);
    let mut probe = Probe::new(Tour::new(seed));
    Box::new(move || {
        for _ in 0..MAX_PASSES {
            probe.guide.begin();
            match probe.pass(|probe| E::deserialize(probe)) {
                Pass::Read(event) => {
                    if let Some(payload) = payload(&event) {
                        let is_news = probe.guide.end();
                        return Some(MadeUp { payload, is_news });
                    }
                }
                Pass::Refused => {}
                Pass::GaveUp => return None,
            }
        }
        None
    })
}

/// The event's JSON, if it survives being read.
fn payload<E: Event>(event: &E) -> Option<String> {
    let payload = String::from_utf8(schema::encode(event).ok()?).ok()?;
    let again = reading::again::<E>(&payload).ok()?;
    // As values: a hash map is written in any order.
    (difference::value(&again) == difference::value(&payload)).then_some(payload)
}

/// Guides a probe through a type: plain values, each variant in turn, lists with elements and
/// without.
struct Tour {
    rng: fastrand::Rng,
    /// How many payloads there are already.
    made: usize,
    /// The next draw picks this class of answers, rather than one of a class.
    class: Option<u64>,
    /// How often each variant of an enum, or word at a place, was chosen.
    chosen: BTreeMap<u64, Vec<u32>>,
    /// What was chosen in this pass.
    now: Vec<(u64, usize)>,
    /// What the payloads so far show.
    shown: BTreeSet<(u64, usize)>,
    has_lengths: bool,
}

impl Tour {
    const LENGTHS: [usize; 3] = [2, 0, 1];

    fn new(seed: u64) -> Self {
        Self {
            rng: fastrand::Rng::with_seed(seed),
            made: 0,
            class: None,
            chosen: BTreeMap::new(),
            now: Vec::new(),
            shown: BTreeSet::new(),
            has_lengths: false,
        }
    }

    fn begin(&mut self) {
        self.class = None;
        self.now.clear();
    }

    /// The pass made a payload. Whether it shows something new.
    fn end(&mut self) -> bool {
        let known = self.shown.len();
        self.shown.extend(self.now.drain(..));
        self.made += 1;
        self.made == 1 || (self.made == 2 && self.has_lengths) || self.shown.len() > known
    }

    /// An alternative that no payload shows, unless it never comes to be read; of several the one
    /// chosen least often.
    fn in_turn(&mut self, of: u64, count: usize) -> usize {
        let chosen = self.chosen.entry(of).or_default();
        chosen.resize(count, 0);
        let shown = &self.shown;
        let is_settled = |index, times| times >= HOPELESS_AFTER || shown.contains(&(of, index));
        let counts = chosen.iter_mut().enumerate();
        let next = counts.min_by_key(|(index, times)| (is_settled(*index, **times), **times));
        let Some((index, times)) = next else {
            return 0;
        };
        *times += 1;
        self.now.push((of, index));
        index
    }
}

impl Guide for Tour {
    const TRIES_AGAIN: bool = true;

    fn draw(&mut self) -> u64 {
        let drawn = self.rng.u64(..);
        let class = self.class.take();
        class
            .filter(|_| self.made < PLAIN_ATTEMPTS)
            .unwrap_or(drawn)
    }

    fn length(&mut self) -> usize {
        self.has_lengths = true;
        let at = self.made % Self::LENGTHS.len();
        Self::LENGTHS.get(at).copied().unwrap_or(1)
    }

    fn variant(&mut self, name: &'static str, count: usize, recursive: bool) -> usize {
        if recursive {
            return pick(self.rng.u64(..), count);
        }
        self.in_turn(fnv(0, name), count)
    }

    fn word(&mut self, place: u64, count: usize) -> usize {
        self.in_turn(place, count)
    }

    fn asked(&mut self, what: &str) {
        self.class = match what {
            // Neither 0 nor 1: two fields that were confused shall not look alike.
            "u8" | "u16" | "u32" | "u64" | "u128" | "i8" | "i16" | "i32" | "i64" | "i128"
            | "f32" | "f64" => Some(2),
            "bool" => Some(1),
            "text" | "char" | "any" => Some(0),
            _ => None,
        };
    }
}
