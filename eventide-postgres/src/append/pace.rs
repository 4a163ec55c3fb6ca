//! What a call of the append function takes by itself, however little it appends: measured now and then.

use std::time::Duration;

/// Of smaller batches it is not worth knowing.
const WORTH_MEASURING: usize = 16;

/// One in so many batches is measured with, which costs it a second call; at first it is more of them.
const MEASURED: u32 = 128;

/// What is known of calls.
#[derive(Debug, Default)]
pub(super) struct Pace {
    batches: u32,
    seen: Option<Duration>,
    commit: Option<Duration>,
}

impl Pace {
    /// Whether a batch of so many requests is one to measure with.
    pub(super) fn is_due(&mut self, requests: usize) -> bool {
        if requests < WORTH_MEASURING {
            return false;
        }
        self.batches = self.batches.wrapping_add(1);
        self.batches.is_power_of_two() || self.batches.is_multiple_of(MEASURED)
    }

    /// A call for next to nothing took so long, with its commit. Of two that were seen the shorter one
    /// counts: a disk is slow at times, and never too fast.
    pub(super) fn saw(&mut self, taken: Duration) {
        let before = self.seen.replace(taken);
        self.commit = Some(before.map_or(taken, |before| before.min(taken)));
    }

    /// What a call takes by itself, as far as it is known.
    pub(super) fn commit(&self) -> Option<Duration> {
        self.commit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_in_many_large_batches_is_measured_with() {
        let mut pace = Pace::default();
        let due: Vec<_> = (1..=3 * MEASURED).filter(|_| pace.is_due(500)).collect();
        assert_eq!(due, [1, 2, 4, 8, 16, 32, 64, 128, 256, 384]);
        assert!(!Pace::default().is_due(3));
    }

    #[test]
    fn a_disk_that_is_slow_once_changes_nothing() {
        let mut pace = Pace::default();
        let known = [400, 9_000, 500, 700, 650].map(|taken| {
            pace.saw(Duration::from_micros(taken));
            pace.commit().map(|commit| commit.as_micros())
        });
        assert_eq!(known, [400, 400, 500, 500, 650].map(Some));
    }
}
