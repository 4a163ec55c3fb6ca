//! Whatever is asked of the log, the answer is what the filter says of each event.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use eventide_core::store::{Direction, EventStore, LogFilter, LogQuery, PageSize};
use eventide_core::time::FixedClock;
use eventide_core::{NewEvent, Position, RecordedEvent, StreamId, Tag};
use eventide_sqlite::SqliteStore;
use jiff::{SignedDuration, Timestamp};
use support::{Folder, append_of, event};

const START: &str = "2010-12-01T08:26:00.000001Z";
const EVENTS: usize = 240;

fn tag(text: &str) -> Tag {
    Tag::parse(text).unwrap()
}

/// Streams, types, tags and times in a mixture that meets every combination.
async fn mixed_log(folder: &Folder) -> SqliteStore {
    let clock = Arc::new(FixedClock::at(START.parse().unwrap()));
    let options = SqliteStore::options().clock(clock.clone());
    let store = options.open(folder.file()).await.unwrap();
    for n in 0..EVENTS {
        let name = if n % 3 == 0 { "Invoice" } else { "Order" };
        let id = StreamId::new(name, (n % 4).to_string()).unwrap();
        let mut tags = vec![tag(&format!("customer:{}", n % 5))];
        if n % 2 == 0 {
            tags.push(tag("country:UK"));
        }
        let event = NewEvent {
            tags,
            ..event(&format!("Type{}", n % 20))
        };
        store.append(append_of(&id, vec![event])).await.unwrap();
        if n % 7 == 0 {
            clock.advance(Duration::from_micros(10));
        }
    }
    store
}

fn filters() -> Vec<LogFilter> {
    let none = LogFilter::default();
    let types = |types: &[usize]| types.iter().map(|n| format!("Type{n}")).collect::<Vec<_>>();
    let order = StreamId::new("Order", "1").unwrap();
    let start: Timestamp = START.parse().unwrap();
    let later = |micros, nanos| {
        let by = SignedDuration::from_micros(micros) + SignedDuration::from_nanos(nanos);
        Some(start.checked_add(by).unwrap())
    };
    let by = [
        none.clone(),
        LogFilter {
            event_types: types(&[3]),
            ..none.clone()
        },
        LogFilter {
            event_types: types(&[3, 3, 17, 0, 99]),
            ..none.clone()
        },
        LogFilter {
            event_types: types(&(0..18).collect::<Vec<_>>()),
            ..none.clone()
        },
    ];
    let narrowed = by.into_iter().flat_map(|filter| {
        [
            filter.clone(),
            LogFilter {
                aggregate_type: Some("Invoice".to_owned()),
                ..filter.clone()
            },
            LogFilter {
                stream: Some(order.clone()),
                ..filter.clone()
            },
            LogFilter {
                stream: Some(order.clone()),
                aggregate_type: Some("Invoice".to_owned()),
                ..filter.clone()
            },
            LogFilter {
                tags: vec![tag("customer:2")],
                ..filter.clone()
            },
            LogFilter {
                tags: vec![tag("country:UK"), tag("customer:2")],
                aggregate_type: Some("Order".to_owned()),
                ..filter.clone()
            },
            LogFilter {
                stream: Some(order.clone()),
                tags: vec![tag("country:UK"), tag("customer:2")],
                ..filter
            },
        ]
    });
    narrowed
        .flat_map(|filter| {
            [
                filter.clone(),
                LogFilter {
                    recorded_from: later(100, 0),
                    recorded_before: later(200, 1),
                    ..filter.clone()
                },
                LogFilter {
                    recorded_from: later(99, 999),
                    ..filter.clone()
                },
                LogFilter {
                    recorded_before: later(-5, 0),
                    ..filter
                },
            ]
        })
        .collect()
}

#[tokio::test]
async fn every_filter_gives_what_it_matches() {
    let folder = Folder::new();
    let store = mixed_log(&folder).await;
    let log = store.read_log(LogQuery::default()).await.unwrap().events;
    assert_eq!(log.len(), EVENTS);
    for filter in filters() {
        for (direction, from) in [
            (Direction::Forwards, None),
            (Direction::Forwards, Some(Position::from_raw(57))),
            (Direction::Forwards, Some(Position::from_raw(u64::MAX))),
            (Direction::Backwards, None),
            (Direction::Backwards, Some(Position::from_raw(57))),
            (Direction::Backwards, Some(Position::START)),
        ] {
            let query = LogQuery {
                from,
                direction,
                filter: filter.clone(),
                page: PageSize::new(7),
            };
            assert_eq!(
                paged(&store, query.clone()).await,
                model(&log, &query),
                "{query:?}"
            );
        }
    }
}

/// The positions that paging through `query` gives.
async fn paged(store: &SqliteStore, mut query: LogQuery) -> Vec<Position> {
    let mut positions = Vec::new();
    loop {
        let page = store.read_log(query.clone()).await.unwrap();
        assert!(page.events.len() <= query.page.get());
        positions.extend(page.events.iter().map(|event| event.position));
        query.from = Some(page.next);
        if !page.more {
            let rest = store.read_log(query.clone()).await.unwrap();
            assert_eq!((rest.events, rest.more), (Vec::new(), false), "{query:?}");
            return positions;
        }
    }
}

fn model(log: &[RecordedEvent], query: &LogQuery) -> Vec<Position> {
    let wanted = log.iter().filter(|event| query.filter.matches(event));
    let wanted = wanted.map(|event| event.position);
    match query.direction {
        Direction::Forwards => wanted
            .filter(|position| query.from.is_none_or(|from| *position > from))
            .collect(),
        Direction::Backwards => wanted
            .rev()
            .filter(|position| query.from.is_none_or(|from| *position < from))
            .collect(),
    }
}
