//! The laws of read models, and what breaks them.

use std::collections::BTreeMap;
use std::fmt;

use thiserror::Error;

/// What must hold of every read model, whatever it makes of its events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReadModelLaw {
    /// It comes to the end of every log.
    EveryEventIsTaken,
    /// Made anew from the same events, it is the same.
    RebuildingIsRepeatable,
    /// How many events come together makes no difference.
    PagesChangeNothing,
    /// It makes no difference who goes on with it: all that counts is in what was written.
    HandingOverChangesNothing,
    /// A step that was done and lost its checkpoint is done again, and makes no difference.
    RepeatingChangesNothing,
    /// Something comes of some history. If not, the other laws say nothing: give events or commands.
    SomethingIsMade,
}

impl fmt::Display for ReadModelLaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EveryEventIsTaken => "it comes to the end of every log",
            Self::RebuildingIsRepeatable => "made anew from the same events, it is the same",
            Self::PagesChangeNothing => "it makes no difference how many events come together",
            Self::HandingOverChangesNothing => "it makes no difference who goes on with it",
            Self::RepeatingChangesNothing => "a step done twice makes no difference",
            Self::SomethingIsMade => "something comes of some history",
        })
    }
}

/// A read model broke a law.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "read model `{read_model}` breaks the law that {law}\n\n{detail}\n\nhistory (seed {seed}; `.seed({seed})` repeats it):\n{history}"
)]
#[non_exhaustive]
pub struct ReadModelViolation {
    /// Its name.
    pub read_model: &'static str,
    /// The law.
    pub law: ReadModelLaw,
    /// In which way: how what it made differs.
    pub detail: String,
    /// The shortest history found that leads there, in the order of the log.
    pub history: String,
    /// Repeats the run: [`ReadModelLaws::seed`](super::ReadModelLaws::seed).
    pub seed: u64,
}

/// What a run of the laws has covered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadModelSummary {
    /// The read model's name.
    pub read_model: &'static str,
    /// Repeats the run: [`ReadModelLaws::seed`](super::ReadModelLaws::seed).
    pub seed: u64,
    /// How many histories were made up.
    pub cases: u32,
    /// How many events they had, by name.
    pub events: BTreeMap<&'static str, u64>,
    /// How many documents came of them; of a projection, how many events reached it.
    pub made: u64,
    /// How many events were parked.
    pub parked: u64,
}

impl ReadModelSummary {
    /// Events of the aggregates it observes that no history had: of their folds and handlers,
    /// nothing was checked.
    pub fn never_caused(&self) -> impl Iterator<Item = &'static str> {
        let never = self.events.iter().filter(|&(_, &count)| count == 0);
        never.map(|(&name, _)| name)
    }
}

impl fmt::Display for ReadModelSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            read_model,
            cases,
            seed,
            made,
            parked,
            ..
        } = self;
        writeln!(
            f,
            "read model `{read_model}`: {cases} histories (seed {seed}), {made} made, {parked} parked"
        )?;
        for (name, count) in &self.events {
            writeln!(f, "  event `{name}`: {count}")?;
        }
        Ok(())
    }
}
