//! Reading the log, a page at a time.

use std::sync::Arc;
use std::time::Duration;

use super::reading::{self, log_by, log_on, page_sizes};
use super::samples::{event, events, put, tags};
use super::trial::Trial;
use super::unmet::{Met, Unmet, ensure, same, same_events};
use crate::envelope::RecordedEvent;
use crate::ids::Position;
use crate::store::{LogFilter, LogQuery, PageSize, Store};
use crate::stream::StreamId;

pub(super) async fn pages_cover_the_log(trial: &Trial<'_>) -> Met {
    let (store, whole) = filled(trial).await?;
    let mut starts: Vec<_> = whole.iter().map(|event| event.position).collect();
    starts.extend([Position::START, Position::from_raw(i64::MAX as u64)]);
    for from in starts {
        for page in page_sizes(whole.len()) {
            let events = log_by(&store, LogQuery::after(from).page(page)).await?;
            let after: Vec<_> = whole
                .iter()
                .filter(|e| e.position > from)
                .cloned()
                .collect();
            same_events(
                format_args!("the log after {from} by {page:?}"),
                &events,
                &after,
            )?;
        }
    }
    Ok(())
}

pub(super) async fn pages_cover_the_log_backwards(trial: &Trial<'_>) -> Met {
    let (store, whole) = filled(trial).await?;
    let mut starts: Vec<_> = whole.iter().map(|event| Some(event.position)).collect();
    starts.extend([
        None,
        Some(Position::START),
        Some(Position::from_raw(i64::MAX as u64)),
    ]);
    for from in starts {
        for page in page_sizes(whole.len()) {
            let query = LogQuery {
                from,
                ..LogQuery::backwards().page(page)
            };
            let events = log_by(&store, query).await?;
            let before = |event: &&RecordedEvent| from.is_none_or(|from| event.position < from);
            let before: Vec<_> = whole.iter().rev().filter(before).cloned().collect();
            same_events(
                format_args!("the log before {from:?} by {page:?}"),
                &events,
                &before,
            )?;
        }
    }
    Ok(())
}

pub(super) async fn log_pages_are_bounded(trial: &Trial<'_>) -> Met {
    let (store, whole) = filled(trial).await?;
    let filtered = LogFilter {
        event_types: vec!["LineAdded".to_owned()],
        ..all()
    };
    for query in [LogQuery::default(), LogQuery::backwards()] {
        for filter in [all(), filtered.clone()] {
            for page in page_sizes(whole.len()) {
                let query = query.clone().filter(filter.clone()).page(page);
                let count = store.read_log(query.clone()).await?.events.len();
                ensure(count <= page.get(), || {
                    format!("the page for {query:?} has {count} events")
                })?;
            }
        }
    }
    Ok(())
}

pub(super) async fn an_empty_log_is_an_empty_page(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    same("head of an empty log", store.head().await?, Position::START)?;
    for query in [
        LogQuery::default(),
        LogQuery::after(Position::START),
        LogQuery::backwards(),
    ] {
        let page = store.read_log(query).await?;
        same("events of an empty log", page.events.len(), 0)?;
        same("`more` of an empty log", page.more, false)?;
        same("`next` of an empty log", page.next, Position::START)?;
    }
    Ok(())
}

pub(super) async fn a_reader_resumes_where_it_stopped(trial: &Trial<'_>) -> Met {
    let (store, _) = filled(trial).await?;
    let rare = LogFilter {
        event_types: vec!["Rare".to_owned()],
        ..all()
    };
    for filter in [all(), rare] {
        let query = LogQuery::default()
            .filter(filter.clone())
            .page(PageSize::new(3));
        let (_, mut next) = log_on(&store, query.clone()).await?;
        for event_type in ["LineAdded", "Rare", "Rare", "LineAdded"] {
            let order = StreamId::new("Order", "1")?;
            let since = store.head().await?;
            put(&store, &order, vec![event(event_type)]).await?;
            let query = LogQuery {
                from: Some(next),
                ..query.clone()
            };
            let (read, further) = log_on(&store, query).await?;
            let mut expected = reading::log(&store).await?;
            expected.retain(|event| event.position > since && filter.matches(event));
            same_events(format_args!("the log after {next}"), &read, &expected)?;
            next = further;
        }
    }
    Ok(())
}

pub(super) fn all() -> LogFilter {
    LogFilter::default()
}

/// A log of several aggregates, types, tags and times.
pub(super) async fn filled(
    trial: &Trial<'_>,
) -> Result<(Arc<dyn Store>, Vec<RecordedEvent>), Unmet> {
    let store = trial.open().await?;
    let labels: [&[&str]; 5] = [
        &["customer:1", "country:UK"],
        &["customer:10", "country:UK"],
        &["country:DE", "customer:1"],
        &[],
        &["country:UK"],
    ];
    let types = ["OrderPlaced", "LineAdded", "LineAdded", "lineAdded"];
    for (n, (texts, event_type)) in labels
        .iter()
        .cycle()
        .zip(types.iter().cycle())
        .take(20)
        .enumerate()
    {
        let aggregate_type = if n % 3 == 0 { "Customer" } else { "Order" };
        let stream = StreamId::new(aggregate_type, format!("{}", n % 2 + 1))?;
        let mut tagged = event(event_type);
        tagged.tags = tags(texts)?;
        put(&store, &stream, vec![tagged]).await?;
        trial.clock.advance(Duration::from_mins(1));
    }
    put(&store, &StreamId::new("Order", "10")?, events(3)).await?;
    let whole = log_by(&store, LogQuery::default().page(PageSize::MAX)).await?;
    same("events in the whole log", whole.len(), 23)?;
    Ok((store, whole))
}
