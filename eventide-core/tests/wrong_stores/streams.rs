//! Faults of reading streams.

use eventide_core::Version;
use eventide_core::store::{
    Direction, EventStore, PageSize, StoreError, StoreErrorKind, StreamQuery,
};
use tokio::task::yield_now;

use crate::Case;
use crate::wrong::Fault;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case {
            name: "says too early that a stream ends",
            fault: |_| {
                Fault::none().stream_page(
                    |_| (),
                    |query, page| page.more &= page.events.len() < query.page.get(),
                )
            },
            breaks: &["pages_cover_a_stream", "more_is_exact_for_a_stream"],
        },
        Case {
            name: "takes a full page for one with more to come",
            fault: |_| {
                Fault::none().stream_page(
                    |_| (),
                    |query, page| page.more = page.events.len() == query.page.get(),
                )
            },
            breaks: &["more_is_exact_for_a_stream"],
        },
        Case {
            name: "reads streams forwards only",
            fault: |_| {
                Fault::none().stream_page(|query| query.direction = Direction::Forwards, |_, _| ())
            },
            breaks: &["pages_cover_a_stream_backwards"],
        },
        Case {
            name: "leaves out the last event of a range",
            fault: |_| {
                let before = |query: &mut StreamQuery| {
                    let until = query.until.map(|until| until.get().saturating_sub(1));
                    query.until = until.map(Version::new);
                };
                Fault::none().stream_page(before, |_, _| ())
            },
            breaks: &["the_bounds_of_a_stream_query_are_kept"],
        },
        Case {
            name: "reads streams in one go",
            fault: |_| Fault::none().stream_page(|query| query.page = PageSize::MAX, |_, _| ()),
            breaks: &["stream_pages_are_bounded"],
        },
        Case {
            name: "takes a page's last event for the stream's",
            fault: |_| {
                Fault::none().stream_page(
                    |_| (),
                    |_, page| {
                        let last = page.events.last().map(|event| event.version);
                        page.version = last.unwrap_or(page.version);
                    },
                )
            },
            breaks: &["every_stream_page_carries_the_version"],
        },
        Case {
            name: "knows no empty stream",
            fault: |_| {
                Fault::none().read_stream(|inner, (stream, query)| async move {
                    let page = inner.read_stream(&stream, query).await?;
                    if page.version == Version::ZERO {
                        return Err(StoreError::new(StoreErrorKind::Other, "no such stream"));
                    }
                    Ok(page)
                })
            },
            breaks: &["an_empty_stream_is_an_empty_page"],
        },
        Case {
            name: "reads a thousand events of a stream at most",
            fault: |_| {
                let first = |query: &mut StreamQuery| {
                    let until = query.until.map_or(1_000, |until| until.get().min(1_000));
                    query.until = Some(Version::new(until));
                };
                Fault::none().stream_page(first, |_, _| ())
            },
            breaks: &["a_long_stream_is_read_in_pages"],
        },
        Case {
            name: "asks for the version after the events",
            fault: |_| {
                Fault::none().read_stream(|inner, (stream, query)| async move {
                    let mut page = inner.read_stream(&stream, query).await?;
                    yield_now().await;
                    page.version = inner.stream_version(&stream).await?;
                    Ok(page)
                })
            },
            breaks: &["a_live_stream_page_is_one_instant"],
        },
    ]
}
