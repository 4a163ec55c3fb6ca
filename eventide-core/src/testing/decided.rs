//! Then: what must have come of a command.

use std::fmt;
use std::thread;

use super::decide::Answer;
use super::diff::{described, difference, fail};
use super::given::Given;
use super::services::HasServices;
use crate::aggregate::Aggregate;
use crate::command::InvalidCommand;
use crate::outcome::Outcome;

/// What came of a command, still to be checked: dropping it unchecked panics.
#[must_use = "say what should have come of the command: `.then(..)`, `.then_nothing()`, `.rejects(..)`, `.invalid(..)`, `.not_found()` or `.already_exists()`"]
pub struct Decided<A: Aggregate, S> {
    unchecked: Option<Unchecked<A, S>>,
}

struct Unchecked<A: Aggregate, S> {
    given: Given<A, S>,
    command: &'static str,
    answer: Answer<A>,
}

impl<A: Aggregate, S> Decided<A, S> {
    pub(super) fn new(given: Given<A, S>, command: &'static str, answer: Answer<A>) -> Self {
        Self {
            unchecked: Some(Unchecked {
                given,
                command,
                answer,
            }),
        }
    }

    /// The command caused exactly these events, compared by name and content (their JSON).
    ///
    /// # Panics
    /// It did not; the message shows the difference.
    #[track_caller]
    pub fn then(self, events: impl Outcome<A>) -> Then<A, S> {
        let mut expected = Vec::new();
        if let Err(error) = events.record(&mut expected) {
            fail(&format!("the expected events are an error: {error:?}"));
        }
        let (then, actual, command) = self.accepted("cause events");
        if let Some(difference) = difference(&expected, &actual) {
            fail(&format!(
                "command `{command}` did not cause the expected events\n\n{difference}"
            ));
        }
        then
    }

    /// The command was accepted and caused no event.
    ///
    /// # Panics
    /// It caused some, or was refused.
    #[track_caller]
    pub fn then_nothing(self) -> Then<A, S> {
        self.then(())
    }

    /// The command was accepted, and `check` holds for the state after its events. Assert in it.
    ///
    /// # Panics
    /// The command was refused, or `check` panics.
    #[track_caller]
    pub fn then_state(self, check: impl FnOnce(&A)) -> Then<A, S> {
        self.accepted("be accepted").0.then_state(check)
    }

