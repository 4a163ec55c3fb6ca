//! Folding events into documents.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::info::{ObservedEvent, ViewInfo};
use super::key::ViewKey;
use super::table::ColumnValue;
use crate::aggregate::{Aggregate, BoxError, ServedBy};
use crate::domain::{Domain, ViewVisitor};
use crate::envelope::RecordedEvent;
use crate::event::EventSet;
use crate::schema::{DecodeError, Lookups};

/// A read model of one document for each key, folded from events.
///
/// Derive it, and write what it does with each event in a `#[folds] impl` block.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a view",
    label = "not a view",
    note = "put `#[derive(Debug, Default, Clone, Serialize, Deserialize, View)]` on `{Self}` and `#[view(key = .., observes(..))]`"
)]
pub trait View:
    fmt::Debug + Default + Clone + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// What is known of it at compile time.
    const INFO: ViewInfo;

    /// What tells its documents apart.
    type Key: ViewKey;

    /// The values of its typed columns, in their order.
    fn columns(&self) -> Vec<ColumnValue>;

    /// Shows each aggregate it observes.
    #[doc(hidden)]
    fn visit<O: Observer<Self>>(observer: &mut O);
}

/// Is shown the aggregates that a view observes.
#[doc(hidden)]
pub trait Observer<V: View> {
    /// One of them.
    fn visit<A: ObservedBy<V>>(&mut self);
}

/// A view all of whose aggregates are in the domain; the derive of `View` writes it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a view",
    label = "not a view",
    note = "put `#[derive(Debug, Default, Clone, Serialize, Deserialize, View)]` on `{Self}` and `#[view(key = .., observes(..))]`"
)]
pub trait ViewOf<D: Domain>: View {
    /// For generated code: [`INFO`](View::INFO), asked of a view of this domain. What a derive calls
    /// by this trait's name fails with this trait's message and no other.
    #[doc(hidden)]
    const LISTED: ViewInfo = Self::INFO;

    /// For generated code: shows the view to `visitor`.
    #[doc(hidden)]
    fn show<V: ViewVisitor<D>>(visitor: &mut V) {
        visitor.visit::<Self>();
    }

    /// Shows each aggregate it observes, with the services its upcasters ask.
    #[doc(hidden)]
    fn visit_served<O: ServedObserver<Self, D::Services>>(observer: &mut O);
}

/// Is shown the aggregates that a view observes, in a domain of services `S`.
#[doc(hidden)]
pub trait ServedObserver<V: View, S> {
    /// One of them.
    fn visit<A: ObservedBy<V> + ServedBy<S>>(&mut self);
}

/// What a view does with an event.
#[diagnostic::on_unimplemented(
    message = "EV06: view `{Self}` observes an aggregate and says nothing of its event `{E}`",
    label = "an event of this aggregate is neither folded nor ignored",
    note = "write `fn folded(&mut self, event: &{E}) {{ .. }}` in a `#[folds] impl {Self}` block, or ignore it by name: `#[view(.., ignores({E}))]`"
)]
pub trait Fold<E>: View {
    /// What the view does with it.
    #[doc(hidden)]
    const RULE: KeyRule = KeyRule::Given;

    /// A number that differs where the code differs.
    #[doc(hidden)]
    const FINGERPRINT: u64 = 0;

    /// Whose documents the event changes.
    fn key(event: &E, recorded: &RecordedEvent) -> KeysOf<Self::Key> {
        let _ = (event, recorded);
        KeysOf::Given
    }

    /// Changes a document.
    ///
    /// # Errors
    /// The event cannot be folded: its key is parked with it.
    fn fold(&mut self, event: &E, recorded: &RecordedEvent) -> Result<Change, BoxError>;
}

/// Whose document an event changes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyOf<K> {
    /// That of this key.
    Key(K),
    /// That of this key; and so do all later events of the stream that name no key of their own.
    /// Once remembered, a stream's key never changes.
    Remember(K),
}

/// Whose documents an event changes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeysOf<K> {
    /// The event names none. If the view's key is the id of the event's aggregate, that; otherwise
    /// the one that was remembered of the stream.
    Given,
    /// These; none if the event changes nothing.
    Named(Vec<KeyOf<K>>),
}

/// How the documents that an event changes are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyRule {
    /// The view ignores the event.
    Ignored,
    /// See [`KeysOf::Given`].
    Given,
    /// The event names the key.
    Named,
    /// The event names the key, and those after it in its stream have the same.
    Remembered,
}

/// A key that all later events of the stream have too, unless they name one of their own: what a
/// function that names a key gives instead of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remember<K>(pub K);

/// What a function that names the key of an event may give: a key, an `Option`, `Vec` or array of
/// them, or [`Remember`].
#[diagnostic::on_unimplemented(
    message = "a function that names a key of `{K}` cannot give `{Self}`",
    label = "not a key of this view",
    note = "give the view's key, an `Option`, `Vec` or array of it, or `Remember` of it"
)]
pub trait IntoKeys<K> {
    /// How the key is found.
    #[doc(hidden)]
    const RULE: KeyRule = KeyRule::Named;

