//! What a command may cause, declared by the return type of its handler.

use crate::aggregate::Aggregate;
use crate::event::EventInfo;

/// What a handler of aggregate `A` may return: one of its events, none (`()`), or a `Result`,
/// `Option`, tuple, array, `Vec` of such, or an enum that derives `Outcome`.
///
/// The set of events a command can cause is so known from types.
#[diagnostic::on_unimplemented(
    message = "EV03: `{Self}` is not an event of aggregate `{A}`",
    label = "emitted here, not listed by `{A}`",
    note = "add `{Self}` to `#[aggregate(events(..))]` on `{A}`, or return one of its events"
)]
pub trait Outcome<A: Aggregate> {
    /// Adds the events, in order.
    ///
    /// # Errors
    /// The handler refused the command with the aggregate's error.
    fn record(self, events: &mut Vec<A::Event>) -> Result<(), A::Error>;

    /// Adds what is known of every event this type can hold.
    fn describe(events: &mut Vec<EventInfo>);

    /// A retired event that this type can hold, if it can: no handler may return it.
    const RETIRED: Option<&'static str> = None;
}

/// The first there is.
#[doc(hidden)]
pub const fn first_retired(mut names: &[Option<&'static str>]) -> Option<&'static str> {
    while let [name, rest @ ..] = names {
        if name.is_some() {
            return *name;
        }
        names = rest;
    }
    None
}

/// The event struct `Self` is listed by aggregate `A`. Written by `#[derive(Aggregate)]`.
#[diagnostic::on_unimplemented(
    message = "EV03: `{Self}` is not an event of aggregate `{A}`",
    label = "not listed by `{A}`",
    note = "add `{Self}` to `#[aggregate(events(..))]` on `{A}`"
)]
pub trait EventOf<A: Aggregate> {}

impl<A: Aggregate> Outcome<A> for () {
    fn record(self, _: &mut Vec<A::Event>) -> Result<(), A::Error> {
        Ok(())
    }

    fn describe(_: &mut Vec<EventInfo>) {}
}

impl<A: Aggregate, O: Outcome<A>, E: Into<A::Error>> Outcome<A> for Result<O, E> {
    fn record(self, events: &mut Vec<A::Event>) -> Result<(), A::Error> {
        self.map_err(Into::into)?.record(events)
    }

    fn describe(events: &mut Vec<EventInfo>) {
        O::describe(events);
    }

    const RETIRED: Option<&'static str> = O::RETIRED;
}

impl<A: Aggregate, O: Outcome<A>> Outcome<A> for Option<O> {
    fn record(self, events: &mut Vec<A::Event>) -> Result<(), A::Error> {
        self.map_or(Ok(()), |outcome| outcome.record(events))
    }

    fn describe(events: &mut Vec<EventInfo>) {
        O::describe(events);
    }

    const RETIRED: Option<&'static str> = O::RETIRED;
}

impl<A: Aggregate, O: Outcome<A>> Outcome<A> for Vec<O> {
    fn record(self, events: &mut Vec<A::Event>) -> Result<(), A::Error> {
        self.into_iter()
            .try_for_each(|outcome| outcome.record(events))
    }

    fn describe(events: &mut Vec<EventInfo>) {
        O::describe(events);
    }

    const RETIRED: Option<&'static str> = O::RETIRED;
}

impl<A: Aggregate, O: Outcome<A>, const N: usize> Outcome<A> for [O; N] {
    fn record(self, events: &mut Vec<A::Event>) -> Result<(), A::Error> {
        self.into_iter()
            .try_for_each(|outcome| outcome.record(events))
    }

    fn describe(events: &mut Vec<EventInfo>) {
        O::describe(events);
    }

    const RETIRED: Option<&'static str> = O::RETIRED;
}

macro_rules! outcome_of_tuple {
    ($($part:ident)+) => {
        impl<Agg: Aggregate, $($part: Outcome<Agg>),+> Outcome<Agg> for ($($part,)+) {
            fn record(self, events: &mut Vec<Agg::Event>) -> Result<(), Agg::Error> {
                #[expect(non_snake_case, reason = "one binding per type parameter")]
                let ($($part,)+) = self;
                $($part.record(events)?;)+
                Ok(())
            }

            fn describe(events: &mut Vec<EventInfo>) {
                $($part::describe(events);)+
            }

            const RETIRED: Option<&'static str> = first_retired(&[$($part::RETIRED),+]);
        }
    };
}

outcome_of_tuple!(A);
outcome_of_tuple!(A B);
outcome_of_tuple!(A B C);
outcome_of_tuple!(A B C D);
outcome_of_tuple!(A B C D E);
outcome_of_tuple!(A B C D E F);
outcome_of_tuple!(A B C D E F G);
outcome_of_tuple!(A B C D E F G H);
