//! How often and how soon a command is tried again after a conflict.

use std::time::Duration;

/// Bounded retries with exponential back-off and full jitter.
///
/// Full jitter (a pause drawn evenly from zero to the bound) spreads competing writers best; see
/// Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often a command is tried in all, at least once.
    pub attempts: u32,
    /// The bound of the pause before the second retry; it doubles with each further one. The first
    /// retry is at once: the loser of a race has nothing to wait for.
    pub base: Duration,
    /// The largest bound of a pause.
    pub max: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 16,
            base: Duration::from_millis(1),
            max: Duration::from_millis(100),
        }
    }
}

impl RetryPolicy {
    /// The pause before retry number `retry`, counted from 1.
    pub(crate) fn pause(&self, retry: u32) -> Duration {
        let Some(doublings) = retry.checked_sub(2) else {
            return Duration::ZERO;
        };
        let bound = self
            .base
            .saturating_mul(2_u32.saturating_pow(doublings))
            .min(self.max);
        bound.mul_f64(fastrand::f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_stay_within_their_growing_bounds() {
        let policy = RetryPolicy::default();
        assert_eq!(policy.pause(1), Duration::ZERO);
        for retry in 2..100 {
            let bound = policy
                .base
                .saturating_mul(2_u32.saturating_pow(retry - 2))
                .min(policy.max);
            for _ in 0..50 {
                assert!(policy.pause(retry) <= bound);
            }
        }
    }
}
