//! What a view and a projection have in common: both observe aggregates, and say of every event of
//! theirs what they do with it.

use std::any::Any;

use super::info::{Observed, ReadModelInfo};
use super::key::KeysOf;
use crate::aggregate::{Aggregate, ServedBy};
use crate::envelope::RecordedEvent;
use crate::view::ViewKey;

/// A view or a projection: something that is made from the events of the aggregates it observes.
///
/// Derive [`View`](crate::view::View) or [`Projection`](crate::projection::Projection).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a view nor a projection",
    label = "observes no events",
    note = "put `#[derive(Debug, Default, Clone, Serialize, Deserialize, View)]` on `{Self}` and `#[view(key = .., observes(..))]`; or `#[derive(Projection)]` and `#[projection(observes(..))]`"
)]
pub trait ReadModel: Send + Sync + Sized + 'static {
    /// What is known of it at compile time.
    const INFO: ReadModelInfo;

    /// Which of the two it is.
    type Kind: Kind;

    /// What tells the documents of a view apart; a projection has [none](super::NoKey).
    type Key: ViewKey;

    /// Shows each aggregate it observes.
    #[doc(hidden)]
    fn visit<O: Observer<Self>>(observer: &mut O);
}

/// A kind of read model: what it is given of an event, and what comes of that.
pub trait Kind: Sized + Send + Sync + 'static {
    /// Which one.
    const GENERATIONS: bool;

    /// An event on its way to the read model `R`.
    #[doc(hidden)]
    type Given<'a, R: ReadModel<Kind = Self>, E: 'a>;

    /// What comes of it.
    #[doc(hidden)]
    type Outcome<'a>;

    /// A decoded event.
    #[doc(hidden)]
    type Part<R: ReadModel<Kind = Self>>: Send + Sync;

    /// Keeps a decoded event until its turn comes.
    #[doc(hidden)]
    fn part<R: ReadModel<Kind = Self>, A: ObservedBy<R>>(event: A::Event) -> Self::Part<R>;
}

/// What a read model does with an event.
#[diagnostic::on_unimplemented(
    message = "EV06: `{Self}` observes an aggregate and says nothing of its event `{E}`",
    label = "an event of this aggregate is neither handled nor ignored",
    note = "a view folds it, by `fn folded(&mut self, event: &{E}) {{ .. }}` in a `#[folds] impl {Self}` block; a projection handles it, by `async fn handled(&self, event: &{E}, ..)` in a `#[projects] impl {Self}` block; both ignore it by name: `ignores({E})`"
)]
pub trait Observe<E>: ReadModel {
    /// What is done with it.
    #[doc(hidden)]
    const OBSERVED: Observed = Observed::new(Self::RULE, Self::FINGERPRINT).writing(Self::WRITES);

    /// How what it changes is found.
    #[doc(hidden)]
    const RULE: KeyRule = KeyRule::Given;

    /// A number that differs where the code differs.
    #[doc(hidden)]
    const FINGERPRINT: u64 = 0;

    /// Which fields of a document it writes.
    #[doc(hidden)]
    const WRITES: Writes = Writes::and_others(&[]);

    /// Whose documents the event changes.
    fn key(event: &E, recorded: &RecordedEvent) -> KeysOf<Self::Key> {
        let _ = (event, recorded);
        KeysOf::Given
    }

    /// Takes it.
    #[doc(hidden)]
    #[expect(
        clippy::elidable_lifetime_names,
        reason = "what is generated has a named one in its place"
    )]
    fn observe<'a>(
        given: <Self::Kind as Kind>::Given<'a, Self, E>,
    ) -> <Self::Kind as Kind>::Outcome<'a>;
}

/// Which fields of a document are written by what is done with an event, as far as its tokens tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Writes {
    /// These, sorted: it uses them in a way that is not plainly reading.
    pub fields: &'static [&'static str],
    /// It hands the whole document on, and so may write any other, too.
    pub may_be_others: bool,
}

impl Writes {
    /// For the derive: these fields.
    pub const fn only(fields: &'static [&'static str]) -> Self {
        Self {
            fields,
            may_be_others: false,
        }
    }

    /// For the derive: these fields, and perhaps others.
    pub const fn and_others(fields: &'static [&'static str]) -> Self {
        Self {
            fields,
            may_be_others: true,
        }
    }
}

/// How what an event changes is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyRule {
    /// The read model ignores the event.
    Ignored,
    /// See [`KeysOf::Given`].
    Given,
    /// The event names the key.
    Named,
    /// The event names the key, and those after it in its stream have the same.
    Remembered,
}

/// An aggregate whose every event the read model handles or ignores; the derive of `Aggregate`
/// writes it.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{R}` cannot observe `{Self}`",
    label = "not an aggregate",
    note = "observe types that derive `Aggregate`"
)]
pub trait ObservedBy<R: ReadModel>: Aggregate {
    /// What the read model does with each of its events, in the order they are listed.
    const OBSERVED: &'static [Observed];

    /// For generated code: shows the aggregate to `observer`. Written here rather than at each call
    /// so that an event of which nothing is said (EV06) is reported where the aggregate is listed,
    /// and nowhere else.
    fn show<O: Observer<R>>(observer: &mut O) {
        observer.visit::<Self>();
    }

    /// For generated code: the same, in a domain of services `S`.
    fn show_served<S, O: ServedObserver<R, S>>(observer: &mut O)
    where
        Self: ServedBy<S>,
    {
        observer.visit::<Self>();
    }

    /// Hands over the one event there is.
    fn hand<'e, T: Taker<'e, R>>(event: &'e Self::Event, to: T) -> T::Given;
}

/// Takes an event of any type that a read model observes.
#[doc(hidden)]
pub trait Taker<'e, R: ReadModel> {
    /// What it gives back.
    type Given;

    /// Takes it.
    fn take<E: Any + Send + Sync>(self, event: &'e E) -> Self::Given
    where
        R: Observe<E>;
}

/// Is shown the aggregates that a read model observes.
#[doc(hidden)]
pub trait Observer<R: ReadModel> {
    /// One of them.
    fn visit<A: ObservedBy<R>>(&mut self);
}

/// Is shown the aggregates that a read model observes, in a domain of services `S`.
#[doc(hidden)]
pub trait ServedObserver<R: ReadModel, S> {
    /// One of them.
    fn visit<A: ObservedBy<R> + ServedBy<S>>(&mut self);
}
