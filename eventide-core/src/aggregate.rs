//! Aggregates: state folded from events, and the decisions made on it.

use std::error::Error;
use std::fmt;
use std::future::Future;

use crate::command::{CommandInfo, CommandSet};
use crate::context::Context;
use crate::envelope::RecordedEvent;
use crate::event::EventSet;
use crate::outcome::Outcome;
use crate::schema::steps::Asks;
use crate::schema::{DecodeError, Lookups};
use crate::snapshot::SnapshotSpec;
use crate::stream::{AggregateId, InvalidStreamId, StreamId};

/// An error of any type, boxed.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// State that is folded from events and decides commands. Derive it, list its events and commands
/// in `#[aggregate(..)]`, and write `#[handlers] impl` for what it does.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an aggregate",
    label = "not an aggregate",
    note = "put `#[derive(Debug, Default, Clone, Aggregate)]` on `{Self}` and `#[aggregate(id = .., error = .., events(..), commands(..))]`"
)]
pub trait Aggregate: Default + Clone + Send + Sync + 'static {
    /// What is known of the aggregate without an instance.
    const INFO: AggregateInfo;

    /// How its state is kept as a snapshot; `None` if it is not.
    const SNAPSHOT: Option<SnapshotSpec<Self>>;

    /// Its identity.
    type Id: AggregateId;
    /// The closed set of its events.
    type Event: EventSet + Asks<Self::Services>;
    /// The closed set of its commands.
    type Command: CommandSet<Id = Self::Id>;
    /// Why it refuses a command.
    type Error: Into<BoxError> + fmt::Debug + Send + Sync + 'static;
    /// What its handlers may ask for; `()` if nothing.
    type Services: Send + Sync + 'static;

    /// Folds one event into the state.
    fn apply(&mut self, event: &Self::Event);

    /// Decodes a recorded event and folds what it is read as into the state.
    ///
    /// # Errors
    /// As for [`EventSet::decode`]; the state is then unchanged.
    fn apply_recorded(
        &mut self,
        recorded: &RecordedEvent,
        lookups: &mut Lookups,
    ) -> Result<(), DecodeError> {
        let mut events = Vec::with_capacity(1);
        Self::Event::decode(recorded, lookups, &mut events)?;
        for event in &events {
            self.apply(event);
        }
        Ok(())
    }

    /// Decides a command on this state: the events it causes, or why it is refused.
    fn decide(
        &self,
        command: Self::Command,
        ctx: &Context<'_, Self::Services>,
    ) -> impl Future<Output = Result<Vec<Self::Event>, Self::Error>> + Send;

    /// The stream of the aggregate called `id`.
    ///
    /// # Errors
    /// The id's text is empty, too long, or holds a control character.
    fn stream(id: &Self::Id) -> Result<StreamId, InvalidStreamId> {
        StreamId::new(Self::INFO.name, id.to_string())
    }
}

/// What is known of an aggregate's type.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct AggregateInfo {
    /// The stored name: the type's name unless `#[aggregate(name = "..")]` says otherwise.
    pub name: &'static str,
    /// Its events, in the order they are listed.
    pub events: &'static [crate::event::EventInfo],
    /// Old events that are read as others, in the order they are listed.
    pub split: &'static [crate::event::EventInfo],
    /// Its commands, in the order they are listed.
    pub commands: &'static [CommandInfo],
    /// `file:line` of the declaration.
    pub location: &'static str,
    /// The first paragraph of the type's doc comment; empty if it has none.
    pub doc: &'static str,
}

impl AggregateInfo {
    /// Describes an aggregate type.
    pub const fn new(
        name: &'static str,
        events: &'static [crate::event::EventInfo],
        commands: &'static [CommandInfo],
        location: &'static str,
        doc: &'static str,
    ) -> Self {
        Self {
            name,
            events,
            split: &[],
            commands,
            location,
            doc,
        }
    }

    /// The old events that are read as others.
    #[must_use]
    pub const fn split(mut self, events: &'static [crate::event::EventInfo]) -> Self {
        self.split = events;
        self
    }
}

/// Folds event `E` into the aggregate's state. Written by `#[handlers]` from a method
/// `fn name(&mut self, event: &E)`, or by hand.
#[diagnostic::on_unimplemented(
    message = "EV01: aggregate `{Self}` does not apply its event `{E}`",
    label = "listed here, applied nowhere",
    note = "write `fn applied(&mut self, event: &{E}) {{ .. }}` in a `#[handlers] impl {Self}` block; leave the body empty if nothing changes"
)]
pub trait Apply<E> {
    /// Folds the event into the state. It happened: this cannot fail.
    fn apply(&mut self, event: &E);
}

/// Decides command `C` on the aggregate's state. Written by `#[handlers]` from a method
/// `fn name(&self, command: C) -> ..`, or by hand.
#[diagnostic::on_unimplemented(
    message = "EV02: aggregate `{Self}` does not handle its command `{C}`",
    label = "listed here, handled nowhere",
    note = "write `fn handle(&self, command: {C}) -> Result<SomeEvent, SomeError> {{ .. }}` in a `#[handlers] impl {Self}` block"
)]
pub trait Handle<C>: Aggregate {
    /// What the command may cause.
    type Outcome: Outcome<Self> + Send;

    /// For generated code: a retired event that the outcome can hold.
    #[doc(hidden)]
    const RETIRED: Option<&'static str> = <Self::Outcome as Outcome<Self>>::RETIRED;

    /// Decides: reads the state, returns what happens, changes nothing.
    ///
    /// It may be asked again for the same command, after a conflict. The aggregate's other commands
    /// wait for it meanwhile: one that itself loads or commands its own aggregate waits for ever.
    fn handle(
        &self,
        command: C,
        ctx: &Context<'_, Self::Services>,
    ) -> impl Future<Output = Self::Outcome> + Send;

    /// For generated code: [`handle`](Self::handle), and the events it causes as the aggregate's
    /// own. Written here rather than at each call so that an outcome of the wrong type (EV03) is
    /// reported where the handler declares it, and nowhere else.
    #[doc(hidden)]
    fn events_of(
        &self,
        command: C,
        ctx: &Context<'_, Self::Services>,
    ) -> impl Future<Output = Result<Vec<Self::Event>, Self::Error>> + Send
    where
        C: Send,
    {
        async move {
            let mut events = Vec::new();
            self.handle(command, ctx).await.record(&mut events)?;
            Ok(events)
        }
    }
}

/// How aggregate `Self` finds its services in the services `S` of a domain. Written by
/// `#[derive(Aggregate)]`: an aggregate without services is served by any.
#[diagnostic::on_unimplemented(
    message = "the services `{S}` of the domain do not serve aggregate `{Self}`",
    label = "this aggregate needs services the domain does not have",
    note = "name them in `#[domain(services = ..)]`, or implement `Provide<..>` for `{S}`"
)]
pub trait ServedBy<S>: Aggregate {
    /// The aggregate's own part of the services.
    fn services(all: &S) -> &Self::Services;
}

/// Services that contain a `T`: how one type serves aggregates with different needs.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not provide `{T}`",
    label = "does not provide `{T}`",
    note = "write `impl Provide<{T}> for {Self}` that returns the field"
)]
pub trait Provide<T> {
    /// The part that is a `T`.
    fn provide(&self) -> &T;
}

impl<T> Provide<T> for T {
    fn provide(&self) -> &T {
        self
    }
}
