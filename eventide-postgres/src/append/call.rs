//! One call of the append function: its statement, and items as its parallel arrays.

use eventide_core::SchemaVersion;
use eventide_core::store::ExpectedVersion;
use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

use super::item::{Item, fits};
use super::memory::{Judging, KnownHead, Memory};
use crate::migrate::Payload;
use crate::sql::{Schema, Sql};
use crate::value::{Micros, Raw, signed, small};

pub(crate) fn statement(schema: &Schema, payload: Payload) -> Sql {
    schema.sql(
        // As one value: a function in FROM would be written to a table of its own first.
        "SELECT @schema@.append($1, $2, $3, $4, $5, $6, $7, \
         $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, \
         $26, $27, $28, $29, $30)",
        [
            Type::TIMESTAMPTZ,
            Type::INT8,
            Type::UUID,
            Type::BOOL,
            Type::INT4_ARRAY,
            Type::INT4_ARRAY,
            Type::TEXT_ARRAY,
            Type::TEXT_ARRAY,
            Type::INT8_ARRAY,
            Type::UUID_ARRAY,
            Type::INT4_ARRAY,
            Type::INT8_ARRAY,
            Type::INT8_ARRAY,
            Type::INT4_ARRAY,
            Type::INT4_ARRAY,
            Type::INT8_ARRAY,
            Type::UUID_ARRAY,
            Type::TEXT_ARRAY,
            Type::INT8_ARRAY,
            payload.array_type(),
            Type::BYTEA_ARRAY,
            Type::UUID_ARRAY,
            Type::UUID_ARRAY,
            Type::JSON_ARRAY,
            Type::TEXT_ARRAY,
            Type::INT4_ARRAY,
            Type::TEXT_ARRAY,
            Type::INT4_ARRAY,
            Type::TEXT_ARRAY,
            Type::INT8_ARRAY,
        ],
    )
}

/// The arguments, in the order of the function's parameters; see there what each is.
#[derive(Debug, Default)]
pub(crate) struct Call<'a> {
    now: Option<Micros>,
    known_head: i64,
    known_event: Option<Uuid>,
    trusting: bool,
    column: Payload,
    looked_at: Vec<i32>,
    stream: Streams<'a>,
    command: Commands,
    event: Events<'a>,
    tag_event: Vec<i32>,
    tag: Vec<&'a str>,
    shape: Shapes<'a>,
    /// The last one that is known to be noted: of an aggregate type, an event type and a version.
    known_shape: Option<(&'a str, &'a str, SchemaVersion)>,
}

#[derive(Debug, Default)]
struct Streams<'a> {
    request: Vec<i32>,
    aggregate_type: Vec<&'a str>,
    aggregate_id: Vec<&'a str>,
    expected: Vec<i64>,
}

#[derive(Debug, Default)]
struct Commands {
    id: Vec<Uuid>,
    stream: Vec<i32>,
    after: Vec<i64>,
    events: Vec<i64>,
    last: Vec<i32>,
}

#[derive(Debug, Default)]
struct Events<'a> {
    stream: Vec<i32>,
    place: Vec<i64>,
    id: Vec<Uuid>,
    event_type: Vec<&'a str>,
    schema_version: Vec<i64>,
    payload: Vec<Option<Raw<'a>>>,
    payload_bytes: Vec<Option<Raw<'a>>>,
    correlation_id: Vec<Uuid>,
    causation_id: Vec<Uuid>,
    metadata: Vec<Option<Raw<'a>>>,
    tags: Vec<Option<&'a str>>,
}

#[derive(Debug, Default)]
struct Shapes<'a> {
    stream: Vec<i32>,
    event_type: Vec<&'a str>,
    schema_version: Vec<i64>,
}

