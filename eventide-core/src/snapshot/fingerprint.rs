//! What tells one shape of an aggregate's state from another.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::de::DeserializeOwned;

use super::probe::{Guide, Pass, Probe, fnv};

/// How often a type is read at most to see all of it. An enum takes a pass per variant, a field
/// that wants a certain form of text one per form.
const MAX_PASSES: usize = 2_000;

/// A hash of a state's shape. Two programs whose states could misread each other's snapshots have
/// different ones.
///
/// # Guarantees
/// It covers what `Deserialize` asks for, however deep: names, order and types of fields, names
/// and contents of variants. It is the same in every run and on every platform. What a type
/// computes for itself, such as the meaning of a number, it does not cover.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(u64);

impl Fingerprint {
    /// Takes a stored number as a fingerprint.
    pub const fn from_u64(hash: u64) -> Self {
        Self(hash)
    }

    /// The number to store.
    pub const fn as_u64(self) -> u64 {
        self.0
    }

    /// The fingerprint of `T`. A type that cannot be read to its end is told by what was seen.
    pub(super) fn of<T: DeserializeOwned>(declared: u64) -> Self {
        let mut probe = Probe::new(Trace::new(declared));
        for _ in 0..MAX_PASSES {
            probe.guide.unseen = false;
            probe.guide.words_asked.clear();
            if matches!(probe.pass(|probe| T::deserialize(probe)), Pass::Refused) {
                continue;
            }
            if !probe.guide.unseen {
                break;
            }
            probe.guide.next_words();
        }
        Self(probe.guide.hash)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({:016x})", self.0)
    }
}

/// Hashes everything that is asked for, and sees to it that each variant is visited.
struct Trace {
    hash: u64,
    enums: BTreeMap<&'static str, Variants>,
    /// The word each place is at, and the places that were asked for theirs in this pass.
    words: BTreeMap<u64, usize>,
    words_asked: BTreeSet<u64>,
    /// A variant is left for another pass.
    unseen: bool,
}

#[derive(Default)]
struct Variants {
    seen: Vec<bool>,
    /// Whether something was unseen around the variant that is being read now.
    unseen_around: bool,
    /// The variant that ends a recursion, as far as is known.
    last: usize,
}

impl Trace {
    fn new(declared: u64) -> Self {
        Self {
            hash: fnv(declared, "fingerprint"),
            enums: BTreeMap::new(),
            words: BTreeMap::new(),
            words_asked: BTreeSet::new(),
            unseen: false,
        }
    }

    fn next_words(&mut self) {
        for &place in &self.words_asked {
            *self.words.entry(place).or_default() += 1;
        }
    }
}

impl Guide for Trace {
    const TRIES_AGAIN: bool = false;

    fn draw(&mut self) -> u64 {
        0
    }

    fn length(&mut self) -> usize {
        1
    }

    fn variant(&mut self, name: &'static str, count: usize, recursive: bool) -> usize {
        let variants = self.enums.entry(name).or_default();
        variants.seen.resize(count, false);
        if recursive {
            return variants.last;
        }
        variants.unseen_around = std::mem::take(&mut self.unseen);
        let unseen = variants.seen.iter().position(|seen| !seen);
        unseen.unwrap_or(variants.last)
    }

    fn variant_read(&mut self, name: &'static str, variant: usize) {
        let Some(variants) = self.enums.get_mut(name) else {
            return;
        };
        if let Some(seen) = variants.seen.get_mut(variant) {
            *seen |= !self.unseen;
        }
        self.unseen |= variants.unseen_around | variants.seen.contains(&false);
    }

    fn too_deep(&mut self, types: &[&'static str]) {
        for name in types.iter().rev() {
            if let Some(variants) = self.enums.get_mut(name)
                && variants.last + 1 < variants.seen.len()
            {
                variants.last += 1;
                return;
            }
        }
    }

    fn asked(&mut self, what: &str) {
        self.hash = fnv(self.hash, what);
    }

    fn word(&mut self, place: u64, count: usize) -> usize {
        self.words_asked.insert(place);
        let word = (*self.words.entry(place).or_default()).min(count.saturating_sub(1));
        self.unseen |= word + 1 < count;
        word
    }
}

#[cfg(test)]
mod tests;
