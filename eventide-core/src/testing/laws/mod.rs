//! Laws that hold for every aggregate, checked on made-up histories.

pub(super) mod commands;
pub(super) mod draw;
mod history;
mod law;
mod record;
mod summary;
pub(super) mod text;

use std::cell::RefCell;
use std::fmt;

use proptest::collection::vec;
use proptest::prelude::{Strategy, any};
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};

pub use draw::Draw;
pub use law::{Law, Violation};
pub use summary::{CommandCount, Summary};

use self::commands::{Commands, Recipe};
use self::history::{Broken, Subject};
use super::diff::fail;
use super::services::{HasServices, NoServices, WithServices};
use crate::aggregate::Aggregate;

/// The most commands of a history.
const MAX_COMMANDS: usize = 40;

/// Checks every [`Law`] on aggregate `A`, with commands made up from their `Deserialize`.
///
/// States, events and errors are compared by their `Debug` text (the order within maps and sets
/// aside), so a field that `Debug` leaves out is not looked at.
///
/// ```
/// # use eventide::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
/// # struct DoorId(String);
/// # #[derive(Debug, Clone, Serialize, Deserialize, Event)]
/// # struct Opened;
/// # #[derive(Debug, Clone, Serialize, Deserialize, Event)]
/// # struct Closed;
/// # #[derive(Debug, Clone, Serialize, Deserialize, Command)]
/// # #[command(upserts)]
/// # struct Open(#[command(id)] DoorId);
/// # #[derive(Debug, Clone, Serialize, Deserialize, Command)]
/// # struct Close(#[command(id)] DoorId);
/// # #[derive(Debug, Default, Clone, Aggregate)]
/// # #[aggregate(id = DoorId, error = &'static str, events(Opened, Closed), commands(Open, Close))]
/// # struct Door {
/// #     open: bool,
/// # }
/// # #[handlers]
/// # impl Door {
/// #     fn open(&self, _: Open) -> Result<Opened, &'static str> {
/// #         if self.open { Err("open already") } else { Ok(Opened) }
/// #     }
/// #     fn close(&self, _: Close) -> Option<Closed> {
/// #         self.open.then_some(Closed)
/// #     }
/// #     fn opened(&mut self, _: &Opened) {
/// #         self.open = true;
/// #     }
/// #     fn closed(&mut self, _: &Closed) {
/// #         self.open = false;
/// #     }
/// # }
/// eventide::testing::laws::<Door>().cases(32).check();
/// ```
pub fn laws<A: Aggregate + fmt::Debug>() -> Laws<A> {
    Laws {
        cases: None,
        seed: None,
        every_command: false,
        recipes: Vec::new(),
        services: NoServices,
    }
}

/// A check of the laws, to be run by [`check`](Self::check) or [`run`](Self::run).
#[must_use = "nothing is checked until `.check()` or `.run()`"]
pub struct Laws<A: Aggregate, S = NoServices> {
    cases: Option<u32>,
    seed: Option<u64>,
    every_command: bool,
    recipes: Vec<Recipe<A>>,
    services: S,
}

impl<A: Aggregate> Laws<A> {
    /// With what the handlers may ask for. They should answer alike each time.
    pub fn services(self, services: A::Services) -> Laws<A, WithServices<A::Services>> {
        Laws {
            cases: self.cases,
            seed: self.seed,
            every_command: self.every_command,
            recipes: self.recipes,
            services: WithServices(services),
        }
    }
}

impl<A: Aggregate + fmt::Debug, S> Laws<A, S> {
    /// How many histories are made up: 256 unless the environment's `PROPTEST_CASES` says
    /// otherwise.
    pub fn cases(mut self, cases: u32) -> Self {
        self.cases = Some(cases);
        self
    }

    /// Repeats the run with this seed; otherwise each run has another.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Mixes in commands made by `make`, for those whose content cannot be guessed. Made-up
    /// commands and each source of others come equally often.
    pub fn command<C: Into<A::Command>>(
        mut self,
        make: impl Fn(&mut Draw<'_>) -> C + 'static,
    ) -> Self {
        self.recipes.push(Box::new(move |draw| make(draw).into()));
        self
    }

    /// Mixes in these commands.
    pub fn samples<C: Into<A::Command>>(self, commands: impl IntoIterator<Item = C>) -> Self {
        let samples: Vec<A::Command> = commands.into_iter().map(Into::into).collect();
        if samples.is_empty() {
            return self;
        }
        self.command(move |draw| draw.one_of(&samples).clone())
    }

    /// Makes it a violation that a command was accepted in no history.
    pub fn require_every_command_accepted(mut self) -> Self {
        self.every_command = true;
        self
    }

    /// Checks the laws in a test.
    ///
    /// # Panics
    /// A law is broken. The message has the law, the shortest history found that breaks it, and
    /// the seed that repeats the run.
    #[track_caller]
    pub fn check(self) -> Summary
    where
        S: HasServices<A::Services>,
    {
        match self.run() {
            Ok(summary) => summary,
            Err(violation) => fail(&violation.to_string()),
        }
    }

    /// Checks the laws.
    ///
    /// # Errors
    /// A law is broken.
    pub fn run(self) -> Result<Summary, Violation>
    where
        S: HasServices<A::Services>,
    {
        let seed = self.seed.unwrap_or_else(|| fastrand::u64(..));
        let summary = RefCell::new(Summary::new::<A>(seed));
        let commands = RefCell::new(Commands::<A>::learn(self.recipes));
        let broken: RefCell<Option<Broken>> = RefCell::default();
        let subject = Subject {
            services: self.services.services(),
            snapshot: A::SNAPSHOT.map(|spec| {
                let fingerprint = spec.fingerprint();
                (spec, fingerprint)
            }),
        };
        let mut config = Config {
            failure_persistence: None,
            rng_seed: RngSeed::Fixed(seed),
            ..Config::default()
        };
        config.cases = self.cases.unwrap_or(config.cases);
        let seeds = vec(any::<u64>().no_shrink(), 1..=MAX_COMMANDS);
        let run = TestRunner::new(config).run(&seeds, |seeds| {
            let (mut commands, mut summary) = (commands.borrow_mut(), summary.borrow_mut());
            subject
                .check(&mut commands, &seeds, &mut summary)
                .map_err(|now| {
                    let law = now.law;
                    *broken.borrow_mut() = Some(now);
                    TestCaseError::fail(law.to_string())
                })
        });
        let summary = summary.into_inner();
        let violation = |law, detail, history| Violation {
            aggregate: A::INFO.name,
            law,
            detail,
            history,
            seed,
        };
        // While it shrinks, the last history that fails is the shortest.
        if let (Err(_), Some(broken)) = (run, broken.into_inner()) {
            return Err(violation(broken.law, broken.detail, broken.history));
        }
        let never: Vec<_> = summary.never_accepted().collect();
        let nothing_made = summary.commands.values().all(|count| count.made() == 0);
        if !never.is_empty() && (self.every_command || nothing_made) {
            let detail = format!("never accepted: {}\n\n{summary}", never.join(", "));
            return Err(violation(
                Law::EveryCommandIsAccepted,
                detail,
                String::new(),
            ));
        }
        Ok(summary)
    }
}

impl<A: Aggregate, S> fmt::Debug for Laws<A, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Laws")
            .field("aggregate", &A::INFO.name)
            .field("cases", &self.cases)
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}
