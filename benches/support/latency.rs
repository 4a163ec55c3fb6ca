//! How long single operations took, when many run at the same time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The latencies of one contestant's operations. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct Latencies(Arc<Mutex<Vec<Duration>>>);

/// What the latencies of one contestant came to.
#[derive(Clone, Copy)]
pub(crate) struct Percentiles {
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
}

impl Latencies {
    /// Adds those of one client.
    pub(crate) fn add(&self, latencies: Vec<Duration>) {
        self.0.lock().unwrap().extend(latencies);
    }

    /// Forgets what was added: it was of a round that does not count.
    pub(crate) fn forget(&self) {
        self.0.lock().unwrap().clear();
    }

    pub(crate) fn percentiles(&self) -> Percentiles {
        let mut sorted = self.0.lock().unwrap().clone();
        sorted.sort_unstable();
        let at = |hundredths: usize| {
            let last = sorted.len().saturating_sub(1);
            sorted.get(last * hundredths / 100).copied()
        };
        Percentiles {
            p50: at(50).unwrap_or_default(),
            p99: at(99).unwrap_or_default(),
        }
    }
}
