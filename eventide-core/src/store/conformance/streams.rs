//! Reading a stream, a page at a time.

use std::sync::Arc;

use super::reading::{page_sizes, reversed, stream_by};
use super::samples::{events, put, stream};
use super::trial::Trial;
use super::unmet::{Met, Unmet, ensure, same, same_events};
use crate::envelope::RecordedEvent;
use crate::ids::Version;
use crate::store::{Direction, PageSize, Store, StreamQuery};
use crate::stream::StreamId;

/// As many events as a stream has here, unless said otherwise.
const COUNT: u64 = 14;

pub(super) async fn pages_cover_a_stream(trial: &Trial<'_>) -> Met {
    let (store, order, whole) = filled(trial).await?;
    for page in page_sizes(whole.len()) {
        let query = StreamQuery {
            page,
            ..StreamQuery::default()
        };
        let events = stream_by(&store, &order, query).await?;
        same_events(format_args!("the stream by {page:?}"), &events, &whole)?;
    }
    Ok(())
}

pub(super) async fn pages_cover_a_stream_backwards(trial: &Trial<'_>) -> Met {
    let (store, order, whole) = filled(trial).await?;
    let newest_first = reversed(&whole);
    for page in page_sizes(whole.len()) {
        let direction = Direction::Backwards;
        let query = StreamQuery {
            direction,
            page,
            ..StreamQuery::default()
        };
        let events = stream_by(&store, &order, query).await?;
        same_events(
            format_args!("the stream backwards by {page:?}"),
            &events,
            &newest_first,
        )?;
    }
    Ok(())
}

pub(super) async fn the_bounds_of_a_stream_query_are_kept(trial: &Trial<'_>) -> Met {
    let (store, order, whole) = filled(trial).await?;
    for query in queries() {
        let events = stream_by(&store, &order, query).await?;
        same_events(format_args!("{query:?}"), &events, &wanted(&whole, query))?;
    }
    Ok(())
}

pub(super) async fn more_is_exact_for_a_stream(trial: &Trial<'_>) -> Met {
    let (store, order, whole) = filled(trial).await?;
    for query in queries() {
        let page = store.read_stream(&order, query).await?;
        let further = wanted(&whole, query).len() > page.events.len();
        same(format!("`more` of {query:?}"), page.more, further)?;
        let empty = page.more && page.events.is_empty();
        ensure(!empty, || {
            format!("the page for {query:?} is empty with more to come")
        })?;
    }
    Ok(())
}

pub(super) async fn stream_pages_are_bounded(trial: &Trial<'_>) -> Met {
    let (store, order, _) = filled(trial).await?;
    for query in queries() {
        let count = store.read_stream(&order, query).await?.events.len();
        ensure(count <= query.page.get(), || {
            format!("the page for {query:?} has {count} events")
        })?;
    }
    Ok(())
}

pub(super) async fn every_stream_page_carries_the_version(trial: &Trial<'_>) -> Met {
    let (store, order, _) = filled(trial).await?;
    for query in queries() {
        let version = store.read_stream(&order, query).await?.version;
        same(
            format!("version on the page for {query:?}"),
            version,
            Version::new(COUNT),
        )?;
    }
    Ok(())
}

pub(super) async fn an_empty_stream_is_an_empty_page(trial: &Trial<'_>) -> Met {
    let (store, _, _) = filled(trial).await?;
    let nobody = stream("nobody")?;
    same(
        "version of an empty stream",
        store.stream_version(&nobody).await?,
        Version::ZERO,
    )?;
    for query in queries() {
        let page = store.read_stream(&nobody, query).await?;
        same(
            "version on an empty stream's page",
            page.version,
            Version::ZERO,
        )?;
        same("events of an empty stream", page.events.len(), 0)?;
        same("`more` of an empty stream", page.more, false)?;
    }
    Ok(())
}

pub(super) async fn a_long_stream_is_read_in_pages(trial: &Trial<'_>) -> Met {
    const LONG: u64 = 3_000;
    let store = trial.open().await?;
    let order = stream("536365")?;
    for _ in 0..6 {
        put(&store, &order, events(500)).await?;
    }
    let ends = [
        (0, None),
        (LONG / 2, None),
        (LONG - 10, None),
        (700, Some(1_900)),
    ];
    for (after, until) in ends {
        let last = until.unwrap_or(LONG);
        for direction in [Direction::Forwards, Direction::Backwards] {
            let query = StreamQuery {
                after: Version::new(after),
                until: until.map(Version::new),
                direction,
                page: PageSize::new(512),
            };
            let events = stream_by(&store, &order, query).await?;
            let versions: Vec<_> = events.iter().map(|event| event.version.get()).collect();
            let mut expected: Vec<_> = (after + 1..=last).collect();
            if direction == Direction::Backwards {
                expected.reverse();
            }
            ensure(versions == expected, || {
                let (found, count) = (versions.len(), expected.len());
                format!("{query:?} gives {found} events, expected {count} in their order")
            })?;
        }
    }
    Ok(())
}

type Filled = (Arc<dyn Store>, StreamId, Vec<RecordedEvent>);

/// A stream between others of the same log.
async fn filled(trial: &Trial<'_>) -> Result<Filled, Unmet> {
    let store = trial.open().await?;
    let (order, other) = (stream("536365")?, stream("536366")?);
    for _ in 0..COUNT / 2 {
        put(&store, &order, events(2)).await?;
        put(&store, &other, events(1)).await?;
    }
    let query = StreamQuery {
        page: PageSize::MAX,
        ..StreamQuery::default()
    };
    let whole = stream_by(&store, &order, query).await?;
    let versions: Vec<_> = whole.iter().map(|event| event.version.get()).collect();
    same(
        "versions of a whole stream",
        versions,
        (1..=COUNT).collect(),
    )?;
    Ok((store, order, whole))
}

/// Queries for nothing, one event, a few and all, at the start, in the middle, at and beyond the
/// end, by pages that are too small, exact and larger, both ways.
fn queries() -> Vec<StreamQuery> {
    let mut queries = Vec::new();
    for direction in [Direction::Forwards, Direction::Backwards] {
        for page in [1, 7, 13, 14, 15] {
            for after in [0, 1, 7, 13, 14, 15, u64::MAX] {
                for until in [None, Some(0), Some(1), Some(8), Some(14), Some(u64::MAX)] {
                    queries.push(StreamQuery {
                        after: Version::new(after),
                        until: until.map(Version::new),
                        direction,
                        page: PageSize::new(page),
                    });
                }
            }
        }
    }
    queries
}

fn wanted(whole: &[RecordedEvent], query: StreamQuery) -> Vec<RecordedEvent> {
    let within = |event: &&RecordedEvent| {
        event.version > query.after && query.until.is_none_or(|until| event.version <= until)
    };
    let wanted: Vec<_> = whole.iter().filter(within).cloned().collect();
    match query.direction {
        Direction::Forwards => wanted,
        Direction::Backwards => reversed(&wanted),
    }
}
