//! Random choices that a seed repeats.

use std::collections::BTreeSet;
use std::fmt;

use crate::snapshot::probe::{Guide, pick};
use crate::testing::diff::fail;

/// Random choices for a command that is made by hand: the same history makes the same ones.
pub struct Draw<'a>(&'a mut fastrand::Rng);

impl<'a> Draw<'a> {
    pub(in crate::testing) fn of(random: &'a mut fastrand::Rng) -> Self {
        Self(random)
    }
}

impl Draw<'_> {
    /// A number below `bound`; 0 if that is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        match bound {
            0 => 0,
            bound => self.0.u64(0..bound),
        }
    }

    /// Heads or tails.
    pub fn flip(&mut self) -> bool {
        self.0.bool()
    }

    /// One of `choices`.
    ///
    /// # Panics
    /// There are none.
    #[track_caller]
    pub fn one_of<'c, T>(&mut self, choices: &'c [T]) -> &'c T {
        match choices.get(pick(self.0.u64(..), choices.len())) {
            Some(choice) => choice,
            None => fail("there is nothing to choose from"),
        }
    }
}

impl fmt::Debug for Draw<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draw").finish_non_exhaustive()
    }
}

/// Guides a probe at random, except for the aggregate's id.
pub(in crate::testing) struct Random {
    rng: fastrand::Rng,
    pub(super) id: Option<String>,
    pub(super) id_places: BTreeSet<u64>,
    answered: Vec<(u64, String)>,
}

impl Default for Random {
    fn default() -> Self {
        Self {
            rng: fastrand::Rng::with_seed(0),
            id: None,
            id_places: BTreeSet::new(),
            answered: Vec::new(),
        }
    }
}

impl Random {
    pub(in crate::testing) fn restart(&mut self, seed: u64) {
        self.rng = fastrand::Rng::with_seed(seed);
        self.answered.clear();
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        pick(self.rng.u64(..), bound)
    }

    pub(super) fn as_draw(&mut self) -> Draw<'_> {
        Draw::of(&mut self.rng)
    }

    /// Where this text was answered.
    pub(super) fn places_of(&self, text: &str) -> BTreeSet<u64> {
        let answered = self.answered.iter().filter(|(_, answer)| answer == text);
        answered.map(|&(place, _)| place).collect()
    }
}

impl Guide for Random {
    const TRIES_AGAIN: bool = true;

    fn draw(&mut self) -> u64 {
        self.rng.u64(..)
    }

    fn length(&mut self) -> usize {
        self.rng.usize(0..=4)
    }

    fn variant(&mut self, _: &'static str, count: usize, _: bool) -> usize {
        self.below(count)
    }

    fn fixed(&self, place: u64) -> Option<&str> {
        self.id
            .as_deref()
            .filter(|_| self.id_places.contains(&place))
    }

    fn answered(&mut self, place: u64, text: &str) {
        self.answered.push((place, text.to_owned()));
    }
}
