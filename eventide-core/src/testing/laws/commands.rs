//! Where the commands of a history come from: made up from their types, or given.

use std::collections::BTreeSet;

use super::draw::{Draw, Random};
use crate::aggregate::Aggregate;
use crate::command::{CommandInfo, CommandSet, Existence};
use crate::snapshot::probe::{Pass, Probe, pick};

/// How often a command is made up before the run, to learn what its type accepts.
const LESSONS: u64 = 600;
/// How often one is tried in a history before the step is left out.
const TRIES: usize = 32;
const MAX_IDS: usize = 16;

pub(in crate::testing) type Recipe<A> = Box<dyn Fn(&mut Draw<'_>) -> <A as Aggregate>::Command>;

/// A command that can be made up.
#[derive(Clone, Copy)]
struct Known {
    info: &'static CommandInfo,
    /// Whether it can be addressed to a given aggregate. Not if its id has several parts.
    is_addressable: bool,
}

/// The commands of histories. The same seed always gives the same command.
pub(in crate::testing) struct Commands<A: Aggregate> {
    probe: Probe<Random>,
    known: Vec<Known>,
    ids: Vec<A::Id>,
    recipes: Vec<Recipe<A>>,
}

impl<A: Aggregate> Commands<A> {
    pub(in crate::testing) fn learn(recipes: Vec<Recipe<A>>) -> Self {
        let mut commands = Self {
            probe: Probe::new(Random::default()),
            known: Vec::new(),
            ids: Vec::new(),
            recipes,
        };
        for info in A::INFO.commands {
            let known = commands.learn_one(info);
            commands.known.extend(known);
        }
        commands.probe.stop_learning();
        commands
    }

    /// Finds out whether the command can be made up, and where in it the id comes from.
    fn learn_one(&mut self, info: &'static CommandInfo) -> Option<Known> {
        let mut id_places: Option<BTreeSet<u64>> = None;
        for seed in 0..LESSONS {
            self.probe.guide.restart(seed);
            let Some(command) = self.make_up(info) else {
                continue;
            };
            let id = command.aggregate_id();
            let places = self.probe.guide.places_of(&id.to_string());
            id_places = Some(match id_places {
                Some(before) => before.intersection(&places).copied().collect(),
                None => places,
            });
            if self.ids.len() < MAX_IDS && !self.ids.contains(id) && A::stream(id).is_ok() {
                self.ids.push(id.clone());
            }
        }
        let id_places = id_places?;
        let is_addressable = !id_places.is_empty();
        self.probe.guide.id_places.extend(id_places);
        Some(Known {
            info,
            is_addressable,
        })
    }

    fn make_up(&mut self, info: &CommandInfo) -> Option<A::Command> {
        let pass = self
            .probe
            .pass(|probe| A::Command::deserialize(info.name, probe).transpose());
        match pass {
            Pass::Read(command) => command,
            Pass::Refused | Pass::GaveUp => None,
        }
    }

    /// The id the made-up commands of a history are addressed to.
    pub(in crate::testing) fn id(&self, seed: u64) -> Option<A::Id> {
        self.ids.get(pick(seed, self.ids.len())).cloned()
    }

    /// A command that may be decided on an aggregate that exists or not.
    pub(in crate::testing) fn draw(
        &mut self,
        seed: u64,
        exists: bool,
        id: Option<&A::Id>,
    ) -> Option<A::Command> {
        let guide = &mut self.probe.guide;
        guide.restart(seed);
        guide.id = id.map(ToString::to_string);
        let recipe = guide.below(self.recipes.len() + usize::from(!self.known.is_empty()));
        if let Some(recipe) = self.recipes.get(recipe) {
            return Some(recipe(&mut guide.as_draw()));
        }
        let possible = |known: &&Known| match known.info.existence {
            Existence::Must => exists,
            Existence::MustNot => !exists,
            Existence::May => true,
        };
        let possible: Vec<_> = self.known.iter().filter(possible).copied().collect();
        let known = possible.get(self.probe.guide.below(possible.len()))?;
        let id = id.filter(|_| known.is_addressable);
        (0..TRIES).find_map(|_| {
            let command = self.make_up(known.info)?;
            id.is_none_or(|id| command.aggregate_id() == id)
                .then_some(command)
        })
    }
}
