//! What a projection is, and the events on their way to its handlers.

use std::any::Any;
use std::marker::PhantomData;

use super::failure::{Failure, OnFailure};
use super::target::Target;
use crate::aggregate::{Aggregate, BoxError};
use crate::domain::Domain;
use crate::envelope::RecordedEvent;
use crate::read_model::{
    KeyRule, Kind, Observe, ObservedBy, ReadModel, ReadModelInfo, ServedObserver, Taker,
};

/// A read model whose handlers write.
///
/// Derive it, and write what it does with each event in a `#[projects] impl` block.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a projection",
    label = "not a projection",
    note = "put `#[derive(Projection)]` on `{Self}` and `#[projection(target = .., observes(..))]`"
)]
pub trait Projection: ReadModel<Kind = Projected<Self::Target>> {
    /// What its handlers write to.
    type Target: Target;

    /// What becomes of an event whose handler has failed as often as the
    /// [options](crate::read_model::ReadModelOptions::attempts) say.
    fn on_failure(&self, failure: &Failure<'_>) -> OnFailure {
        let _ = failure;
        OnFailure::Park
    }
}

/// A projection all of whose aggregates are in the domain; the derive of `Projection` writes it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a projection",
    label = "not a projection",
    note = "put `#[derive(Projection)]` on `{Self}` and `#[projection(target = .., observes(..))]`"
)]
pub trait ProjectionOf<D: Domain>: Projection {
    /// For generated code: [`INFO`](ReadModel::INFO), asked of a projection of this domain. What a
    /// derive calls by this trait's name fails with this trait's message and no other.
    #[doc(hidden)]
    const LISTED: ReadModelInfo = Self::INFO;

    /// Shows each aggregate it observes, with the services its upcasters ask.
    #[doc(hidden)]
    fn visit_served<O: ServedObserver<Self, D::Services>>(observer: &mut O);
}

/// An event as a handler that takes several is given it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Occurred<'a, E> {
    /// The event.
    pub event: &'a E,
    /// How it was recorded.
    pub recorded: &'a RecordedEvent,
}

/// What a handler may give: nothing, or a `Result`.
#[diagnostic::on_unimplemented(
    message = "a handler of a projection cannot give `{Self}`",
    label = "not what handling gives",
    note = "give nothing, or a `Result<(), E>` whose error is an error"
)]
pub trait IntoHandled {
    /// Whether it was handled.
    ///
    /// # Errors
    /// What the handler gave.
    fn into_handled(self) -> Result<(), BoxError>;
}

impl IntoHandled for () {
    fn into_handled(self) -> Result<(), BoxError> {
        Ok(())
    }
}

impl<E: Into<BoxError>> IntoHandled for Result<(), E> {
    fn into_handled(self) -> Result<(), BoxError> {
        self.map_err(Into::into)
    }
}

/// The kind of read model that projections are.
#[derive(Debug)]
pub struct Projected<T>(PhantomData<fn() -> T>);

impl<T: Target> Kind for Projected<T> {
    const GENERATIONS: bool = false;

    type Given<'a, R: ReadModel<Kind = Self>, E: 'a> = Projecting<'a, R, T, E>;
    type Outcome<'a> = T::Handling<'a>;
    type Part<R: ReadModel<Kind = Self>> = Box<dyn ProjectedEvent<R, T>>;

    fn part<R: ReadModel<Kind = Self>, A: ObservedBy<R>>(event: A::Event) -> Self::Part<R> {
        Box::new(EventOf::<A>(event))
    }
}

/// Events of one type on their way to a handler.
#[doc(hidden)]
#[allow(
    missing_debug_implementations,
    reason = "of what is written with, nothing is known"
)]
pub struct Projecting<'a, P, T: Target, E> {
    pub projection: &'a P,
    pub events: Vec<Occurred<'a, E>>,
    pub tx: &'a T::Tx<'a>,
}

/// An event of a type that is not known here, and its record.
#[doc(hidden)]
pub type Recorded<'a> = (&'a (dyn Any + Send + Sync), &'a RecordedEvent);

/// A decoded event that the projection `P` handles.
#[doc(hidden)]
pub trait ProjectedEvent<P: ReadModel, T: Target>: Send + Sync {
    /// Whether anything is done with it.
    fn is_handled(&self) -> bool;

    /// The event itself.
    fn event(&self) -> &(dyn Any + Send + Sync);

    /// Gives it and those behind it, all of one type, to the handler.
    fn handle<'a>(
        &'a self,
        projection: &'a P,
        run: Vec<Recorded<'a>>,
        tx: &'a T::Tx<'a>,
    ) -> T::Handling<'a>;
}

/// An event of the aggregate `A`.
struct EventOf<A: Aggregate>(A::Event);

impl<T: Target, P: ReadModel<Kind = Projected<T>>, A: ObservedBy<P>> ProjectedEvent<P, T>
    for EventOf<A>
{
    fn is_handled(&self) -> bool {
        A::hand(&self.0, IsHandled)
    }

    fn event(&self) -> &(dyn Any + Send + Sync) {
        <A as ObservedBy<P>>::hand(&self.0, Itself)
    }

    fn handle<'a>(
        &'a self,
        projection: &'a P,
        run: Vec<Recorded<'a>>,
        tx: &'a T::Tx<'a>,
    ) -> T::Handling<'a> {
        let to = Run {
            projection,
            events: run,
            tx,
        };
        A::hand(&self.0, to)
    }
}

struct IsHandled;

impl<P: ReadModel> Taker<'_, P> for IsHandled {
    type Given = bool;

    fn take<E: Any + Send + Sync>(self, _: &E) -> bool
    where
        P: Observe<E>,
    {
        P::RULE != KeyRule::Ignored
    }
}

struct Itself;

impl<'e, P: ReadModel> Taker<'e, P> for Itself {
    type Given = &'e (dyn Any + Send + Sync);

    fn take<E: Any + Send + Sync>(self, event: &'e E) -> Self::Given
    where
        P: Observe<E>,
    {
        event
    }
}

struct Run<'a, P, T: Target> {
    projection: &'a P,
    events: Vec<Recorded<'a>>,
    tx: &'a T::Tx<'a>,
}

impl<'a, T: Target, P: ReadModel<Kind = Projected<T>>> Taker<'a, P> for Run<'a, P, T> {
    type Given = T::Handling<'a>;

    fn take<E: Any + Send + Sync>(self, _: &'a E) -> Self::Given
    where
        P: Observe<E>,
    {
        let occurred = |(event, recorded): Recorded<'a>| {
            let event = event.downcast_ref::<E>()?;
            Some(Occurred { event, recorded })
        };
        P::observe(Projecting {
            projection: self.projection,
            events: self.events.into_iter().filter_map(occurred).collect(),
            tx: self.tx,
        })
    }
}
