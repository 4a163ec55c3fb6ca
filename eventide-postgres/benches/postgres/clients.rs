//! Clients that ask at the same time, each one thing after another.

use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::server::own_cpu;
use crate::support::Latencies;

/// How many streams each client works on in turn.
pub(crate) const STREAMS_EACH: u64 = 4;

/// Who takes part.
pub(crate) trait Contestant: Clone + Send + Sync + 'static {
    /// Request number `turn` of `client`: one more than the one before, over all samples.
    fn ask(&self, client: u64, turn: u64) -> impl Future<Output = ()> + Send;
}

/// How much is asked in a sample.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    pub(crate) clients: u64,
    pub(crate) turns: u64,
}

impl Load {
    pub(crate) fn requests(self) -> u32 {
        u32::try_from(self.clients * self.turns).unwrap()
    }
}

/// A contestant and what its requests took.
pub(crate) struct Sampler<C> {
    contestant: C,
    load: Load,
    samples: u64,
    /// Of all samples; so is the CPU time.
    pub(crate) requests: u64,
    pub(crate) cpu: Duration,
    /// Of all samples but the first, which does not count.
    pub(crate) latencies: Latencies,
}

impl<C: Contestant> Sampler<C> {
    pub(crate) fn new(contestant: C, load: Load) -> Self {
        Self {
            contestant,
            load,
            samples: 0,
            requests: 0,
            cpu: Duration::ZERO,
            latencies: Latencies::default(),
        }
    }

    pub(crate) fn sample(&mut self, runtime: &Runtime) -> Duration {
        if self.samples == 1 {
            self.latencies.forget();
        }
        let Load { clients, turns } = self.load;
        let first = self.samples * turns;
        self.samples += 1;
        self.requests += clients * turns;
        let mut asking = JoinSet::new();
        let cpu = own_cpu();
        let started = Instant::now();
        for client in 0..clients {
            let contestant = self.contestant.clone();
            let latencies = self.latencies.clone();
            let ask = async move {
                let mut taken = Vec::with_capacity(usize::try_from(turns).unwrap());
                for turn in first..first + turns {
                    let asked = Instant::now();
                    contestant.ask(client, turn).await;
                    taken.push(asked.elapsed());
                }
                latencies.add(taken);
            };
            asking.spawn_on(ask, runtime.handle());
        }
        runtime.block_on(asking.join_all());
        let taken = started.elapsed();
        self.cpu += own_cpu().saturating_sub(cpu);
        taken
    }
}
