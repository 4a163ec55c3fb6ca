//! Reading whole streams and logs through pages, and what an append must have left there.

use std::sync::Arc;

use super::unmet::{Met, Unmet, ensure, same, same_events};
use crate::envelope::RecordedEvent;
use crate::ids::{Position, Version};
use crate::store::{
    AppendRequest, Appended, Direction, LogFilter, LogQuery, PageSize, Store, StreamQuery,
};
use crate::stream::StreamId;

/// All that `query` asks of `stream`, page after page.
pub(super) async fn stream_by(
    store: &Arc<dyn Store>,
    stream: &StreamId,
    mut query: StreamQuery,
) -> Result<Vec<RecordedEvent>, Unmet> {
    let mut events = Vec::new();
    loop {
        let page = store.read_stream(stream, query).await?;
        let last = page.events.last().map(|event| event.version);
        events.extend(page.events);
        if !page.more {
            return Ok(events);
        }
        let last = last.ok_or_else(|| {
            Unmet::violated(format!("an empty page of {stream} claims more to come"))
        })?;
        let read_on = match query.direction {
            Direction::Forwards => last > query.after,
            Direction::Backwards => query.until.is_none_or(|until| last <= until),
        };
        ensure(read_on, || {
            format!("a page of {stream} for {query:?} ends at version {last}")
        })?;
        match query.direction {
            Direction::Forwards => query.after = last,
            Direction::Backwards => query.until = Some(Version::new(last.get().saturating_sub(1))),
        }
    }
}

pub(super) async fn stream(
    store: &Arc<dyn Store>,
    stream: &StreamId,
) -> Result<Vec<RecordedEvent>, Unmet> {
    stream_by(store, stream, StreamQuery::default()).await
}

/// All that `query` asks of the log, page after page, and where reading on would start.
pub(super) async fn log_on(
    store: &Arc<dyn Store>,
    mut query: LogQuery,
) -> Result<(Vec<RecordedEvent>, Position), Unmet> {
    let mut events = Vec::new();
    loop {
        let page = store.read_log(query.clone()).await?;
        events.extend(page.events);
        if !page.more {
            return Ok((events, page.next));
        }
        let moved = query.from.is_none_or(|from| match query.direction {
            Direction::Forwards => page.next > from,
            Direction::Backwards => page.next < from,
        });
        ensure(moved, || {
            format!("a page for {query:?} claims more to come at {}", page.next)
        })?;
        query.from = Some(page.next);
    }
}

pub(super) async fn log_by(
    store: &Arc<dyn Store>,
    query: LogQuery,
) -> Result<Vec<RecordedEvent>, Unmet> {
    Ok(log_on(store, query).await?.0)
}

pub(super) async fn log(store: &Arc<dyn Store>) -> Result<Vec<RecordedEvent>, Unmet> {
    log_by(store, LogQuery::default()).await
}

/// What the store holds must be `request`, stored as `appended` says, each stream read on its own
/// and as part of the log.
pub(super) async fn holds(
    store: &Arc<dyn Store>,
    request: &AppendRequest,
    appended: &Appended,
) -> Met {
    same(
        "number of streams in the answer",
        appended.streams.len(),
        request.streams.len(),
    )?;
    for (part, answer) in request.streams.iter().zip(&appended.streams) {
        same("stream in the answer", &answer.stream, &part.stream)?;
        let count = part.events.len();
        same(
            "number of positions in the answer",
            answer.positions.len(),
            count,
        )?;
        let mut version = Version::new(answer.version.since(Version::new(count as u64)));
        let after = version;
        let mut expected = Vec::new();
        for (event, &position) in part.events.iter().zip(&answer.positions) {
            version = version.next();
            let (stream, at) = (part.stream.clone(), appended.recorded_at);
            expected.push(RecordedEvent::new(
                position,
                stream,
                version,
                at,
                event.clone(),
            ));
        }
        let until = Some(answer.version);
        let query = StreamQuery {
            after,
            until,
            ..StreamQuery::default()
        };
        let actual = stream_by(store, &part.stream, query).await?;
        same_events("the stream read back", &actual, &expected)?;
        let filter = LogFilter {
            stream: Some(part.stream.clone()),
            ..LogFilter::default()
        };
        let mut actual = log_by(store, LogQuery::default().filter(filter)).await?;
        actual.retain(|event| answer.positions.contains(&event.position));
        same_events("the log read back", &actual, &expected)?;
    }
    Ok(())
}

/// All that readers can see of a store: to show that something left no trace.
#[derive(Debug, PartialEq)]
pub(super) struct View {
    head: Position,
    versions: Vec<Version>,
    log: Vec<RecordedEvent>,
}

impl View {
    pub(super) async fn of(store: &Arc<dyn Store>, streams: &[&StreamId]) -> Result<Self, Unmet> {
        let mut versions = Vec::new();
        for stream in streams {
            versions.push(store.stream_version(stream).await?);
        }
        Ok(Self {
            head: store.head().await?,
            versions,
            log: log(store).await?,
        })
    }

    pub(super) fn head(&self) -> Position {
        self.head
    }

    pub(super) async fn is_unchanged(
        &self,
        store: &Arc<dyn Store>,
        streams: &[&StreamId],
        since: &str,
    ) -> Met {
        let now = Self::of(store, streams).await?;
        same_events(format_args!("the log after {since}"), &now.log, &self.log)?;
        same(
            format!("versions after {since}"),
            &now.versions,
            &self.versions,
        )?;
        same(format!("head after {since}"), now.head, self.head)
    }
}

/// The sizes pages are tried with, for `count` events.
pub(super) fn page_sizes(count: usize) -> [PageSize; 6] {
    [1, 2, 7, count.saturating_sub(1), count, count + 1].map(PageSize::new)
}

/// `events`, newest first.
pub(super) fn reversed(events: &[RecordedEvent]) -> Vec<RecordedEvent> {
    events.iter().rev().cloned().collect()
}
