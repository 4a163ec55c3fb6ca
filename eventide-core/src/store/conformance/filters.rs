//! Reading only what is wanted of the log.

use std::sync::Arc;
use std::time::Duration;

use super::log::{all, filled};
use super::reading::{log_by, reversed};
use super::samples::tags;
use super::trial::Trial;
use super::unmet::{Met, same_events};
use crate::envelope::RecordedEvent;
use crate::store::{LogFilter, LogQuery, PageSize, Store};
use crate::stream::StreamId;

pub(super) async fn the_log_is_filtered_by_event_type(trial: &Trial<'_>) -> Met {
    let types = |types: &[&str]| LogFilter {
        event_types: types.iter().map(|name| (*name).to_owned()).collect(),
        ..all()
    };
    let filters = [
        types(&["LineAdded"]),
        types(&["OrderPlaced"]),
        types(&["OrderPlaced", "LineAdded", "LineAdded"]),
        types(&["lineadded"]),
        types(&["Line%", "Line_dded", "' OR 1=1 --", ""]),
    ];
    filtered(trial, &filters).await
}

pub(super) async fn the_log_is_filtered_by_aggregate_type(trial: &Trial<'_>) -> Met {
    let filters = ["Order", "order", "Customer", "Ord%", "Order/1"].map(|name| LogFilter {
        aggregate_type: Some(name.to_owned()),
        ..all()
    });
    filtered(trial, &filters).await
}

pub(super) async fn the_log_is_filtered_by_stream(trial: &Trial<'_>) -> Met {
    let mut filters = Vec::new();
    let wanted = [
        ("Order", "1"),
        ("Order", "2"),
        ("Customer", "1"),
        ("Order", "%"),
        ("Nobody", "1"),
    ];
    for (aggregate_type, aggregate_id) in wanted {
        let stream = Some(StreamId::new(aggregate_type, aggregate_id)?);
        filters.push(LogFilter { stream, ..all() });
    }
    filtered(trial, &filters).await
}

pub(super) async fn the_log_is_filtered_by_tags(trial: &Trial<'_>) -> Met {
    let mut filters = Vec::new();
    let wanted: [&[&str]; 8] = [
        &["customer:1"],
        &["customer:10"],
        &["country:UK"],
        &["customer:1", "country:UK"],
        &["country:UK", "customer:1", "country:UK"],
        &["customer:1", "customer:10"],
        &["country:uk"],
        &["customer:%"],
    ];
    for texts in wanted {
        filters.push(LogFilter {
            tags: tags(texts)?,
            ..all()
        });
    }
    filtered(trial, &filters).await
}

pub(super) async fn the_log_is_filtered_by_time(trial: &Trial<'_>) -> Met {
    let (store, whole) = filled(trial).await?;
    let mut times: Vec<_> = whole.iter().map(|event| event.recorded_at).collect();
    times.dedup();
    let between = Duration::from_micros(1);
    let (first, last) = (times.first().copied(), times.last().copied());
    let mut bounds = vec![
        (None, None),
        (last.map(|last| last + between), None),
        (None, first),
        (last, first),
        (first, last),
        (
            first.map(|first| first + between),
            last.map(|last| last + between),
        ),
    ];
    for time in times.iter().step_by(3).copied() {
        bounds.push((Some(time), None));
        bounds.push((None, Some(time)));
        bounds.push((Some(time), Some(time + between)));
    }
    let filters = bounds
        .into_iter()
        .map(|(recorded_from, recorded_before)| LogFilter {
            recorded_from,
            recorded_before,
            ..all()
        });
    agree(&store, &whole, &filters.collect::<Vec<_>>()).await
}

pub(super) async fn conditions_of_a_filter_narrow_each_other(trial: &Trial<'_>) -> Met {
    let (store, whole) = filled(trial).await?;
    let middle = whole.get(whole.len() / 2).map(|event| event.recorded_at);
    let line_added = LogFilter {
        event_types: vec!["LineAdded".to_owned()],
        ..all()
    };
    let of_order = LogFilter {
        stream: Some(StreamId::new("Order", "1")?),
        ..line_added.clone()
    };
    let filters = [
        LogFilter {
            aggregate_type: Some("Customer".to_owned()),
            ..line_added.clone()
        },
        LogFilter {
            aggregate_type: Some("Customer".to_owned()),
            ..of_order.clone()
        },
        LogFilter {
            tags: tags(&["customer:1"])?,
            ..line_added
        },
        LogFilter {
            tags: tags(&["country:UK"])?,
            recorded_from: middle,
            ..of_order.clone()
        },
        LogFilter {
            recorded_before: middle,
            ..of_order
        },
    ];
    agree(&store, &whole, &filters).await
}

async fn filtered(trial: &Trial<'_>, filters: &[LogFilter]) -> Met {
    let (store, whole) = filled(trial).await?;
    agree(&store, &whole, filters).await
}

/// The store must mean by each filter what [`LogFilter::matches`] does.
async fn agree(store: &Arc<dyn Store>, whole: &[RecordedEvent], filters: &[LogFilter]) -> Met {
    for filter in filters {
        let wanted = whole.iter().filter(|event| filter.matches(event)).cloned();
        let forwards: Vec<_> = wanted.collect();
        let backwards = reversed(&forwards);
        for page in [1, 3, 100].map(PageSize::new) {
            for (query, expected) in [
                (LogQuery::default(), &forwards),
                (LogQuery::backwards(), &backwards),
            ] {
                let query = query.filter(filter.clone()).page(page);
                let events = log_by(store, query.clone()).await?;
                same_events(format_args!("{query:?}"), &events, expected)?;
            }
        }
    }
    Ok(())
}