    /// The keys.
    fn into_keys(self) -> KeysOf<K>;
}

impl<K> IntoKeys<K> for K {
    fn into_keys(self) -> KeysOf<K> {
        KeysOf::Named(vec![KeyOf::Key(self)])
    }
}

impl<K> IntoKeys<K> for Option<K> {
    fn into_keys(self) -> KeysOf<K> {
        KeysOf::Named(self.into_iter().map(KeyOf::Key).collect())
    }
}

impl<K> IntoKeys<K> for Vec<K> {
    fn into_keys(self) -> KeysOf<K> {
        KeysOf::Named(self.into_iter().map(KeyOf::Key).collect())
    }
}

impl<K, const N: usize> IntoKeys<K> for [K; N] {
    fn into_keys(self) -> KeysOf<K> {
        KeysOf::Named(self.into_iter().map(KeyOf::Key).collect())
    }
}

impl<K> IntoKeys<K> for Remember<K> {
    const RULE: KeyRule = KeyRule::Remembered;

    fn into_keys(self) -> KeysOf<K> {
        KeysOf::Named(vec![KeyOf::Remember(self.0)])
    }
}

/// What comes of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Change {
    /// It is kept as it is now.
    #[default]
    Keep,
    /// It goes. A later event of its key begins a new one.
    Delete,
}

/// What a function that folds an event may give: nothing, a [`Change`], or a `Result` of these.
#[diagnostic::on_unimplemented(
    message = "a function that folds an event cannot give `{Self}`",
    label = "not what folding gives",
    note = "give nothing, a `Change`, or a `Result` of one of them"
)]
pub trait IntoChange {
    /// What came of it.
    ///
    /// # Errors
    /// The event could not be folded.
    fn into_change(self) -> Result<Change, BoxError>;
}

impl IntoChange for () {
    fn into_change(self) -> Result<Change, BoxError> {
        Ok(Change::Keep)
    }
}

impl IntoChange for Change {
    fn into_change(self) -> Result<Change, BoxError> {
        Ok(self)
    }
}

impl<C: IntoChange, E: Into<BoxError>> IntoChange for Result<C, E> {
    fn into_change(self) -> Result<Change, BoxError> {
        self.map_err(Into::into)?.into_change()
    }
}

/// An aggregate whose every event the view folds or ignores; the derive of `Aggregate` writes it.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "view `{V}` cannot observe `{Self}`",
    label = "not an aggregate",
    note = "observe types that derive `Aggregate`"
)]
pub trait ObservedBy<V: View>: Aggregate {
    /// Its events, and what the view does with each.
    const OBSERVED: &'static [ObservedEvent];

    /// For generated code: shows the aggregate to `observer`. Written here rather than at each call
    /// so that an event of which the view says nothing (EV06) is reported where the view lists the
    /// aggregate, and nowhere else.
    fn show<O: Observer<V>>(observer: &mut O) {
        observer.visit::<Self>();
    }

    /// For generated code: the same, in a domain of services `S`.
    fn show_served<S, O: ServedObserver<V, S>>(observer: &mut O)
    where
        Self: ServedBy<S>,
    {
        observer.visit::<Self>();
    }

    /// Whose documents the event changes.
    fn keys(event: &Self::Event, recorded: &RecordedEvent) -> KeysOf<V::Key>;

    /// Changes a document.
    ///
    /// # Errors
    /// The event cannot be folded.
    fn fold(
        event: &Self::Event,
        view: &mut V,
        recorded: &RecordedEvent,
    ) -> Result<Change, BoxError>;
}

/// A decoded event that a view folds.
pub trait Observed<V: View>: Send + Sync {
    /// Whose documents it changes.
    fn keys(&self, recorded: &RecordedEvent) -> KeysOf<V::Key>;

    /// Changes a document.
    ///
    /// # Errors
    /// The event cannot be folded.
    fn fold(&self, view: &mut V, recorded: &RecordedEvent) -> Result<Change, BoxError>;
}

/// An event of the aggregate `A`.
struct EventOf<A: Aggregate>(A::Event);

impl<V: View, A: ObservedBy<V>> Observed<V> for EventOf<A> {
    fn keys(&self, recorded: &RecordedEvent) -> KeysOf<V::Key> {
        A::keys(&self.0, recorded)
    }

    fn fold(&self, view: &mut V, recorded: &RecordedEvent) -> Result<Change, BoxError> {
        A::fold(&self.0, view, recorded)
    }
}

/// Decodes an event for the view: as one, several or none, as its aggregate tells it.
pub(super) fn observe<V: View, A: ObservedBy<V>>(
    recorded: &RecordedEvent,
    lookups: &mut Lookups,
    observed: &mut Vec<Box<dyn Observed<V>>>,
) -> Result<(), DecodeError> {
    let mut events = Vec::with_capacity(1);
    A::Event::decode(recorded, lookups, &mut events)?;
    let boxed = |event| Box::new(EventOf::<A>(event)) as Box<dyn Observed<V>>;
    observed.extend(events.into_iter().map(boxed));
    Ok(())
}
