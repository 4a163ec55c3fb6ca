//! One history: events of several aggregates in turn, and a read model made of it in each way.

use std::sync::Arc;
use std::time::Duration;

use super::law::{ReadModelLaw, ReadModelSummary};
use super::source::{Sources, Told};
use super::subject::Lawful;
use crate::testing::read_models::log::Log;

/// How many aggregates of each kind a history has.
const IDS: u64 = 3;

/// What broke which law.
pub(super) struct Broken {
    pub(super) law: ReadModelLaw,
    pub(super) detail: String,
    pub(super) history: String,
}

pub(super) struct Histories<'a, K, S> {
    pub(super) of: &'a K,
    pub(super) services: &'a Arc<S>,
}

impl<K: Lawful<S>, S> Histories<'_, K, S> {
    /// Lives the history that `seeds` stand for, and makes the read model of it.
    pub(super) fn check(
        &self,
        sources: &mut Sources<S>,
        seeds: &[u64],
        summary: &mut ReadModelSummary,
    ) -> Result<(), Broken> {
        summary.cases += 1;
        let mut history = String::new();
        let mut log = Log::new();
        for source in &mut sources.all {
            source.restart();
        }
        for seed in seeds {
            let mut random = fastrand::Rng::with_seed(*seed);
            let which = random.usize(0..sources.all.len().max(1));
            let id = random.u64(0..IDS);
            let Some(source) = sources.all.get_mut(which) else {
                break;
            };
            log.later(Duration::from_secs(random.u64(0..100_000)));
            let mut told = Told {
                history: &mut history,
                count: &mut |name| *summary.events.entry(name).or_default() += 1,
            };
            let made = source.step((*seed, id), self.services, &mut log, &mut told);
            if let Err(error) = made {
                let (law, detail) = (ReadModelLaw::EveryEventIsTaken, error.to_string());
                return Err(Broken {
                    law,
                    detail,
                    history,
                });
            }
        }
        let first = seeds.first().copied().unwrap_or_default();
        match self.of.check(&log.store(), self.services, first) {
            Ok(came) => {
                summary.made += came.made;
                summary.parked += came.parked;
                Ok(())
            }
            Err((law, detail)) => Err(Broken {
                law,
                detail,
                history,
            }),
        }
    }
}
