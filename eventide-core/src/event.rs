//! Events: facts, in the past tense, one struct each.

use std::fmt;

use eventide_lock::hash::fnv1a;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::RecordedEvent;
use crate::envelope::{InvalidTag, Tag};
use crate::ids::SchemaVersion;
use crate::schema::shape::{Kind, TypeShape};
use crate::schema::{self, DecodeError, EncodeError, Lookups};

/// A fact that happened, and what is stored of it. Derive it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "not an event",
    note = "put `#[derive(Debug, Clone, Serialize, Deserialize, Event)]` on `{Self}`"
)]
pub trait Event: fmt::Debug + Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// What is known of the event without an instance.
    const INFO: EventInfo;

    /// For generated code: [`INFO`](Self::INFO) without the version before, so that two events which
    /// lead to each other can be told.
    #[doc(hidden)]
    const ALONE: EventInfo = Self::INFO;

    /// What this event can be found by across streams: its `#[event(tag)]` fields.
    ///
    /// # Errors
    /// A value makes no valid tag.
    fn tags(&self) -> Result<Vec<Tag>, InvalidTag> {
        Ok(Vec::new())
    }

    /// For generated code: [`schema::encode`], as a method. What a derive calls by the trait's name
    /// fails with the trait's message and no other if the type is no event.
    #[doc(hidden)]
    fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        schema::encode(self)
    }

    /// For generated code: [`schema::decode_payload`], as a method.
    #[doc(hidden)]
    #[inline]
    fn decode_payload(
        recorded: &RecordedEvent,
        lookups: &mut Lookups,
    ) -> Result<Self, DecodeError> {
        schema::decode_payload(recorded, lookups)
    }

    /// For generated code: decodes a version below this one, and leads it up to this one.
    #[doc(hidden)]
    fn decode_older(recorded: &RecordedEvent, _: &mut Lookups) -> Result<Self, DecodeError> {
        Err(DecodeError::no_upcaster(recorded, &Self::INFO))
    }

    /// For generated code: shows `visitor` this version and those below it.
    #[doc(hidden)]
    fn visit_versions<V: EventVisitor>(visitor: &mut V) {
        visitor.visit::<Self>();
    }
}

/// Something to be done with each of several event types.
pub trait EventVisitor {
    /// Does it with `E`.
    fn visit<E: Event>(&mut self);
}

/// What is known of an event's type: name, version, and where it is declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventInfo {
    /// The stored name: the type's name unless `#[event(name = "..")]` says otherwise.
    pub name: &'static str,
    /// The current shape's number.
    pub schema_version: SchemaVersion,
    /// `file:line` of the declaration.
    pub location: &'static str,
    /// The first paragraph of the type's doc comment; empty if it has none.
    pub doc: &'static str,
    /// Names it was stored by before.
    pub was: &'static [&'static str],
    /// It is still read, and no handler emits it.
    pub retired: bool,
    /// Its payload's shape; `None` if it is not known.
    pub shape: Option<&'static TypeShape>,
    /// How the version before becomes this one.
    pub step: Step,
    /// Hash of the name: comparing two of them costs the compiler less than comparing names.
    pub(crate) name_hash: u64,
    /// Hash of the shape, for the same reason.
    pub(crate) shape_hash: u64,
}

impl EventInfo {
    /// Describes an event type.
    pub const fn new(
        name: &'static str,
        schema_version: SchemaVersion,
        location: &'static str,
        doc: &'static str,
    ) -> Self {
        Self {
            name,
            schema_version,
            location,
            doc,
            was: &[],
            retired: false,
            shape: None,
            step: Step::First,
            name_hash: fnv1a(name.as_bytes()),
            shape_hash: 0,
        }
    }

