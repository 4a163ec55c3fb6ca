//! Where the events of a history come from: commands that are made up and decided, or given.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::aggregate::{Aggregate, BoxError, ServedBy};
use crate::command::CommandSet;
use crate::event::{EventInfo, EventSet};
use crate::ids::Version;
use crate::outcome::Outcome;
use crate::read_model::{ObservedBy, ReadModel, ServedObserver};
use crate::testing::decide::{Answer, decide_again};
use crate::testing::laws::commands::{Commands, Recipe};
use crate::testing::laws::draw::Draw;
use crate::testing::read_models::log::Log;

/// Makes events of an aggregate.
type Maker<A> = Box<dyn Fn(&mut Draw<'_>) -> (<A as Aggregate>::Id, Vec<<A as Aggregate>::Event>)>;

/// Events of one aggregate, made by hand.
#[derive(Debug, Clone)]
pub struct Made<A: Aggregate, O> {
    id: A::Id,
    events: O,
}

impl<A: Aggregate, O: Outcome<A>> Made<A, O> {
    /// Events of the aggregate with that id: one, a tuple, an array or a `Vec`.
    pub fn of(id: A::Id, events: O) -> Self {
        Self { id, events }
    }

    pub(super) fn into_parts(self) -> (A::Id, O) {
        (self.id, self.events)
    }
}

/// What the user gives for one aggregate.
struct Given<A: Aggregate> {
    commands: Vec<Recipe<A>>,
    events: Vec<Maker<A>>,
}

/// What the user gives, by aggregate.
#[derive(Default)]
pub(super) struct Recipes(HashMap<TypeId, Box<dyn Any>>);

impl Recipes {
    fn of<A: Aggregate>(&mut self) -> Option<&mut Given<A>> {
        let none = || -> Box<dyn Any> {
            Box::new(Given::<A> {
                commands: Vec::new(),
                events: Vec::new(),
            })
        };
        let given = self.0.entry(TypeId::of::<A>()).or_insert_with(none);
        given.downcast_mut()
    }

    pub(super) fn command<A: Aggregate>(&mut self, recipe: Recipe<A>) {
        if let Some(given) = self.of::<A>() {
            given.commands.push(recipe);
        }
    }

    pub(super) fn events<A: Aggregate, O: Outcome<A>>(
        &mut self,
        make: impl Fn(&mut Draw<'_>) -> (A::Id, O) + 'static,
    ) {
        let make = move |draw: &mut Draw<'_>| {
            let (id, outcome) = make(draw);
            let mut events = Vec::new();
            // What is refused has caused nothing.
            let refused = outcome.record(&mut events).is_err();
            if refused {
                events.clear();
            }
            (id, events)
        };
        if let Some(given) = self.of::<A>() {
            given.events.push(Box::new(make));
        }
    }

    fn take<A: Aggregate>(&mut self) -> Option<Given<A>> {
        let given = self.0.remove(&TypeId::of::<A>())?;
        given.downcast().ok().map(|given| *given)
    }
}

/// The aggregates that a read model observes, with how their events are made.
#[doc(hidden)]
#[allow(missing_debug_implementations, reason = "for generated code alone")]
pub struct Sources<S> {
    pub(super) recipes: Recipes,
    pub(super) all: Vec<Box<dyn Source<S>>>,
}

impl<R: ReadModel, S: 'static> ServedObserver<R, S> for Sources<S> {
    fn visit<A: ObservedBy<R> + ServedBy<S>>(&mut self) {
        let given = self.recipes.take::<A>();
        let (commands, events) =
            given.map_or_else(Default::default, |given| (given.commands, given.events));
        self.all.push(Box::new(Of::<A> {
            has_commands: !A::INFO.commands.is_empty(),
            commands: Commands::learn(commands),
            events,
            alive: HashMap::new(),
        }));
    }
}

/// Makes the events of one aggregate.
pub(super) trait Source<S> {
    fn events(&self) -> &'static [EventInfo];

    /// Begins a new history.
    fn restart(&mut self);

    /// Whether it can make any.
    fn makes_some(&self) -> bool;

    /// Appends what a seed stands for, and tells it. The second number chooses the aggregate's id.
    fn step(
        &mut self,
        choice: (u64, u64),
        services: &S,
        log: &mut Log,
        told: &mut Told<'_>,
    ) -> Result<(), BoxError>;
}

/// What became of the steps.
pub(super) struct Told<'a> {
    pub(super) history: &'a mut String,
    pub(super) count: &'a mut dyn FnMut(&'static str),
}

struct Of<A: Aggregate> {
    has_commands: bool,
    commands: Commands<A>,
    events: Vec<Maker<A>>,
    /// The aggregates of the history, by id.
    alive: HashMap<String, (A, Version)>,
}

impl<A: ServedBy<S>, S> Source<S> for Of<A> {
    fn events(&self) -> &'static [EventInfo] {
        A::INFO.events
    }

    fn restart(&mut self) {
        self.alive.clear();
    }

    fn makes_some(&self) -> bool {
        self.has_commands || !self.events.is_empty()
    }

    fn step(
        &mut self,
        (seed, which): (u64, u64),
        services: &S,
        log: &mut Log,
        told: &mut Told<'_>,
    ) -> Result<(), BoxError> {
        let mut random = fastrand::Rng::with_seed(seed);
        let ways = self.events.len() + usize::from(self.has_commands);
        let way = random.usize(0..ways.max(1));
        let (id, events) = match self.events.get(way) {
            Some(make) => make(&mut Draw::of(&mut random)),
            None => match self.decided(seed, which, services) {
                Some(caused) => caused,
                None => return Ok(()),
            },
        };
        let Ok(stream) = A::stream(&id) else {
            return Ok(());
        };
        for event in &events {
            // Writing to a `String` does not fail.
            let _ = writeln!(told.history, "  {stream}: {event:?}");
            (told.count)(event.info().name);
        }
        let (state, version) = self.alive.entry(id.to_string()).or_default();
        for event in &events {
            state.apply(event);
            *version = version.next();
        }
        log.append::<A>(stream, &events)
    }
}

impl<A: Aggregate> Of<A> {
    /// What a command causes, if it can be made up and is accepted.
    fn decided<S>(&mut self, seed: u64, which: u64, all: &S) -> Option<(A::Id, Vec<A::Event>)>
    where
        A: ServedBy<S>,
    {
        let id = self.commands.id(which);
        let known = id.as_ref().and_then(|id| self.alive.get(&id.to_string()));
        let command = self.commands.draw(seed, known.is_some(), id.as_ref())?;
        let id = command.aggregate_id().clone();
        let stream = A::stream(&id).ok()?;
        let (state, version) = self.alive.get(&id.to_string()).cloned().unwrap_or_default();
        let services = A::services(all);
        // That deciding never panics is a law of aggregates.
        let answer = catch_unwind(AssertUnwindSafe(|| {
            decide_again(&state, version, command, &stream, services)
        }));
        match answer {
            Ok(Answer::Events(events)) if !events.is_empty() => Some((id, events)),
            _ => None,
        }
    }
}
