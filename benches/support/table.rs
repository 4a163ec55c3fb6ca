//! The table: one row per contest, printed as soon as it is known.

use std::time::Duration;

use super::Results;

/// CPU times come in hundredths of a second: with less than this, a ratio of them says little.
const TELLING_CPU: Duration = Duration::from_millis(200);

/// Prints rows and remembers whether all met their targets.
pub(crate) struct Table {
    missed: usize,
}

impl Table {
    /// Prints the head.
    pub(crate) fn begin(unit: &str) -> Self {
        println!(
            "{unit:<44} {:>11} {:>11} {:>7} {:>7} {:>7}",
            "ours", "twin", "CPU", "ratio", "target"
        );
        Self { missed: 0 }
    }

    /// Prints the row of two samples of `operations` each. The ratio is that of the throughputs:
    /// above 1 is faster than the twin. So is the ratio of the CPU times, which other programs on the
    /// machine disturb less.
    pub(crate) fn row(&mut self, name: &str, operations: u32, of: Results, target: Option<f64>) {
        let Results { ours, twin, ratio } = of;
        let cpu = if ours.cpu.min(twin.cpu) < TELLING_CPU {
            "-".to_owned()
        } else {
            format!("{:.2}", twin.cpu.as_secs_f64() / ours.cpu.as_secs_f64())
        };
        let (target, verdict) = match target {
            None => ("-".to_owned(), ""),
            Some(target) if ratio >= target => (format!("{target:.2}"), " ok"),
            Some(target) => {
                self.missed += 1;
                (format!("{target:.2}"), " MISSED")
            }
        };
        let (ours, twin) = (each(ours.time, operations), each(twin.time, operations));
        println!("{name:<44} {ours:>11} {twin:>11} {cpu:>7} {ratio:>7.2} {target:>7}{verdict}");
    }

    /// How many rows missed their target.
    pub(crate) fn missed(&self) -> usize {
        self.missed
    }
}

/// The time of one operation, in a unit that leaves a few digits.
fn each(sample: Duration, operations: u32) -> String {
    let seconds = sample.as_secs_f64() / f64::from(operations);
    let (factor, unit) = match seconds {
        s if s < 1e-6 => (1e9, "ns"),
        s if s < 1e-3 => (1e6, "us"),
        s if s < 1.0 => (1e3, "ms"),
        _ => (1.0, "s"),
    };
    format!("{:.2} {unit}", seconds * factor)
}
