//! Folding a history into state, from decoded events and from JSON.

use std::hint::black_box;
use std::time::{Duration, Instant};

use eventide::event::EventSet;
use eventide::schema::Lookups;
use eventide::{
    Aggregate, CommandId, Metadata, NewEvent, Position, RecordedEvent, StreamId, Version,
};
use jiff::Timestamp;
use uuid::Uuid;

use crate::by_hand;
use crate::order::{Order, OrderEvent};
use crate::samples::event;
use crate::support::{Args, Table, interleaved};

/// Events in a page as a repository reads them.
const PAGE: u64 = 512;

pub(crate) fn run(args: &Args, table: &mut Table) {
    let name = "fold decoded events";
    if args.wants(name) {
        decoded(name, args, table);
    }
    let name = "fold JSON";
    if args.wants(name) {
        json(name, args, table);
    }
}

fn decoded(name: &str, args: &Args, table: &mut Table) {
    // A million, but few enough at a time to stay in the cache. Both fold the same enum, which is as
    // one writes it by hand: where the allocator puts the strings would decide between two.
    let (events, times) = (8_192, args.size(122, 30));
    let history: Vec<OrderEvent> = (0..u64::from(events)).map(event).collect();
    let results = interleaved(
        args.size(21, 7),
        || {
            fold_again(times, &history, Order::default, |order, event| {
                order.apply(event);
            })
        },
        || {
            fold_again(times, &history, by_hand::Order::default, |order, event| {
                order.apply(event);
            })
        },
    );
    table.row(name, events * times, results, Some(0.95));
}

fn json(name: &str, args: &Args, table: &mut Table) {
    // As many as a load folds at once: what comes from a store has just been in the cache.
    let page: Vec<_> = (1..=PAGE).map(recorded).collect();
    let pages = args.size(400, 100);
    let results = interleaved(
        args.size(21, 7),
        || {
            let mut lookups = Lookups::new();
            fold_again(pages, &page, Order::default, |order, event| {
                order.apply_recorded(event, &mut lookups).unwrap();
            })
        },
        || {
            fold_again(pages, &page, by_hand::Order::default, |order, event| {
                order.apply_json(&event.event_type, &event.payload).unwrap();
            })
        },
    );
    let count = pages * u32::try_from(PAGE).unwrap();
    table.row(name, count, results, Some(0.95));
}

fn fold_again<S, E>(
    times: u32,
    events: &[E],
    state: fn() -> S,
    mut apply: impl FnMut(&mut S, &E),
) -> Duration {
    (0..times).map(|_| fold(events, state(), &mut apply)).sum()
}

fn fold<S, E>(events: &[E], mut state: S, mut apply: impl FnMut(&mut S, &E)) -> Duration {
    let started = Instant::now();
    for event in black_box(events) {
        apply(&mut state, event);
    }
    black_box(state);
    started.elapsed()
}

fn recorded(n: u64) -> RecordedEvent {
    let event = event(n);
    let info = event.info();
    let new = NewEvent {
        id: Uuid::from_u64_pair(0, n).into(),
        event_type: info.name.into(),
        schema_version: info.schema_version,
        payload: event.encode().unwrap(),
        metadata: Metadata::of_command(CommandId::from(Uuid::from_u64_pair(1, n))),
        tags: Vec::new(),
    };
    let stream = StreamId::new(Order::INFO.name, "1").unwrap();
    RecordedEvent::new(
        Position::from_raw(n),
        stream,
        Version::new(n),
        Timestamp::UNIX_EPOCH,
        new,
    )
}
