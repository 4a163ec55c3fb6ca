//! The log itself, as plain single-threaded data.

mod transfer;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

use crate::envelope::RecordedEvent;
use crate::ids::{CommandId, EventId, Position, SchemaVersion, Version};
use crate::store::{
    AppendError, AppendRequest, Appended, AppendedStream, Direction, HandledCommand, LogPage,
    LogQuery, SeenVersion, StoreError, StoreErrorKind, StreamAppend, StreamPage, StreamQuery,
    VersionCount,
};
use crate::stream::StreamId;

#[derive(Default)]
pub(super) struct Log {
    // Invariant: in the order of their positions, which need not be neighbours.
    events: Vec<RecordedEvent>,
    // Invariant: a stream's event of version v is at `events[streams[stream][v - 1]]`.
    streams: HashMap<StreamId, Vec<usize>>,
    event_ids: HashSet<EventId>,
    commands: BTreeMap<CommandId, HandledCommand>,
    /// How many events of each shape, by aggregate type.
    shapes: BTreeMap<Arc<str>, BTreeMap<SeenVersion, u64>>,
}

impl Log {
    pub(super) fn head(&self) -> Position {
        self.events
            .last()
            .map_or(Position::START, |event| event.position)
    }

    pub(super) fn version(&self, stream: &StreamId) -> Version {
        Version::new(self.index_of(stream).len() as u64)
    }

