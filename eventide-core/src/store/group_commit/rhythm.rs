//! How large a batch should be, found while writing.
//!
//! With a slow disk, everything that waits should share one commit. With a fast one the callers'
//! own work counts: then the half of them is better gathered while the other half is written. That
//! takes a second commit, and the writer never waits for its callers.

use std::time::{Duration, Instant};

/// Below this many callers there is nothing to gain by halves.
const MIN_HALVED: usize = 24;

/// The sizes of batches to come.
#[derive(Debug, Clone)]
pub(super) struct Rhythm {
    max_batch: usize,
    /// How many ask at the same time, as far as is known: those just answered, those being written,
    /// and those who came meanwhile.
    callers: usize,
    /// What it takes to gather one caller's next request after an answer, while the writer waits.
    gathering: Option<Duration>,
    /// What a commit takes by itself, however much it is of.
    commit: Option<Duration>,
    answered_at: Option<Instant>,
}

impl Rhythm {
    pub(super) fn new(max_batch: usize) -> Self {
        Self {
            max_batch,
            callers: max_batch,
            gathering: None,
            commit: None,
            answered_at: None,
        }
    }

    /// So many are written at once, without waiting for more: all, or half of the callers if that
    /// saves more than the second commit costs.
    pub(super) fn full(&self) -> usize {
        let (Some(each), Some(commit)) = (self.gathering, self.commit) else {
            return self.max_batch;
        };
        let callers = u32::try_from(self.callers).unwrap_or(u32::MAX);
        if self.callers >= MIN_HALVED && each.saturating_mul(callers) > commit {
            self.callers.div_ceil(2)
        } else {
            self.max_batch
        }
    }

    /// Whether one caller asks, one thing after another.
    pub(super) fn is_lone(&self) -> bool {
        self.callers == 1
    }

    /// With so many there is nobody to wait for.
    pub(super) fn enough(&self) -> usize {
        self.callers.min(self.full())
    }

    /// Nobody came any more: the time until the next request is not one of gathering.
    pub(super) fn pause(&mut self) {
        self.answered_at = None;
    }

    /// Learns from a batch of `count` that was gathered.
    pub(super) fn gathered(&mut self, count: usize) {
        let taken = self.answered_at.take().map(|since| since.elapsed());
        if let (Some(taken), Ok(count @ 1..)) = (taken, u32::try_from(count)) {
            follow(&mut self.gathering, taken / count);
        }
    }

    /// Learns from a batch of `count` that was written while `others` asked or were written, too.
    pub(super) fn answered(&mut self, count: usize, commit: Option<Duration>, others: usize) {
        self.callers = self.max_batch.min(count + others);
        self.answered_at = Some(Instant::now());
        if let Some(commit) = commit {
            follow(&mut self.commit, commit);
        }
    }
}

/// Goes an eighth of the way to what was seen last: one odd batch does not change the rhythm.
fn follow(kept: &mut Option<Duration>, seen: Duration) {
    *kept = Some(kept.map_or(seen, |kept| kept.saturating_sub(kept / 8) + seen / 8));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rhythm(callers: usize, gathering: u64, commit: u64) -> Rhythm {
        Rhythm {
            callers,
            gathering: Some(Duration::from_micros(gathering)),
            commit: Some(Duration::from_micros(commit)),
            ..Rhythm::new(1024)
        }
    }

    #[test]
    fn a_slow_disk_shares_a_commit_among_all_and_a_fast_one_works_by_halves() {
        assert_eq!(rhythm(128, 14, 3_000).full(), 1024);
        assert_eq!(rhythm(128, 14, 3_000).enough(), 128);
        assert_eq!(rhythm(128, 14, 1_000).full(), 64);
        assert_eq!(rhythm(23, 14, 1).full(), 1024, "too few to halve");
        assert_eq!(Rhythm::new(1024).full(), 1024, "nothing is known yet");
    }

    #[test]
    fn one_odd_batch_does_not_change_the_rhythm() {
        let mut commit = Some(Duration::from_micros(800));
        follow(&mut commit, Duration::from_micros(1_600));
        assert_eq!(commit, Some(Duration::from_micros(900)));
    }
}