    /// The names it was stored by before.
    #[must_use]
    pub const fn was(mut self, names: &'static [&'static str]) -> Self {
        self.was = names;
        self
    }

    /// It is still read, and no handler emits it.
    #[must_use]
    pub const fn retired(mut self) -> Self {
        self.retired = true;
        self
    }

    /// The shape of its payload.
    #[must_use]
    pub const fn shape(mut self, shape: &'static TypeShape) -> Self {
        self.shape = Some(shape);
        self.shape_hash = shape.sum();
        self
    }

    /// How the version before becomes this one.
    #[must_use]
    pub const fn step(mut self, step: Step) -> Self {
        self.step = step;
        self
    }

    /// Whether events stored as `name` are of this type, by its present name or one before.
    #[inline]
    pub fn is_stored_as(&self, name: &str) -> bool {
        *name == *self.name || self.was.contains(&name)
    }

    /// Every name its events are stored by: the present one, and those before. A reader that filters
    /// by type asks for all of them.
    pub fn stored_names(&self) -> impl Iterator<Item = &'static str> + use<> {
        std::iter::once(self.name).chain(self.was.iter().copied())
    }

    /// Whether it is or was called `name`, in const evaluation.
    pub(crate) const fn has_name(&self, name: &str) -> bool {
        let mut was = self.was;
        while let [older, rest @ ..] = was {
            if same(older, name) {
                return true;
            }
            was = rest;
        }
        same(self.name, name)
    }

    /// Whether both are of one declaration, in const evaluation.
    pub(crate) const fn is(&self, other: &Self) -> bool {
        self.name_hash == other.name_hash
            && same(self.name, other.name)
            && same(self.location, other.location)
    }

    /// Whether its payload is known to be a JSON object.
    pub(crate) const fn is_object(&self) -> bool {
        match self.shape {
            Some(shape) => matches!(shape.kind(), Kind::Object { .. }),
            None => false,
        }
    }

    /// The version before, if it has a type.
    pub const fn previous(&self) -> Option<&'static Self> {
        match self.step {
            Step::Declared(previous) | Step::Written(previous) | Step::WithServices(previous) => {
                Some(previous)
            }
            Step::First | Step::Raw => None,
        }
    }

    /// This version and those before it, the newest first, as far down as they have types.
    pub fn versions(&'static self) -> impl Iterator<Item = &'static Self> {
        std::iter::successors(Some(self), |info| info.previous())
    }

    /// The oldest version that is read.
    pub(crate) const fn oldest(&self) -> u32 {
        let mut info = self;
        while let Some(previous) = info.previous() {
            info = previous;
        }
        match info.step {
            Step::Raw => 1,
            _ => info.schema_version.get(),
        }
    }

    /// Whether a step from some version on has to look something up.
    pub const fn asks(&self) -> bool {
        let mut info = self;
        loop {
            if let Step::WithServices(_) = info.step {
                return true;
            }
            match info.previous() {
                Some(previous) => info = previous,
                None => return false,
            }
        }
    }
}

/// Whether both are the same text, in const evaluation.
pub(crate) const fn same(a: &str, b: &str) -> bool {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    while let ([x, more_a @ ..], [y, more_b @ ..]) = (a, b) {
        if *x != *y {
            return false;
        }
        (a, b) = (more_a, more_b);
    }
    true
}

/// How the version before an event's present one becomes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// There is none before.
    First,
    /// By what is declared on the fields.
    Declared(&'static EventInfo),
    /// By an [`Upcast`](crate::schema::Upcast) or [`TryUpcast`](crate::schema::TryUpcast).
    Written(&'static EventInfo),
    /// By an [`UpcastWith`](crate::schema::UpcastWith).
    WithServices(&'static EventInfo),
    /// All versions below are read as JSON, by an [`UpcastRaw`](crate::schema::UpcastRaw).
    Raw,
}

/// The closed set of an aggregate's events: the enum that `#[derive(Aggregate)]` writes.
///
/// Not for implementing by hand: one event is one struct.
pub trait EventSet: fmt::Debug + Clone + Send + Sync + 'static {
    /// Every event of the set, in the order they are listed.
    const INFOS: &'static [EventInfo];

    /// Which event this is.
    fn info(&self) -> &'static EventInfo;

    /// The event's JSON, as it is stored.
    ///
    /// # Errors
    /// The event's `Serialize` failed.
    fn encode(&self) -> Result<Vec<u8>, EncodeError>;

    /// What the event can be found by across streams.
    ///
    /// # Errors
    /// A value makes no valid tag.
    fn tags(&self) -> Result<Vec<Tag>, InvalidTag>;

    /// Decodes a recorded event of this set, through every step from the version it was stored in,
    /// and adds what it is read as: mostly one event, and none or several if it is split.
    ///
    /// # Errors
    /// See [`DecodeError`]: the type is not in the set, the schema version is not known, the payload
    /// is not of that shape, a step refused it, or a step has to look something up first. Nothing is
    /// added then.
    fn decode(
        recorded: &RecordedEvent,
        lookups: &mut Lookups,
        events: &mut Vec<Self>,
    ) -> Result<(), DecodeError>;

    /// For generated code: shows `visitor` every version of every event, and of those that are read
    /// as others.
    #[doc(hidden)]
    fn visit<V: EventVisitor>(visitor: &mut V);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_whole() {
        assert!(same("Order", "Order"));
        assert!(!same("Order", "Ordes"));
        assert!(!same("Order", "OrderLine"));
    }

    #[test]
    fn an_event_has_its_name_and_those_before() {
        let info = EventInfo::new("Placed", SchemaVersion::FIRST, "", "").was(&["Opened", "Made"]);
        assert!(
            ["Placed", "Opened", "Made"]
                .iter()
                .all(|name| info.has_name(name))
        );
        assert!(!info.has_name("Ope"));
    }
}
