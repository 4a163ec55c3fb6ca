//! What a check found.

use std::fmt;

use super::evidence::Evidence;
use super::violation::Violation;
use crate::entry::Entry;

const SHOWN: usize = 20;

/// What a check found, and how much it looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What was looked at.
    pub tally: Tally,
    /// What is wrong.
    pub violations: Vec<Violation>,
}

/// How much a history holds: a test under faults that met no fault proves nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Appends that were acknowledged.
    pub acknowledged: usize,
    /// Appends that were refused.
    pub refused: usize,
    /// Appends of unknown outcome.
    pub unknown: usize,
    /// Those of them whose events are stored.
    pub unknown_stored: usize,
    /// Events in the final log.
    pub events: usize,
    /// Events that readers saw.
    pub seen: usize,
}

impl Tally {
    pub(super) fn of(evidence: &Evidence<'_>) -> Self {
        let mut tally = Self {
            events: evidence.log.len(),
            ..Self::default()
        };
        for attempt in &evidence.attempts {
            if attempt.is_unknown() {
                tally.unknown += 1;
                tally.unknown_stored += usize::from(evidence.is_stored(attempt));
            } else if attempt.acknowledged().is_some() {
                tally.acknowledged += 1;
            } else {
                tally.refused += 1;
            }
        }
        let saw = |entry: &&Entry| matches!(entry, Entry::Saw { .. });
        tally.seen = evidence.entries.iter().filter(saw).count();
        tally
    }
}

impl Report {
    /// Whether nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.violations.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tally = self.tally;
        writeln!(
            f,
            "{} appends acknowledged, {} refused, {} unknown ({} of them stored); {} events, seen {} times; {} violations",
            tally.acknowledged,
            tally.refused,
            tally.unknown,
            tally.unknown_stored,
            tally.events,
            tally.seen,
            self.violations.len()
        )?;
        for violation in self.violations.iter().take(SHOWN) {
            writeln!(f, "- {violation}")?;
        }
        match self.violations.len().checked_sub(SHOWN) {
            None | Some(0) => Ok(()),
            Some(more) => writeln!(f, "- and {more} more"),
        }
    }
}
