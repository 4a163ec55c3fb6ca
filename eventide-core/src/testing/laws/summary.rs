//! What a run of the laws has covered.

use std::collections::BTreeMap;
use std::fmt;

use crate::aggregate::Aggregate;

/// What a run of the laws has covered. Laws that hold for commands nothing accepts say little: look
/// at [`never_accepted`](Self::never_accepted).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// The aggregate's name.
    pub aggregate: &'static str,
    /// Repeats the run: [`Laws::seed`](super::Laws::seed).
    pub seed: u64,
    /// How many histories were made up.
    pub cases: u32,
    /// What came of the commands, by name.
    pub commands: BTreeMap<&'static str, CommandCount>,
    /// How many events they caused, by name.
    pub events: BTreeMap<&'static str, u64>,
}

/// What came of the commands of one type.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommandCount {
    /// They were accepted, with events or without.
    pub accepted: u64,
    /// The handler refused them.
    pub rejected: u64,
    /// They were not valid.
    pub invalid: u64,
    /// The aggregate did not exist, or did already.
    pub misplaced: u64,
}

impl CommandCount {
    /// How many were made.
    pub fn made(&self) -> u64 {
        self.accepted + self.rejected + self.invalid + self.misplaced
    }
}

impl Summary {
    pub(super) fn new<A: Aggregate>(seed: u64) -> Self {
        let commands = A::INFO.commands.iter();
        let events = A::INFO.events.iter();
        Self {
            aggregate: A::INFO.name,
            seed,
            cases: 0,
            commands: commands
                .map(|info| (info.name, CommandCount::default()))
                .collect(),
            events: events.map(|info| (info.name, 0)).collect(),
        }
    }

    /// Commands of which none was accepted. If none was made either, the type's `Deserialize`
    /// refused all that was made up: give some with [`Laws::command`](super::Laws::command).
    pub fn never_accepted(&self) -> impl Iterator<Item = &'static str> {
        let never = self
            .commands
            .iter()
            .filter(|(_, count)| count.accepted == 0);
        never.map(|(&name, _)| name)
    }

    /// Events that no command caused.
    pub fn never_caused(&self) -> impl Iterator<Item = &'static str> {
        let never = self.events.iter().filter(|&(_, &count)| count == 0);
        never.map(|(&name, _)| name)
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "aggregate `{}`: {} histories (seed {})",
            self.aggregate, self.cases, self.seed
        )?;
        for (name, count) in &self.commands {
            writeln!(
                f,
                "  command `{name}`: {} made, {} accepted, {} rejected, {} invalid, {} misplaced",
                count.made(),
                count.accepted,
                count.rejected,
                count.invalid,
                count.misplaced
            )?;
        }
        for (name, count) in &self.events {
            writeln!(f, "  event `{name}`: {count}")?;
        }
        Ok(())
    }
}