    /// The handler refused the command with `error`.
    ///
    /// # Panics
    /// It did not, or with another error.
    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "as a test is written")]
    pub fn rejects(self, error: A::Error) -> Then<A, S>
    where
        A::Error: PartialEq,
    {
        let (then, actual, command) = self.rejected(&format!("be rejected with {error:?}"));
        if actual != error {
            fail(&format!(
                "command `{command}` was rejected with another error\n\nexpected: {error:?}\n  actual: {actual:?}"
            ));
        }
        then
    }

    /// The handler refused the command with an error for which `is_expected` holds.
    ///
    /// # Panics
    /// It did not, or with another error.
    #[track_caller]
    pub fn rejects_with(self, is_expected: impl FnOnce(&A::Error) -> bool) -> Then<A, S> {
        let (then, actual, command) = self.rejected("be rejected");
        if !is_expected(&actual) {
            fail(&format!(
                "command `{command}` was rejected with another error\n\n  actual: {actual:?}"
            ));
        }
        then
    }

    /// The command was not acceptable because of the field at `path`, such as `lines[2].quantity`.
    ///
    /// # Panics
    /// It was acceptable, or is not because of other fields only.
    #[track_caller]
    pub fn invalid(self, path: &str) -> Then<A, S> {
        let expectation = format!("be invalid because of `{path}`");
        let names = |invalid: &InvalidCommand| invalid.fields.iter().any(|f| f.path == path);
        self.check(&expectation, |answer| match answer {
            Answer::Invalid(invalid) if names(&invalid) => Ok(()),
            other => Err(other),
        })
        .0
    }

    /// The command was refused because its aggregate does not exist.
    ///
    /// # Panics
    /// It was not.
    #[track_caller]
    pub fn not_found(self) -> Then<A, S> {
        self.check("find no aggregate", |answer| match answer {
            Answer::NotFound => Ok(()),
            other => Err(other),
        })
        .0
    }

    /// The command was refused because its aggregate exists already.
    ///
    /// # Panics
    /// It was not.
    #[track_caller]
    pub fn already_exists(self) -> Then<A, S> {
        self.check("find the aggregate there already", |answer| match answer {
            Answer::AlreadyExists => Ok(()),
            other => Err(other),
        })
        .0
    }

    #[track_caller]
    fn accepted(self, expectation: &str) -> (Then<A, S>, Vec<A::Event>, &'static str) {
        let (mut then, events, command) = self.check(expectation, |answer| match answer {
            Answer::Events(events) => Ok(events),
            other => Err(other),
        });
        then.given.fold(&events);
        (then, events, command)
    }

    #[track_caller]
    fn rejected(self, expectation: &str) -> (Then<A, S>, A::Error, &'static str) {
        self.check(expectation, |answer| match answer {
            Answer::Rejected(error) => Ok(error),
            other => Err(other),
        })
    }

    #[track_caller]
    fn check<T>(
        mut self,
        expectation: &str,
        select: impl FnOnce(Answer<A>) -> Result<T, Answer<A>>,
    ) -> (Then<A, S>, T, &'static str) {
        let Some(Unchecked {
            given,
            command,
            answer,
        }) = self.unchecked.take()
        else {
            fail("a decision is checked once");
        };
        match select(answer) {
            Ok(selected) => (Then { given }, selected, command),
            Err(answer) => fail(&format!(
                "command `{command}` was expected to {expectation}, but {}",
                told(&answer)
            )),
        }
    }
}

fn told<A: Aggregate>(answer: &Answer<A>) -> String {
    match answer {
        Answer::Events(events) if events.is_empty() => "it was accepted without events".to_owned(),
        Answer::Events(events) => format!("it caused\n\n{}", described::<A>(events)),
        Answer::Rejected(error) => format!("it was rejected with {error:?}"),
        Answer::Invalid(invalid) => invalid.to_string(),
        Answer::NotFound => "its aggregate does not exist (no event was given)".to_owned(),
        Answer::AlreadyExists => "its aggregate exists already (events were given)".to_owned(),
    }
}

impl<A: Aggregate, S> Drop for Decided<A, S> {
    fn drop(&mut self) {
        if let Some(unchecked) = &self.unchecked
            && !thread::panicking()
        {
            fail(&format!(
                "what came of command `{}` was not checked: end the test with `.then(..)`, `.then_nothing()`, `.rejects(..)` or another expectation",
                unchecked.command
            ));
        }
    }
}

impl<A: Aggregate, S> fmt::Debug for Decided<A, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = self
            .unchecked
            .as_ref()
            .map(|unchecked| told(&unchecked.answer));
        f.debug_tuple("Decided").field(&told).finish()
    }
}

/// The aggregate after a checked decision: look at its state, or go on with the story.
#[derive(Debug)]
pub struct Then<A: Aggregate, S> {
    given: Given<A, S>,
}

impl<A: Aggregate, S> Then<A, S> {
    /// `check` holds for the state as it is now. Assert in it.
    ///
    /// # Panics
    /// `check` panics.
    #[allow(clippy::return_self_not_must_use, reason = "the check is done")]
    pub fn then_state(self, check: impl FnOnce(&A)) -> Self {
        check(&self.given.state);
        self
    }

    /// The next command of the story.
    ///
    /// # Panics
    /// As for [`Given::when`].
    #[track_caller]
    pub fn and_when(self, command: impl Into<A::Command>) -> Decided<A, S>
    where
        S: HasServices<A::Services>,
    {
        self.given.when(command)
    }
}
