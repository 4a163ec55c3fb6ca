//! A domain's events as values: who reads which version, and how.

use futures_util::future::BoxFuture;

use super::make_up::{self, Source};
use super::reading::{self, ReadError};
use crate::aggregate::{AggregateInfo, ServedBy};
use crate::domain::{AggregateVisitor, Domain};
use crate::envelope::RecordedEvent;
use crate::event::{Event, EventInfo, EventSet, EventVisitor, Step};
use eventide_lock::Reading;

/// What a program of a domain with services `S` reads.
pub(super) struct Program<S> {
    pub(super) aggregates: Vec<Known<S>>,
}

type Read<S> =
    for<'a> fn(&'a RecordedEvent, &'a S) -> BoxFuture<'a, Result<Vec<Reading>, ReadError>>;

/// An aggregate, and how its events are read.
pub(super) struct Known<S> {
    pub(super) info: AggregateInfo,
    pub(super) types: Vec<EventType>,
    pub(super) read: Read<S>,
}

/// One version of an event that has a type.
pub(super) struct EventType {
    pub(super) info: EventInfo,
    pub(super) make_up: fn() -> Source,
    /// The payload, decoded and encoded again.
    pub(super) again: fn(&str) -> Result<String, ReadError>,
}

/// What becomes of an event of one stored name and version.
pub(super) struct Way<'p, S> {
    pub(super) known: &'p Known<S>,
    /// The newest version of the event that reads it.
    pub(super) top: &'static EventInfo,
    pub(super) kind: WayKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WayKind {
    /// There is a type for exactly this version.
    Typed(&'static EventInfo),
    /// It is read as JSON.
    Raw,
    /// It is newer than the program.
    Newer,
    /// The chain begins above it.
    Below,
}

impl<S: Send + Sync + 'static> Program<S> {
    pub(super) fn of<D: Domain<Services = S>>() -> Self {
        let mut program = Self {
            aggregates: Vec::new(),
        };
        D::visit(&mut program);
        program
    }

    /// Whoever reads events stored as `name` in `version`.
    pub(super) fn way(&self, name: &str, version: u32) -> Option<Way<'_, S>> {
        let ways = self.aggregates.iter().filter_map(|known| {
            let top = known.top(name, version)?;
            let kind = kind_of(top, version);
            Some(Way { known, top, kind })
        });
        ways.min_by_key(|way| way.kind == WayKind::Newer)
    }

    /// Every version of every event that has a type, with the aggregate that reads it.
    pub(super) fn types(&self) -> impl Iterator<Item = (&Known<S>, &EventType)> {
        self.aggregates
            .iter()
            .flat_map(|known| known.types.iter().map(move |ty| (known, ty)))
    }

    /// Whether events of this name and version are what the program writes.
    pub(super) fn is_current(&self, name: &str, version: u32) -> bool {
        let mut infos = self.aggregates.iter().flat_map(|known| known.info.events);
        infos.any(|info| info.name == name && info.schema_version.get() == version)
    }
}

impl<S> Known<S> {
    fn top(&self, name: &str, version: u32) -> Option<&'static EventInfo> {
        let is_stored = |info: &&EventInfo| info.is_stored_as(name);
        let mut split = self.info.split.iter().filter(is_stored);
        let mut listed = self.info.events.iter().filter(is_stored);
        split
            .clone()
            .find(|info| version <= info.schema_version.get())
            .or_else(|| listed.next())
            .or_else(|| split.next())
    }

    /// Whether the events of `top` are told as others.
    pub(super) fn is_split(&self, top: &EventInfo) -> bool {
        self.info.split.iter().any(|info| is_same(info, top))
    }
}

impl<S> Way<'_, S> {
    /// The type of the version, if it has one.
    pub(super) fn event_type(&self) -> Option<&EventType> {
        let WayKind::Typed(info) = self.kind else {
            return None;
        };
        let mut types = self.known.types.iter();
        types.find(|ty| is_same(&ty.info, info))
    }

    /// Whether such events can be read at all.
    pub(super) fn is_read(&self) -> bool {
        matches!(self.kind, WayKind::Typed(_) | WayKind::Raw)
    }
}

/// Whether both are the same version of the same event.
pub(super) fn is_same(one: &EventInfo, other: &EventInfo) -> bool {
    (one.name, one.schema_version) == (other.name, other.schema_version)
}

fn kind_of(top: &'static EventInfo, version: u32) -> WayKind {
    if version > top.schema_version.get() {
        return WayKind::Newer;
    }
    let mut lowest = top;
    for info in top.versions() {
        if info.schema_version.get() == version {
            return WayKind::Typed(info);
        }
        lowest = info;
    }
    if lowest.step == Step::Raw && version < lowest.schema_version.get() {
        WayKind::Raw
    } else {
        WayKind::Below
    }
}

impl<S: Send + Sync + 'static> AggregateVisitor<S> for Program<S> {
    fn visit<A: ServedBy<S>>(&mut self) {
        let mut types = Types(Vec::new());
        A::Event::visit(&mut types);
        self.aggregates.push(Known {
            info: A::INFO,
            types: types.0,
            read: reading::read_as::<A, S>,
        });
    }
}

struct Types(Vec<EventType>);

impl EventVisitor for Types {
    fn visit<E: Event>(&mut self) {
        self.0.push(EventType {
            info: E::INFO,
            make_up: make_up::source::<E>,
            again: reading::again::<E>,
        });
    }
}
