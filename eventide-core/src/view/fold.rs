//! Folding events into documents.

use std::any::Any;
use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::table::ColumnValue;
use crate::aggregate::BoxError;
use crate::domain::{Domain, ViewVisitor};
use crate::envelope::RecordedEvent;
use crate::read_model::{
    KeyRule, KeysOf, Kind, Observe, ObservedBy, ReadModel, ReadModelInfo, ServedObserver, Taker,
};

/// A read model of one document for each key, folded from events.
///
/// Derive it, and write what it does with each event in a `#[folds] impl` block.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a view",
    label = "not a view",
    note = "put `#[derive(Debug, Default, Clone, Serialize, Deserialize, View)]` on `{Self}` and `#[view(key = .., observes(..))]`"
)]
pub trait View:
    ReadModel<Kind = Folded> + fmt::Debug + Default + Clone + Serialize + DeserializeOwned
{
    /// The names of its fields; those of a tuple are numbers. See [`field_report`](super::field_report).
    const FIELDS: &'static [&'static str] = &[];

    /// The values of its typed columns, in their order.
    fn columns(&self) -> Vec<ColumnValue>;
}

/// A view all of whose aggregates are in the domain; the derive of `View` writes it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a view",
    label = "not a view",
    note = "put `#[derive(Debug, Default, Clone, Serialize, Deserialize, View)]` on `{Self}` and `#[view(key = .., observes(..))]`"
)]
pub trait ViewOf<D: Domain>: View {
    /// For generated code: [`INFO`](ReadModel::INFO), asked of a view of this domain. What a derive calls
    /// by this trait's name fails with this trait's message and no other.
    #[doc(hidden)]
    const LISTED: ReadModelInfo = Self::INFO;

    /// For generated code: shows the view to `visitor`.
    #[doc(hidden)]
    fn show<V: ViewVisitor<D>>(visitor: &mut V) {
        visitor.visit::<Self>();
    }

    /// Shows each aggregate it observes, with the services its upcasters ask.
    #[doc(hidden)]
    fn visit_served<O: ServedObserver<Self, D::Services>>(observer: &mut O);
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

/// The kind of read model that views are.
#[derive(Debug)]
pub enum Folded {}

impl Kind for Folded {
    const GENERATIONS: bool = true;

    type Given<'a, R: ReadModel<Kind = Self>, E: 'a> = Folding<'a, R, E>;
    type Outcome<'a> = Result<Change, BoxError>;
    type Part<R: ReadModel<Kind = Self>> = Box<dyn FoldedEvent<R>>;

    fn part<R: ReadModel<Kind = Self>, A: ObservedBy<R>>(event: A::Event) -> Self::Part<R> {
        Box::new(EventOf::<A>(event))
    }
}

/// An event that is folded into a document.
#[doc(hidden)]
#[derive(Debug)]
pub struct Folding<'a, V, E> {
    pub document: &'a mut V,
    pub event: &'a E,
    pub recorded: &'a RecordedEvent,
}

/// A decoded event that the view `V` folds.
#[doc(hidden)]
pub trait FoldedEvent<V: ReadModel>: Send + Sync {
    /// Whose documents it changes.
    fn keys(&self, recorded: &RecordedEvent) -> KeysOf<V::Key>;

    /// Changes a document.
    ///
    /// # Errors
    /// The event cannot be folded.
    fn fold(&self, document: &mut V, recorded: &RecordedEvent) -> Result<Change, BoxError>;
}

/// An event of the aggregate `A`.
struct EventOf<A: crate::Aggregate>(A::Event);

impl<V: ReadModel<Kind = Folded>, A: ObservedBy<V>> FoldedEvent<V> for EventOf<A> {
    fn keys(&self, recorded: &RecordedEvent) -> KeysOf<V::Key> {
        A::hand(&self.0, NameKeys { recorded })
    }

    fn fold(&self, document: &mut V, recorded: &RecordedEvent) -> Result<Change, BoxError> {
        A::hand(&self.0, Fold { document, recorded })
    }
}

struct NameKeys<'a> {
    recorded: &'a RecordedEvent,
}

impl<'e, V: ReadModel<Kind = Folded>> Taker<'e, V> for NameKeys<'e> {
    type Given = KeysOf<V::Key>;

    fn take<E: Any + Send + Sync>(self, event: &'e E) -> Self::Given
    where
        V: Observe<E>,
    {
        // The log may be asked for it all the same, because others are told by the same stored event.
        if V::RULE == KeyRule::Ignored {
            return KeysOf::Named(Vec::new());
        }
        V::key(event, self.recorded)
    }
}

struct Fold<'a, V> {
    document: &'a mut V,
    recorded: &'a RecordedEvent,
}

impl<'e, V: ReadModel<Kind = Folded>> Taker<'e, V> for Fold<'e, V> {
    type Given = Result<Change, BoxError>;

    fn take<E: Any + Send + Sync>(self, event: &'e E) -> Self::Given
    where
        V: Observe<E>,
    {
        let Self { document, recorded } = self;
        V::observe(Folding {
            document,
            event,
            recorded,
        })
    }
}
