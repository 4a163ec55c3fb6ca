//! Laws that hold for every view, and for projections to other systems.

mod history;
mod law;
mod source;
mod subject;

use std::cell::RefCell;
use std::fmt::{self, Debug};
use std::marker::PhantomData;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::{Strategy, any};
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};

pub use law::{ReadModelLaw, ReadModelSummary, ReadModelViolation};
pub use source::Made;
pub use subject::{OfProjection, OfView};

use self::history::{Broken, Histories};
use self::source::{Recipes, Sources};
use self::subject::{Lawful, Subject};
use crate::command::CommandOfOneAggregate;
use crate::outcome::Outcome;
use crate::projection::{Outside, Projection};
use crate::read_model::{ObservedBy, ReadModel};
use crate::testing::Draw;
use crate::testing::diff::fail;
use crate::view::View;

/// The most steps of a history.
const MAX_STEPS: usize = 30;

/// Checks every [`ReadModelLaw`] on view `V`, with histories of the aggregates it observes.
///
/// The histories are made by [made-up commands](crate::testing::laws()), several aggregates in turn. Where
/// these cannot be guessed, or there are none, give [commands](ReadModelLaws::command) or
/// [events](ReadModelLaws::events). Each history is folded at once, one event after the other, in small
/// pages, by one worker after the other, and by workers that lose their work and do it again: the
/// documents must be the same, and so must be what is parked.
///
/// ```
/// # use eventide::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
/// # struct TillId(u32);
/// # #[derive(Debug, Clone, Serialize, Deserialize, Event)]
/// # struct Sold {
/// #     article: String,
/// #     quantity: u32,
/// # }
/// # #[derive(Debug, Clone, Serialize, Deserialize, Command)]
/// # #[command(upserts)]
/// # struct Sell {
/// #     #[command(id)]
/// #     till: TillId,
/// #     article: String,
/// #     quantity: u32,
/// # }
/// # #[derive(Debug, Default, Clone, Aggregate)]
/// # #[aggregate(id = TillId, error = String, events(Sold), commands(Sell))]
/// # struct Till;
/// # #[handlers]
/// # impl Till {
/// #     fn sell(&self, sell: Sell) -> Sold {
/// #         Sold { article: sell.article, quantity: sell.quantity }
/// #     }
/// #     fn sold(&mut self, _: &Sold) {}
/// # }
/// #[derive(Debug, Default, Clone, Serialize, Deserialize, View)]
/// #[view(key = String, observes(Till))]
/// struct Stock {
///     sold: u64,
/// }
///
/// #[folds]
/// impl Stock {
///     fn article(event: &Sold) -> String {
///         event.article.clone()
///     }
///     fn sold(&mut self, event: &Sold) {
///         self.sold += u64::from(event.quantity);
///     }
/// }
///
/// eventide::testing::view_laws::<Stock>().cases(16).check();
/// ```
pub fn view_laws<V: View>() -> ReadModelLaws<OfView<V>> {
    ReadModelLaws::of(OfView(PhantomData))
}

/// Checks every [`ReadModelLaw`] on a projection to another system.
///
/// `make` makes the projection, with nothing written yet; `wrote` tells what the other system has, to
/// be compared. Each history is handled in all the ways of [`view_laws`]. What is delivered again must
/// be known by its [key](crate::projection::Delivery::idempotency_key), or overwrite itself.
///
/// ```
/// # use std::collections::BTreeMap;
/// # use std::sync::Mutex;
/// # use eventide::prelude::*;
/// # use eventide::projection::{Delivery, Outside};
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
/// # struct TillId(u32);
/// # #[derive(Debug, Clone, Serialize, Deserialize, Event)]
/// # struct Sold {
/// #     article: String,
/// # }
/// # #[derive(Debug, Clone, Serialize, Deserialize, Command)]
/// # #[command(upserts)]
/// # struct Sell {
/// #     #[command(id)]
/// #     till: TillId,
/// #     article: String,
/// # }
/// # #[derive(Debug, Default, Clone, Aggregate)]
/// # #[aggregate(id = TillId, error = String, events(Sold), commands(Sell))]
/// # struct Till;
/// # #[handlers]
/// # impl Till {
/// #     fn sell(&self, sell: Sell) -> Sold {
/// #         Sold { article: sell.article }
/// #     }
/// #     fn sold(&mut self, _: &Sold) {}
/// # }
/// #[derive(Default, Projection)]
/// #[projection(target = Outside, observes(Till))]
/// struct Index {
///     entries: Mutex<BTreeMap<String, String>>,
/// }
///
/// #[projects]
/// impl Index {
///     async fn sold(&self, event: &Sold, recorded: &RecordedEvent, delivery: &Delivery) {
///         let key = delivery.idempotency_key(recorded);
///         self.entries.lock().unwrap().insert(key, event.article.clone());
///     }
/// }
///
/// let entries = |index: &Index| index.entries.lock().unwrap().clone();
/// eventide::testing::projection_laws(Index::default, entries).cases(16).check();
/// ```
pub fn projection_laws<P, T>(
    make: impl Fn() -> P + 'static,
    wrote: impl Fn(&P) -> T + 'static,
) -> ReadModelLaws<OfProjection<P, T>>
where
    P: Projection<Target = Outside>,
    T: PartialEq + Debug,
{
    ReadModelLaws::of(OfProjection {
        make: Box::new(make),
        wrote: Box::new(wrote),
    })
}

