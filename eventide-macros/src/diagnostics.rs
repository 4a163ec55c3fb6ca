//! Collects what is wrong with an item, so that all of it is said at once.

use std::fmt::Display;

use proc_macro2::TokenStream;
use quote::ToTokens;

/// The errors of one item. [`finish`](Self::finish) must be called; a test that forgets it fails.
#[derive(Default)]
pub(crate) struct Errors {
    collected: Vec<syn::Error>,
    finished: bool,
}

impl Errors {
    /// Adds a message whose caret spans all of `culprit`.
    pub(crate) fn at(&mut self, culprit: impl ToTokens, message: impl Display) {
        self.push(syn::Error::new_spanned(culprit, message));
    }

    /// Adds what a parser said.
    pub(crate) fn push(&mut self, error: syn::Error) {
        self.collected.push(error);
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.collected.len()
    }

    /// Every message, as the `compile_error!` calls that show it.
    pub(crate) fn finish(mut self) -> TokenStream {
        self.finished = true;
        self.collected
            .iter()
            .map(syn::Error::to_compile_error)
            .collect()
    }
}

impl Drop for Errors {
    fn drop(&mut self) {
        // Only in our own tests: users' debug builds of this crate must not panic.
        if cfg!(test) && !std::thread::panicking() {
            assert!(self.finished, "errors were collected and not shown");
        }
    }
}

/// The word among `known` that was most likely meant by `given`.
pub(crate) fn did_you_mean<'a>(given: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .map(|word| (distance(given, word), *word))
        .filter(|(distance, word)| *distance <= word.len().div_ceil(3))
        .min()
        .map(|(_, word)| word)
}

/// How many characters must be added, removed, replaced or swapped with their neighbour to make
/// `b` of `a` (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    let mut previous_char = None;
    for (row, in_a) in a.chars().enumerate() {
        let mut current = vec![row + 1];
        let mut above = last.iter().copied();
        let mut diagonal = above.next().unwrap_or_default();
        let mut left = row + 1;
        let mut previous_b = None;
        for (column, (&in_b, above)) in b.iter().zip(above).enumerate() {
            let mut cost = (above + 1)
                .min(left + 1)
                .min(diagonal + usize::from(in_a != in_b));
            if previous_char == Some(in_b) && previous_b == Some(in_a) {
                let swapped = column.checked_sub(1).and_then(|at| before_last.get(at));
                cost = cost.min(swapped.map_or(cost, |swapped| swapped + 1));
            }
            current.push(cost);
            (diagonal, left, previous_b) = (above, cost, Some(in_b));
        }
        before_last = std::mem::replace(&mut last, current);
        previous_char = Some(in_a);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_word_is_suggested_and_a_far_one_is_not() {
        let known = ["events", "commands", "id", "error"];
        assert_eq!(did_you_mean("evnets", &known), Some("events"));
        assert_eq!(did_you_mean("command", &known), Some("commands"));
        assert_eq!(did_you_mean("eror", &known), Some("error"));
        assert_eq!(did_you_mean("projections", &known), None);
    }

    #[test]
    fn distance_counts_edits() {
        assert_eq!(distance("events", "events"), 0);
        assert_eq!(distance("evnets", "events"), 1);
        assert_eq!(distance("", "id"), 2);
        assert_eq!(distance("kitten", "sitting"), 3);
    }

    #[test]
    #[should_panic(expected = "errors were collected and not shown")]
    fn errors_that_are_dropped_fail_the_test() {
        drop(Errors::default());
    }
}
