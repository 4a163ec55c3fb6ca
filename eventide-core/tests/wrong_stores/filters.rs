//! Faults of filtering the log.

use eventide_core::store::{EventStore, LogFilter};
use jiff::SignedDuration;

use crate::Case;
use crate::wrong::Fault;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case {
            name: "looks at the first event type only",
            fault: |_| filtering(|filter| filter.event_types.truncate(1)),
            breaks: &["the_log_is_filtered_by_event_type"],
        },
        Case {
            name: "ignores event types",
            fault: |_| filtering(|filter| filter.event_types.clear()),
            breaks: &[
                "the_log_is_filtered_by_event_type",
                "a_live_reader_of_a_filter_misses_nothing",
            ],
        },
        Case {
            name: "ignores the aggregate type",
            fault: |_| filtering(|filter| filter.aggregate_type = None),
            breaks: &["the_log_is_filtered_by_aggregate_type"],
        },
        Case {
            name: "takes the aggregate type for the stream",
            fault: |_| {
                filtering(|filter| {
                    if let Some(stream) = filter.stream.take() {
                        filter.aggregate_type = Some(stream.aggregate_type().to_owned());
                    }
                })
            },
            breaks: &[
                "the_log_is_filtered_by_stream",
                "similar_streams_are_told_apart",
            ],
        },
        Case {
            name: "looks at the first tag only",
            fault: |_| filtering(|filter| filter.tags.truncate(1)),
            breaks: &["the_log_is_filtered_by_tags"],
        },
        Case {
            name: "includes the end of time",
            fault: |_| {
                filtering(|filter| {
                    let end = filter.recorded_before;
                    filter.recorded_before = end.map(|end| end + SignedDuration::from_micros(1));
                })
            },
            breaks: &["the_log_is_filtered_by_time"],
        },
        Case {
            name: "excludes the start of time",
            fault: |_| {
                filtering(|filter| {
                    let start = filter.recorded_from;
                    filter.recorded_from =
                        start.map(|start| start + SignedDuration::from_micros(1));
                })
            },
            breaks: &["the_log_is_filtered_by_time"],
        },
        Case {
            name: "looks at one condition only",
            fault: |_| {
                filtering(|filter| {
                    if filter.stream.is_some() || filter.aggregate_type.is_some() {
                        filter.event_types.clear();
                        filter.tags.clear();
                    }
                })
            },
            breaks: &["conditions_of_a_filter_narrow_each_other"],
        },
    ]
}

fn filtering(change: fn(&mut LogFilter)) -> Fault {
    Fault::none().read_log(move |inner, mut query| async move {
        change(&mut query.filter);
        inner.read_log(query).await
    })
}