/// A check of the laws, to be run by [`check`](Self::check) or [`run`](Self::run).
#[must_use = "nothing is checked until `.check()` or `.run()`"]
pub struct ReadModelLaws<K, S = ()> {
    of: K,
    cases: Option<u32>,
    seed: Option<u64>,
    recipes: Recipes,
    services: Arc<S>,
}

impl<K: Subject> ReadModelLaws<K> {
    fn of(of: K) -> Self {
        Self {
            of,
            cases: None,
            seed: None,
            recipes: Recipes::default(),
            services: Arc::new(()),
        }
    }

    /// With what the aggregates' handlers and upcasters ask for. They should answer alike each time.
    pub fn services<S>(self, services: S) -> ReadModelLaws<K, S> {
        ReadModelLaws {
            of: self.of,
            cases: self.cases,
            seed: self.seed,
            recipes: self.recipes,
            services: Arc::new(services),
        }
    }
}

impl<K: Subject, S> ReadModelLaws<K, S> {
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

    /// Mixes in commands made by `make`, for those whose content cannot be guessed. Made-up commands and
    /// each source of others of their aggregate come equally often.
    pub fn command<C: CommandOfOneAggregate>(
        mut self,
        make: impl Fn(&mut Draw<'_>) -> C + 'static,
    ) -> Self
    where
        C::Aggregate: ObservedBy<K::ReadModel>,
    {
        let recipe = Box::new(move |draw: &mut Draw<'_>| make(draw).into());
        self.recipes.command::<C::Aggregate>(recipe);
        self
    }

    /// Mixes in events made by `make`, whatever the aggregate's commands would say: those that one
    /// aggregate appends together.
    pub fn events<A: ObservedBy<K::ReadModel>, O: Outcome<A>>(
        mut self,
        make: impl Fn(&mut Draw<'_>) -> Made<A, O> + 'static,
    ) -> Self {
        self.recipes.events(move |draw| make(draw).into_parts());
        self
    }

    /// Checks the laws in a test.
    ///
    /// # Panics
    /// A law is broken. The message has the law, the shortest history found that breaks it, and the
    /// seed that repeats the run.
    #[track_caller]
    pub fn check(self) -> ReadModelSummary
    where
        K: Lawful<S>,
        S: 'static,
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
    pub fn run(self) -> Result<ReadModelSummary, ReadModelViolation>
    where
        K: Lawful<S>,
        S: 'static,
    {
        let read_model = <K::ReadModel as ReadModel>::INFO.name;
        let seed = self.seed.unwrap_or_else(|| fastrand::u64(..));
        let mut sources = Sources {
            recipes: self.recipes,
            all: Vec::new(),
        };
        K::visit(&mut sources);
        let names = sources.all.iter().flat_map(|source| source.events());
        let summary = ReadModelSummary {
            read_model,
            seed,
            cases: 0,
            events: names.map(|info| (info.name, 0)).collect(),
            made: 0,
            parked: 0,
        };
        sources.all.retain(|source| source.makes_some());
        let subject = Histories {
            of: &self.of,
            services: &self.services,
        };
        let state = RefCell::new((sources, summary));
        let broken: RefCell<Option<Broken>> = RefCell::default();
        let mut config = Config {
            failure_persistence: None,
            rng_seed: RngSeed::Fixed(seed),
            ..Config::default()
        };
        config.cases = self.cases.unwrap_or(config.cases);
        let seeds = vec(any::<u64>().no_shrink(), 1..=MAX_STEPS);
        let run = TestRunner::new(config).run(&seeds, |seeds| {
            let (sources, summary) = &mut *state.borrow_mut();
            subject.check(sources, &seeds, summary).map_err(|now| {
                let law = now.law;
                *broken.borrow_mut() = Some(now);
                TestCaseError::fail(law.to_string())
            })
        });
        let (_, summary) = state.into_inner();
        // While it shrinks, the last history that fails is the shortest.
        if let (Err(_), Some(broken)) = (run, broken.into_inner()) {
            return Err(ReadModelViolation {
                read_model,
                law: broken.law,
                detail: broken.detail,
                history: broken.history,
                seed,
            });
        }
        if summary.made == 0 {
            return Err(ReadModelViolation {
                read_model,
                law: ReadModelLaw::SomethingIsMade,
                detail: summary.to_string(),
                history: String::new(),
                seed,
            });
        }
        Ok(summary)
    }
}

impl<K: Subject, S> Debug for ReadModelLaws<K, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadModelLaws")
            .field("read_model", &<K::ReadModel as ReadModel>::INFO.name)
            .field("cases", &self.cases)
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}
