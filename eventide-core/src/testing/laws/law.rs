//! The laws, and what breaks them.

use std::fmt;

use thiserror::Error;

/// What must hold of every aggregate, whatever its domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Law {
    /// A handler refuses; it does not panic, whatever the command holds.
    DecidingNeverPanics,
    /// The same command on the same state in the same circumstances gets the same answer.
    DecidingIsRepeatable,
    /// An event happened: folding it cannot fail.
    ApplyingNeverPanics,
    /// The same events fold into the same state.
    FoldingIsRepeatable,
    /// Folding some events, keeping a clone, and folding the others is folding all.
    FoldingInPartsIsFolding,
    /// An event read from its JSON is the event that was written.
    EventsSurviveEncoding,
    /// A recorded event folds as the event does.
    RecordedEventsFoldAlike,
    /// A snapshot and the events after it fold into the same state as all events.
    SnapshotsChangeNothing,
    /// Some history accepts each command. Only checked on request, as whether made-up commands come
    /// to be accepted depends on the domain, or if not a single command could be made.
    EveryCommandIsAccepted,
}

impl fmt::Display for Law {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DecidingNeverPanics => "deciding never panics",
            Self::DecidingIsRepeatable => "deciding twice gives the same answer",
            Self::ApplyingNeverPanics => "applying an event never panics",
            Self::FoldingIsRepeatable => "folding the same events twice gives the same state",
            Self::FoldingInPartsIsFolding => "folding in two parts equals folding in one",
            Self::EventsSurviveEncoding => "an event survives encoding and decoding",
            Self::RecordedEventsFoldAlike => "a recorded event folds as the event does",
            Self::SnapshotsChangeNothing => "a snapshot and the events after it equal all events",
            Self::EveryCommandIsAccepted => "every command is accepted in some history",
        })
    }
}

/// An aggregate broke a law.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "aggregate `{aggregate}` breaks the law that {law}\n\n{detail}\n\nhistory (seed {seed}; `.seed({seed})` repeats it):\n{history}"
)]
#[non_exhaustive]
pub struct Violation {
    /// The aggregate's name.
    pub aggregate: &'static str,
    /// The law.
    pub law: Law,
    /// In which way: what panicked with which words, which two things should be equal.
    pub detail: String,
    /// The shortest history found that leads there: commands, and the events each caused.
    pub history: String,
    /// Repeats the run: [`Laws::seed`](super::Laws::seed).
    pub seed: u64,
}