    pub(super) fn handled<'a>(
        &self,
        ids: impl Iterator<Item = &'a CommandId>,
    ) -> Vec<HandledCommand> {
        ids.filter_map(|id| self.commands.get(id).cloned())
            .collect()
    }

    /// Judges the whole request before it stores anything, so that it is all or nothing.
    pub(super) fn append(
        &mut self,
        request: AppendRequest,
        now: Timestamp,
    ) -> Result<Appended, AppendError> {
        let Appended { recorded_at, .. } = self.judge(&request, now)?;
        let streams = request.streams.into_iter();
        Ok(Appended {
            streams: streams.map(|part| self.record(part, recorded_at)).collect(),
            recorded_at,
        })
    }

    /// What would come of it; changes nothing.
    pub(super) fn judge(
        &self,
        request: &AppendRequest,
        now: Timestamp,
    ) -> Result<Appended, AppendError> {
        request.check()?;
        let marks = request.streams.iter().flat_map(|part| &part.commands);
        let handled = self.handled(marks.map(|mark| &mark.id));
        if !handled.is_empty() {
            return Err(AppendError::AlreadyHandled(handled));
        }
        for part in &request.streams {
            let actual = self.version(&part.stream);
            if !part.expected.matches(actual) {
                let stream = part.stream.clone();
                return Err(AppendError::conflict(stream, part.expected, actual));
            }
        }
        self.check_event_ids(request)?;
        let mut next = self.head().as_raw();
        let streams = request.streams.iter().map(|part| {
            let count = part.events.len() as u64;
            let first = next + 1;
            next += count;
            AppendedStream {
                stream: part.stream.clone(),
                version: self.version(&part.stream).plus(count),
                positions: (first..=next).map(Position::from_raw).collect(),
            }
        });
        Ok(Appended {
            streams: streams.collect(),
            recorded_at: self.recording_time(now),
        })
    }

    fn check_event_ids(&self, request: &AppendRequest) -> Result<(), StoreError> {
        let mut new = HashSet::new();
        for event in request.streams.iter().flat_map(|part| &part.events) {
            if self.event_ids.contains(&event.id) || !new.insert(event.id) {
                return Err(StoreError::new(
                    StoreErrorKind::Constraint,
                    format_args!("event {} exists already", event.id),
                ));
            }
        }
        Ok(())
    }

    fn recording_time(&self, now: Timestamp) -> Timestamp {
        let now = Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now);
        self.events
            .last()
            .map_or(now, |last| last.recorded_at.max(now))
    }

    fn record(&mut self, part: StreamAppend, recorded_at: Timestamp) -> AppendedStream {
        let mut after = self.version(&part.stream);
        let mut positions = Vec::with_capacity(part.events.len());
        for event in &part.events {
            self.count(&part.stream, &event.event_type, event.schema_version);
        }
        let index = self.streams.entry(part.stream.clone()).or_default();
        for event in part.events {
            let last = self.events.last().map_or(0, |last| last.position.as_raw());
            let position = Position::from_raw(last + 1);
            let version = Version::new(index.len() as u64 + 1);
            self.event_ids.insert(event.id);
            index.push(self.events.len());
            positions.push(position);
            self.events.push(RecordedEvent::new(
                position,
                part.stream.clone(),
                version,
                recorded_at,
                event,
            ));
        }
        let mut caused = positions.iter().copied();
        for mark in part.commands {
            let handled = HandledCommand {
                id: mark.id,
                stream: part.stream.clone(),
                after,
                events: mark.events as u64,
                position: caused.by_ref().take(mark.events).last(),
            };
            after = handled.version();
            self.commands.insert(mark.id, handled);
        }
        AppendedStream {
            version: self.version(&part.stream),
            stream: part.stream,
            positions,
        }
    }

    /// Counts an event by its shape.
    fn count(&mut self, stream: &StreamId, event_type: &Arc<str>, schema_version: SchemaVersion) {
        let seen = SeenVersion {
            event_type: Arc::clone(event_type),
            schema_version,
        };
        let shapes = match self.shapes.get_mut(stream.aggregate_type()) {
            Some(shapes) => shapes,
            None => self
                .shapes
                .entry(stream.aggregate_type().into())
                .or_default(),
        };
        *shapes.entry(seen).or_default() += 1;
    }

    pub(super) fn seen_versions(&self, aggregate_type: &str) -> Vec<SeenVersion> {
        let shapes = self.shapes.get(aggregate_type);
        shapes
            .into_iter()
            .flatten()
            .map(|(seen, _)| seen.clone())
            .collect()
    }

    pub(super) fn count_versions(&self) -> Vec<VersionCount> {
        let counts = self.shapes.iter().flat_map(|(aggregate_type, shapes)| {
            shapes.iter().map(|(seen, &events)| VersionCount {
                aggregate_type: Arc::clone(aggregate_type),
                event_type: Arc::clone(&seen.event_type),
                schema_version: seen.schema_version,
                events,
            })
        });
        counts.collect()
    }

    pub(super) fn read_stream(&self, stream: &StreamId, query: StreamQuery) -> StreamPage {
        let index = self.index_of(stream);
        let until = query.until.map_or(index.len(), |until| place(until.get()));
        let wanted = index
            .get(place(query.after.get())..until.min(index.len()))
            .unwrap_or_default();
        let size = query.page.get();
        let events = wanted.iter().filter_map(|&at| self.events.get(at));
        StreamPage {
            events: match query.direction {
                Direction::Forwards => events.take(size).cloned().collect(),
                Direction::Backwards => events.rev().take(size).cloned().collect(),
            },
            version: Version::new(index.len() as u64),
            more: wanted.len() > size,
        }
    }

    pub(super) fn read(&self, query: &LogQuery) -> LogPage {
        let forwards = query.direction == Direction::Forwards;
        // What lies before the first place to look at, forwards, or after the last, backwards.
        let border = match (query.from, query.direction) {
            (Some(from), Direction::Forwards) => self.index_before(|at| at <= from),
            (Some(from), Direction::Backwards) => self.index_before(|at| at < from),
            (None, Direction::Forwards) => 0,
            (None, Direction::Backwards) => self.events.len(),
        };
        match (&query.filter.stream, forwards) {
            (Some(stream), _) => {
                let index = self.index_of(stream);
                let (before, after) = index.split_at(index.partition_point(|&at| at < border));
                let look_up = |&at: &usize| self.events.get(at);
                if forwards {
                    self.page(after.iter().filter_map(look_up), query)
                } else {
                    self.page(before.iter().rev().filter_map(look_up), query)
                }
            }
            (None, true) => self.page(self.events.iter().skip(border), query),
            (None, false) => self.page(self.events.iter().take(border).rev(), query),
        }
    }

    fn page<'a>(
        &self,
        candidates: impl Iterator<Item = &'a RecordedEvent>,
        query: &LogQuery,
    ) -> LogPage {
        let mut events = Vec::new();
        let mut considered = query.from;
        for event in candidates {
            if query.filter.matches(event) {
                if events.len() == query.page.get() {
                    return LogPage {
                        events,
                        next: considered.unwrap_or(Position::START),
                        more: true,
                    };
                }
                events.push(event.clone());
            }
            considered = Some(event.position);
        }
        let next = match query.direction {
            Direction::Forwards => self.head().max(query.from.unwrap_or_default()),
            Direction::Backwards => Position::START,
        };
        LogPage {
            events,
            next,
            more: false,
        }
    }

    /// How many events stand at the positions that are `before` others.
    fn index_before(&self, before: impl Fn(Position) -> bool) -> usize {
        self.events.partition_point(|event| before(event.position))
    }

    fn index_of(&self, stream: &StreamId) -> &[usize] {
        self.streams
            .get(stream)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }
}

fn place(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
