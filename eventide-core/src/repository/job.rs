//! What waits in a slot's queue: a caller's commands, and where the answer goes.

use tokio::sync::oneshot;
use tracing::Span;

use super::error::ExecuteError;
use super::options::CommandOptions;
use super::receipt::Receipt;
use crate::aggregate::Aggregate;
use crate::ids::CommandId;

/// What became of one unit.
pub(super) type Answer<A> = Result<Receipt<A>, ExecuteError<<A as Aggregate>::Error>>;

/// Commands that go through together or not at all, under one command id.
pub(super) struct Unit<A: Aggregate> {
    pub(super) id: CommandId,
    pub(super) commands: Vec<A::Command>,
    pub(super) answer: Option<Answer<A>>,
}

impl<A: Aggregate> Unit<A> {
    pub(super) fn new(id: CommandId, commands: Vec<A::Command>) -> Self {
        Self {
            id,
            commands,
            answer: None,
        }
    }
}

/// The commands of one caller: units in order, judged one by one.
pub(super) struct Job<A: Aggregate> {
    pub(super) units: Vec<Unit<A>>,
    pub(super) options: CommandOptions,
    /// Whether the command ids may have been used before: the caller chose them, or an attempt
    /// ended without an answer.
    pub(super) may_be_repeated: bool,
    pub(super) reply: oneshot::Sender<Vec<Answer<A>>>,
    pub(super) span: Span,
}

impl<A: Aggregate> Job<A> {
    pub(super) fn is_answered(&self) -> bool {
        self.units.iter().all(|unit| unit.answer.is_some())
    }

    /// Whether the caller has gone, so that nothing more need be done for it.
    pub(super) fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    /// Hands the answers over. A caller that has gone meanwhile misses them; a command id lets it
    /// ask again.
    pub(super) fn send(self) {
        let answers = self
            .units
            .into_iter()
            .filter_map(|unit| unit.answer)
            .collect();
        drop(self.reply.send(answers));
    }

    /// Answers every open unit with an error.
    pub(super) fn fail(&mut self, error: &dyn Fn() -> ExecuteError<A::Error>) {
        for unit in &mut self.units {
            unit.answer.get_or_insert_with(|| Err(error()));
        }
    }
}
