//! Faults of keeping events as they were.

use std::time::Duration;

use eventide_core::store::conformance::Tampered;
use eventide_core::{SchemaVersion, StreamId, Version};
use jiff::Timestamp;

use crate::Case;
use crate::wrong::Fault;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case {
            name: "leaves holes between versions",
            fault: |_| {
                Fault::none().event(|event| {
                    event.version = Version::new(event.version.get() * 4 / 3);
                })
            },
            breaks: &["versions_have_no_holes", "pages_cover_a_stream"],
        },
        Case {
            name: "writes JSON anew",
            fault: |_| {
                Fault::none().event(|event| {
                    let read = serde_json::from_slice::<serde_json::Value>(&event.payload);
                    if let Ok(value) = read {
                        event.payload = value.to_string().into_bytes();
                    }
                })
            },
            breaks: &["payloads_are_kept_byte_for_byte"],
        },
        Case {
            name: "cuts payloads at 64 KiB",
            fault: |_| Fault::none().event(|event| event.payload.truncate(1 << 16)),
            breaks: &["a_large_payload_is_kept"],
        },
        Case {
            name: "drops the user's own metadata",
            fault: |_| Fault::none().event(|event| event.metadata.extra.clear()),
            breaks: &["metadata_is_kept"],
        },
        Case {
            name: "drops the user",
            fault: |_| Fault::none().event(|event| event.metadata.user_id = None),
            breaks: &["metadata_is_kept"],
        },
        Case {
            name: "drops the business time",
            fault: |_| Fault::none().event(|event| event.metadata.occurred_at = None),
            breaks: &["metadata_is_kept"],
        },
        Case {
            name: "drops tags",
            fault: |_| Fault::none().event(|event| event.tags.clear()),
            breaks: &["tags_are_kept", "the_log_is_filtered_by_tags"],
        },
        Case {
            name: "gives tags unsorted",
            fault: |_| Fault::none().event(|event| event.tags.reverse()),
            breaks: &["tags_are_kept"],
        },
        Case {
            name: "has one byte for schema versions",
            fault: |_| {
                Fault::none().event(|event| {
                    event.schema_version = SchemaVersion::new(event.schema_version.get() & 0xff);
                })
            },
            breaks: &["ids_types_and_schema_versions_are_kept"],
        },
        Case {
            name: "keeps milliseconds",
            fault: |_| {
                Fault::none().event(|event| {
                    let kept = Timestamp::from_millisecond(event.recorded_at.as_millisecond());
                    event.recorded_at = kept.unwrap();
                })
            },
            breaks: &["recorded_time_is_the_clocks_in_microseconds"],
        },
        Case {
            name: "lets time go back",
            fault: |_| {
                Fault::none().event(|event| {
                    let back = Duration::from_micros(event.position.as_raw());
                    event.recorded_at = event.recorded_at.saturating_sub(back).unwrap();
                })
            },
            breaks: &["recorded_time_never_decreases"],
        },
        Case {
            name: "escapes stream ids",
            fault: |_| {
                Fault::none().event(|event| {
                    let escaped = event.stream.aggregate_id().replace(' ', "%20");
                    let kind = event.stream.aggregate_type();
                    event.stream = StreamId::new(kind, escaped).unwrap();
                })
            },
            breaks: &["stream_ids_are_kept"],
        },
        Case {
            name: "folds the case of stream ids",
            fault: |_| {
                Fault::none().address(|stream| {
                    let kind = stream.aggregate_type().to_lowercase();
                    *stream = StreamId::new(kind, stream.aggregate_id().to_lowercase()).unwrap();
                })
            },
            breaks: &[
                "similar_streams_are_told_apart",
                "snapshots_are_kept_per_stream",
            ],
        },
        Case {
            name: "joins type and id by a slash",
            fault: |_| {
                Fault::none().address(|stream| {
                    let joined = stream.to_string();
                    let (kind, id) = joined.split_once('/').unwrap();
                    *stream = StreamId::new(kind, id).unwrap();
                })
            },
            breaks: &[
                "similar_streams_are_told_apart",
                "snapshots_are_kept_per_stream",
            ],
        },
        Case {
            name: "trims stream ids",
            fault: |_| {
                Fault::none().address(|stream| {
                    let id = stream.aggregate_id().trim_end();
                    if !id.is_empty() {
                        *stream = StreamId::new(stream.aggregate_type(), id).unwrap();
                    }
                })
            },
            breaks: &["similar_streams_are_told_apart"],
        },
        Case {
            name: "can be tampered with",
            fault: |_| Fault::none().tampered(Tampered::Done),
            breaks: &[
                "stored_events_cannot_be_updated",
                "stored_events_cannot_be_deleted",
                "stored_events_cannot_be_replaced",
            ],
        },
    ]
}
