//! Rounds: both contestants in each, so that what else the machine does hits both.

use std::time::Duration;

use super::cpu;

/// What the samples of both contestants came to.
#[derive(Clone, Copy)]
pub(crate) struct Results {
    pub(crate) ours: Result,
    pub(crate) twin: Result,
    /// The median over the rounds of how many times as fast as the twin ours was. Paired, because
    /// the disk's speed drifts by more from one second to the next than the contestants differ.
    pub(crate) ratio: f64,
}

impl Results {
    /// The same with the fastest sample of each for its time: for work that always takes the same
    /// steps, of which others on the machine can only make it slower, and by more than is looked for.
    pub(crate) fn of_the_fastest(mut self) -> Self {
        (self.ours.time, self.twin.time) = (self.ours.fastest, self.twin.fastest);
        self.ratio = self.twin.time.as_secs_f64() / self.ours.time.as_secs_f64();
        self
    }
}

/// What the samples of one contestant came to.
#[derive(Clone, Copy)]
pub(crate) struct Result {
    /// The median sample.
    pub(crate) time: Duration,
    fastest: Duration,
    /// The CPU time of all samples, over all threads.
    pub(crate) cpu: Duration,
}

/// Takes a sample of each in every round, after one round that does not count. They take turns at
/// going first.
pub(crate) fn interleaved(
    rounds: usize,
    mut ours: impl FnMut() -> Duration,
    mut twin: impl FnMut() -> Duration,
) -> Results {
    ours();
    twin();
    let (mut of_ours, mut of_twin) = (Samples::default(), Samples::default());
    for round in 0..rounds {
        if round % 2 == 0 {
            of_ours.take(&mut ours);
            of_twin.take(&mut twin);
        } else {
            of_twin.take(&mut twin);
            of_ours.take(&mut ours);
        }
    }
    Results {
        ratio: paired(&of_ours.times, &of_twin.times),
        ours: of_ours.result(),
        twin: of_twin.result(),
    }
}

fn paired(ours: &[Duration], twin: &[Duration]) -> f64 {
    let ratio = |(ours, twin): (&Duration, &Duration)| twin.as_secs_f64() / ours.as_secs_f64();
    let mut ratios: Vec<_> = ours.iter().zip(twin).map(ratio).collect();
    ratios.sort_unstable_by(f64::total_cmp);
    ratios[ratios.len() / 2]
}

#[derive(Default)]
struct Samples {
    times: Vec<Duration>,
    cpu: Duration,
}

impl Samples {
    fn take(&mut self, sample: &mut impl FnMut() -> Duration) {
        let before = cpu::at_field(cpu::OWN);
        self.times.push(sample());
        self.cpu += cpu::at_field(cpu::OWN).saturating_sub(before);
    }

    fn result(mut self) -> Result {
        self.times.sort_unstable();
        Result {
            time: self.times[self.times.len() / 2],
            fastest: self.times[0],
            cpu: self.cpu,
        }
    }
}
