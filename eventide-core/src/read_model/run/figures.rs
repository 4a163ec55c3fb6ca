//! What the work on a read model comes to, in figures: by the status call, and as instruments of the
//! crate `metrics` where the feature of that name is on.

use std::time::Duration;

use tokio::time::Instant;

/// How long the events are counted from which a rate is told.
const WINDOW: Duration = Duration::from_secs(2);

/// What this process has done for a read model since it runs it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[non_exhaustive]
pub struct Figures {
    /// Events that were handled, or parked.
    pub events: u64,
    /// How many of them each second, of late.
    pub events_per_second: f64,
    /// Tries that did not succeed, and were made again.
    pub retries: u64,
    /// Events that were parked.
    pub parked: u64,
}

/// Counts it.
#[derive(Debug, Clone)]
pub(super) struct Meter {
    read_model: &'static str,
    figures: Figures,
    /// Since when, and from which count, the rate is measured.
    since: (Instant, u64),
}

impl Meter {
    pub(super) fn new(read_model: &'static str) -> Self {
        instruments::describe();
        Self {
            read_model,
            figures: Figures::default(),
            since: (Instant::now(), 0),
        }
    }

    pub(super) fn done(&mut self, events: u64, parked: u64) {
        self.figures.events += events;
        self.figures.parked += parked;
        self.measure();
        instruments::done(self.read_model, events, parked);
    }

    pub(super) fn retried(&mut self) {
        self.figures.retries += 1;
        instruments::retried(self.read_model);
    }

    pub(super) fn figures(&mut self) -> Figures {
        self.measure();
        self.figures
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a rate of so many events is exact enough"
    )]
    fn measure(&mut self) {
        let (began, before) = self.since;
        let passed = began.elapsed();
        if passed < WINDOW && self.figures.events_per_second > 0.0 || passed.is_zero() {
            return;
        }
        let events = (self.figures.events - before) as f64;
        self.figures.events_per_second = events / passed.as_secs_f64();
        if passed >= WINDOW {
            self.since = (Instant::now(), self.figures.events);
        }
    }
}

/// The instruments; their names are part of the public interface.
#[cfg(feature = "metrics")]
pub(crate) mod instruments {
    use std::time::Duration;

    use metrics::{Unit, counter, describe_counter, describe_gauge, gauge};

    const EVENTS: &str = "eventide_read_model_events_total";
    const PARKED: &str = "eventide_read_model_parked_total";
    const RETRIES: &str = "eventide_read_model_retries_total";
    const LAG: &str = "eventide_read_model_lag_events";
    const LAG_SECONDS: &str = "eventide_read_model_lag_seconds";
    const PARKED_KEYS: &str = "eventide_read_model_parked_keys";
    const POSITION: &str = "eventide_read_model_position";
    const REBUILD: &str = "eventide_read_model_rebuild_position";

    pub(crate) fn describe() {
        describe_counter!(EVENTS, Unit::Count, "Events handled or parked.");
        describe_counter!(PARKED, Unit::Count, "Events parked.");
        describe_counter!(
            RETRIES,
            Unit::Count,
            "Tries that failed and were made again."
        );
        describe_gauge!(
            LAG,
            Unit::Count,
            "Positions of the log that are not reached yet."
        );
        describe_gauge!(
            LAG_SECONDS,
            Unit::Seconds,
            "Age of the oldest event not reached yet."
        );
        describe_gauge!(PARKED_KEYS, Unit::Count, "Keys that wait for a decision.");
        describe_gauge!(
            POSITION,
            Unit::Count,
            "The position all partitions have come to."
        );
        describe_gauge!(REBUILD, Unit::Count, "The position a rebuild has come to.");
    }

    pub(crate) fn done(read_model: &'static str, events: u64, parked: u64) {
        counter!(EVENTS, "read_model" => read_model).increment(events);
        if parked > 0 {
            counter!(PARKED, "read_model" => read_model).increment(parked);
        }
    }

    pub(crate) fn retried(read_model: &'static str) {
        counter!(RETRIES, "read_model" => read_model).increment(1);
    }

    #[expect(clippy::cast_precision_loss, reason = "a gauge holds no other number")]
    pub(crate) fn at(
        read_model: &'static str,
        (came_to, head): (u64, u64),
        behind: Duration,
        parked_keys: u64,
    ) {
        gauge!(POSITION, "read_model" => read_model).set(came_to as f64);
        let lag = head.saturating_sub(came_to);
        gauge!(LAG, "read_model" => read_model).set(lag as f64);
        gauge!(LAG_SECONDS, "read_model" => read_model).set(behind.as_secs_f64());
        gauge!(PARKED_KEYS, "read_model" => read_model).set(parked_keys as f64);
    }

    #[expect(clippy::cast_precision_loss, reason = "a gauge holds no other number")]
    pub(crate) fn rebuilding(read_model: &'static str, came_to: u64) {
        gauge!(REBUILD, "read_model" => read_model).set(came_to as f64);
    }
}

#[cfg(not(feature = "metrics"))]
pub(crate) mod instruments {
    use std::time::Duration;

    pub(crate) const fn describe() {}

    pub(crate) const fn done(_: &'static str, _: u64, _: u64) {}

    pub(crate) const fn retried(_: &'static str) {}

    pub(crate) const fn at(_: &'static str, _: (u64, u64), _: Duration, _: u64) {}

    pub(crate) const fn rebuilding(_: &'static str, _: u64) {}
}