impl<'a> Call<'a> {
    /// `memory` is what is known of what is committed; trusting it, `judging` leaves most to the
    /// constraints.
    pub(crate) fn new(
        items: &[&'a Item],
        now: Micros,
        head: KnownHead,
        memory: &Memory,
        judging: Judging,
        column: Payload,
    ) -> Self {
        let mut call = Self {
            now: Some(now),
            known_head: signed(head.position.as_raw()),
            known_event: head.event.map(|event| *event.as_uuid()),
            trusting: judging == Judging::ByWriting,
            column,
            ..Self::default()
        };
        call.reserve(items);
        for (request, item) in items.iter().enumerate() {
            call.add(small(request + 1), item, memory);
        }
        trim(&mut call.event.payload_bytes);
        trim(&mut call.event.metadata);
        trim(&mut call.event.tags);
        call
    }

    /// So that no column grows step by step: most requests are of one stream.
    fn reserve(&mut self, items: &[&Item]) {
        let streams = items.len();
        self.stream.request.reserve(streams);
        self.stream.aggregate_type.reserve(streams);
        self.stream.aggregate_id.reserve(streams);
        self.stream.expected.reserve(streams);
        let commands = items.iter().map(|item| item.commands().count()).sum();
        let of_commands = &mut self.command;
        of_commands.id.reserve(commands);
        of_commands.stream.reserve(commands);
        of_commands.after.reserve(commands);
        of_commands.events.reserve(commands);
        of_commands.last.reserve(commands);
        let events = items.iter().map(|item| item.texts.len()).sum();
        let of_events = &mut self.event;
        of_events.stream.reserve(events);
        of_events.place.reserve(events);
        of_events.id.reserve(events);
        of_events.event_type.reserve(events);
        of_events.schema_version.reserve(events);
        of_events.payload.reserve(events);
        of_events.payload_bytes.reserve(events);
        of_events.correlation_id.reserve(events);
        of_events.causation_id.reserve(events);
        of_events.metadata.reserve(events);
        of_events.tags.reserve(events);
    }

    fn add(&mut self, request: i32, item: &'a Item, memory: &Memory) {
        let mut texts = item.texts.iter();
        for (part, key) in item.request.streams.iter().zip(&item.keys) {
            let streams = &mut self.stream;
            streams.request.push(request);
            streams.aggregate_type.push(part.stream.aggregate_type());
            streams.aggregate_id.push(part.stream.aggregate_id());
            streams.expected.push(match part.expected {
                ExpectedVersion::Exact(version) => signed(version.get()),
                ExpectedVersion::Any => -1,
            });
            let stream = small(streams.request.len());
            // Without an event there is nothing for a constraint to object to.
            let judged = !part.events.is_empty() && memory.has_reached(*key, part.expected);
            if self.trusting && !judged {
                self.looked_at.push(stream);
            }
            let before = self.event.id.len();
            let mut after = 0;
            for mark in &part.commands {
                let commands = &mut self.command;
                commands.id.push(*mark.id.as_uuid());
                commands.stream.push(stream);
                commands.after.push(signed(after as u64));
                commands.events.push(signed(mark.events as u64));
                after += mark.events;
                let last = if mark.events == 0 {
                    0
                } else {
                    small(before + after)
                };
                commands.last.push(last);
            }
            for (event, (text, place)) in part.events.iter().zip((&mut texts).zip(1..)) {
                let events = &mut self.event;
                events.stream.push(stream);
                events.place.push(place);
                events.id.push(*event.id.as_uuid());
                events.event_type.push(&event.event_type);
                events
                    .schema_version
                    .push(i64::from(event.schema_version.get()));
                let payload = Raw(&event.payload);
                // If one does not fit, the column objects.
                let fits = self.trusting || fits(self.column, &event.payload);
                events.payload.push(fits.then_some(payload));
                events.payload_bytes.push((!fits).then_some(payload));
                let metadata = &event.metadata;
                events
                    .correlation_id
                    .push(*metadata.correlation_id.as_uuid());
                events.causation_id.push(*metadata.causation_id.as_uuid());
                let rest = text.metadata.as_ref();
                events.metadata.push(rest.map(|rest| Raw(rest.as_bytes())));
                events.tags.push(text.tags.as_deref());
                for tag in &event.tags {
                    self.tag_event.push(small(events.id.len()));
                    self.tag.push(tag.as_str());
                }
                let shape = (
                    part.stream.aggregate_type(),
                    &*event.event_type,
                    event.schema_version,
                );
                // Mostly it is that of the event before.
                if self.known_shape != Some(shape) && memory.shapes.contains(&part.stream, event) {
                    self.known_shape = Some(shape);
                }
                if self.known_shape != Some(shape) {
                    let shapes = &mut self.shape;
                    shapes.stream.push(stream);
                    shapes.event_type.push(&event.event_type);
                    shapes
                        .schema_version
                        .push(i64::from(event.schema_version.get()));
                }
            }
        }
    }

    /// Whether it brings shapes that are not known to be noted.
    pub(crate) fn notes_shapes(&self) -> bool {
        !self.shape.stream.is_empty()
    }

    pub(crate) fn params(&self) -> [&(dyn ToSql + Sync); 30] {
        let Self {
            stream,
            command,
            event,
            shape,
            ..
        } = self;
        [
            &self.now,
            &self.known_head,
            &self.known_event,
            &self.trusting,
            &self.looked_at,
            &stream.request,
            &stream.aggregate_type,
            &stream.aggregate_id,
            &stream.expected,
            &command.id,
            &command.stream,
            &command.after,
            &command.events,
            &command.last,
            &event.stream,
            &event.place,
            &event.id,
            &event.event_type,
            &event.schema_version,
            &event.payload,
            &event.payload_bytes,
            &event.correlation_id,
            &event.causation_id,
            &event.metadata,
            &event.tags,
            &self.tag_event,
            &self.tag,
            &shape.stream,
            &shape.event_type,
            &shape.schema_version,
        ]
    }
}

/// What is nowhere is not sent: a shorter array is filled up with nulls.
pub(crate) fn trim<T>(column: &mut Vec<Option<T>>) {
    if column.iter().all(Option::is_none) {
        column.clear();
    }
}
