//! Faults of reading the log.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use eventide_core::Position;
use eventide_core::store::{Direction, EventStore, LogPage, LogQuery, PageSize};

use crate::Case;
use crate::wrong::Fault;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case {
            name: "gives out positions before the commit",
            fault: |_| {
                Fault::none().read_log(|inner, query| async move {
                    let mut page = inner.read_log(query).await?;
                    let head = inner.head().await?.as_raw();
                    page.events.retain(|event| {
                        let position = event.position.as_raw();
                        position % 2 == 0 || position + 40 <= head
                    });
                    Ok(page)
                })
            },
            breaks: &[
                "a_live_reader_sees_every_event_once",
                "a_live_reader_of_a_filter_misses_nothing",
                "nothing_appears_before_a_head_once_seen",
                "an_append_is_visible_at_once",
            ],
        },
        Case {
            name: "gives events to a live reader twice",
            fault: |_| {
                let pages = Arc::new(AtomicUsize::new(0));
                Fault::none().read_log(move |inner, query| {
                    let again = pages.fetch_add(1, Ordering::Relaxed) % 16 == 15;
                    async move {
                        let mut page = inner.read_log(query.clone()).await?;
                        if again && page.next > Position::from_raw(1) && !page.more {
                            page.next = Position::from_raw(page.next.as_raw() - 1);
                        }
                        Ok(page)
                    }
                })
            },
            breaks: &["a_live_reader_sees_every_event_once"],
        },
        Case {
            name: "sorts each page by stream",
            fault: |_| {
                Fault::none().log_page(
                    |_| (),
                    |_, page| page.events.sort_by_key(|event| event.stream.clone()),
                )
            },
            breaks: &["the_log_has_one_order", "pages_cover_the_log"],
        },
        Case {
            name: "reads the log forwards only",
            fault: |_| {
                Fault::none().log_page(|query| query.direction = Direction::Forwards, |_, _| ())
            },
            breaks: &["pages_cover_the_log_backwards"],
        },
        Case {
            name: "reads from a position on, not after it",
            fault: |_| {
                let from = |query: &mut LogQuery| {
                    let earlier = query.from.map(|from| from.as_raw().saturating_sub(1));
                    query.from = earlier.map(Position::from_raw);
                };
                Fault::none().log_page(from, |_, _| ())
            },
            breaks: &["pages_cover_the_log"],
        },
        Case {
            name: "reads the log in one go",
            fault: |_| Fault::none().log_page(|query| query.page = PageSize::MAX, |_, _| ()),
            breaks: &["log_pages_are_bounded"],
        },
        Case {
            name: "says too early that the log ends",
            fault: |_| {
                Fault::none().log_page(
                    |_| (),
                    |query, page| page.more &= page.events.len() < query.page.get(),
                )
            },
            breaks: &["pages_cover_the_log", "the_log_has_one_order"],
        },
        Case {
            name: "puts readers of an empty log behind its first event",
            fault: |_| {
                Fault::none().log_page(
                    |_| (),
                    |_, page| page.next = page.next.max(Position::from_raw(1)),
                )
            },
            breaks: &["an_empty_log_is_an_empty_page"],
        },
        Case {
            name: "puts readers at the end behind the next event",
            fault: |_| {
                let skip = |_: &LogQuery, page: &mut LogPage| {
                    if !page.more {
                        page.next = Position::from_raw(page.next.as_raw() + 1);
                    }
                };
                Fault::none().log_page(|_| (), skip)
            },
            breaks: &[
                "a_reader_resumes_where_it_stopped",
                "a_live_reader_sees_every_event_once",
            ],
        },
    ]
}
