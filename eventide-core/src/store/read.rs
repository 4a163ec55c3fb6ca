//! Reading: always a page at a time.

use std::num::NonZeroUsize;

use jiff::Timestamp;

use crate::envelope::{RecordedEvent, Tag};
use crate::ids::{Position, Version};
use crate::stream::StreamId;

/// How many events a page holds at most. Never zero, never more than [`PageSize::MAX`], so that
/// memory stays bounded whatever is asked.
///
/// ```
/// use eventide_core::store::PageSize;
///
/// assert_eq!(PageSize::new(0).get(), 1);
/// assert_eq!(PageSize::default().get(), 512);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PageSize(NonZeroUsize);

impl PageSize {
    /// The largest page.
    pub const MAX: Self = Self::new(8192);

    /// A page of at most `events` events, brought into range.
    pub const fn new(events: usize) -> Self {
        let events = if events > 8192 { 8192 } else { events };
        match NonZeroUsize::new(events) {
            Some(events) => Self(events),
            None => Self(NonZeroUsize::MIN),
        }
    }

    /// The number of events.
    pub const fn get(self) -> usize {
        self.0.get()
    }
}

impl Default for PageSize {
    fn default() -> Self {
        Self::new(512)
    }
}

/// Which way to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// From older to newer.
    #[default]
    Forwards,
    /// From newer to older.
    Backwards,
}

/// What to read of a stream: the events after version `after`, up to and including `until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StreamQuery {
    /// Leave out events up to this version.
    pub after: Version,
    /// Leave out events after this version.
    pub until: Option<Version>,
    /// Which way.
    pub direction: Direction,
    /// How many at most.
    pub page: PageSize,
}

impl StreamQuery {
    /// The events after `version`, forwards.
    pub fn after(version: Version) -> Self {
        Self {
            after: version,
            ..Self::default()
        }
    }
}

/// A page of a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamPage {
    /// The events, in the direction asked.
    pub events: Vec<RecordedEvent>,
    /// The version the stream was at when the page was read, in the same instant.
    pub version: Version,
    /// Whether the query has further events beyond this page. A store may end a page early to
    /// bound memory, but a page with more to come is never empty.
    pub more: bool,
}

/// Which events of the log are wanted. An empty filter wants all; each condition narrows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogFilter {
    /// Of one of these types, if any are named: names as they are stored. An event that was renamed
    /// is stored by several, all of which
    /// [`EventInfo::stored_names`](crate::event::EventInfo::stored_names) gives.
    pub event_types: Vec<String>,
    /// Of an aggregate of this type.
    pub aggregate_type: Option<String>,
    /// Of this stream.
    pub stream: Option<StreamId>,
    /// With all of these tags.
    pub tags: Vec<Tag>,
    /// Recorded at this time or later.
    pub recorded_from: Option<Timestamp>,
    /// Recorded before this time.
    pub recorded_before: Option<Timestamp>,
}

impl LogFilter {
    /// Whether `event` is wanted: the meaning of a filter, which a store may implement by other
    /// means.
    pub fn matches(&self, event: &RecordedEvent) -> bool {
        (self.event_types.is_empty() || self.event_types.iter().any(|t| **t == *event.event_type))
            && self
                .aggregate_type
                .as_ref()
                .is_none_or(|t| t == event.stream.aggregate_type())
            && self
                .stream
                .as_ref()
                .is_none_or(|stream| *stream == event.stream)
            && self.tags.iter().all(|tag| event.tags.contains(tag))
            && self
                .recorded_from
                .is_none_or(|from| event.recorded_at >= from)
            && self
                .recorded_before
                .is_none_or(|before| event.recorded_at < before)
    }
}

/// What to read of the log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogQuery {
    /// Forwards: only events after this position. Backwards: only events before it. `None`: from
    /// the end that direction starts at.
    pub from: Option<Position>,
    /// Which way.
    pub direction: Direction,
    /// Which events.
    pub filter: LogFilter,
    /// How many at most.
    pub page: PageSize,
}

impl LogQuery {
    /// Everything after `position`, forwards.
    pub fn after(position: Position) -> Self {
        Self {
            from: Some(position),
            ..Self::default()
        }
    }

    /// Everything, newest first.
    pub fn backwards() -> Self {
        Self {
            direction: Direction::Backwards,
            ..Self::default()
        }
    }

    /// Only events that `filter` wants.
    #[must_use]
    pub fn filter(mut self, filter: LogFilter) -> Self {
        self.filter = filter;
        self
    }

    /// At most `page` events.
    #[must_use]
    pub fn page(mut self, page: PageSize) -> Self {
        self.page = page;
        self
    }
}

/// A page of the log.
#[derive(Debug, Clone, PartialEq)]
pub struct LogPage {
    /// The events, in the direction asked.
    pub events: Vec<RecordedEvent>,
    /// Where to read on (`LogQuery::from`): everything up to here was considered, whether it was
    /// wanted or not.
    pub next: Position,
    /// Whether there was more when the page was read. A page with more to come may be empty, if
    /// the store stopped looking; `next` has then moved on.
    pub more: bool,
}
