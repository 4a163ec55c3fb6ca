//! Faults of guarding versions.

use eventide_core::store::{AppendError, AppendRequest, EventStore, ExpectedVersion};
use tokio::task::yield_now;

use crate::Case;
use crate::wrong::Fault;

const ANY: ExpectedVersion = ExpectedVersion::Any;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case {
            name: "checks no version",
            fault: |_| Fault::none().request(|request| expect(request, |_| ANY)),
            breaks: &[
                "the_exact_version_is_enforced",
                "no_stream_is_enforced",
                "one_writer_wins_each_version",
                "a_conflict_names_what_was_expected_and_what_is",
            ],
        },
        Case {
            name: "takes version zero for any version",
            fault: |_| {
                Fault::none().request(|request| {
                    expect(request, |expected| match expected {
                        ExpectedVersion::NO_STREAM => ANY,
                        other => other,
                    });
                })
            },
            breaks: &["no_stream_is_enforced"],
        },
        Case {
            name: "takes any version for a new stream",
            fault: |_| {
                Fault::none().request(|request| {
                    expect(request, |expected| match expected {
                        ExpectedVersion::Any => ExpectedVersion::NO_STREAM,
                        exact @ ExpectedVersion::Exact(_) => exact,
                    });
                })
            },
            breaks: &["any_version_is_accepted"],
        },
        Case {
            name: "blames the first stream for every conflict",
            fault: |_| {
                Fault::none().append(|inner, request| async move {
                    let first = request.streams.first().map(|part| part.stream.clone());
                    match (inner.append(request).await, first) {
                        (
                            Err(AppendError::Conflict {
                                expected, actual, ..
                            }),
                            Some(stream),
                        ) => Err(AppendError::conflict(stream, expected, actual)),
                        (answer, _) => answer,
                    }
                })
            },
            breaks: &["a_conflict_names_what_was_expected_and_what_is"],
        },
        Case {
            name: "guards only what has events",
            fault: |_| {
                Fault::none().request(|request| {
                    for part in &mut request.streams {
                        if part.events.is_empty() {
                            part.expected = ANY;
                        }
                    }
                })
            },
            breaks: &["an_append_without_events_enforces_its_version"],
        },
        Case {
            name: "checks the version, then appends",
            fault: |_| {
                Fault::none().append(|inner, mut request| async move {
                    for part in &mut request.streams {
                        let actual = inner.stream_version(&part.stream).await?;
                        if part.expected.matches(actual) {
                            part.expected = ANY;
                        }
                    }
                    yield_now().await;
                    inner.append(request).await
                })
            },
            breaks: &["one_writer_wins_each_version"],
        },
    ]
}

fn expect(request: &mut AppendRequest, change: fn(ExpectedVersion) -> ExpectedVersion) {
    for part in &mut request.streams {
        part.expected = change(part.expected);
    }
}
