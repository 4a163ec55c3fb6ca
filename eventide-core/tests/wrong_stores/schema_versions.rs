//! Faults of knowing in which shapes events are stored.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use eventide_core::store::{EventStore, SeenVersion};

use crate::Case;
use crate::wrong::Fault;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case {
            name: "names the versions it saw last first",
            fault: |_| {
                Fault::none().seen(|inner, aggregate_type| async move {
                    let mut seen = inner.seen_versions(&aggregate_type).await?;
                    seen.reverse();
                    Ok(seen)
                })
            },
            breaks: &["every_version_of_an_event_is_seen"],
        },
        Case {
            name: "sees the newest version of each event only",
            fault: |_| {
                Fault::none().seen(|inner, aggregate_type| async move {
                    let mut seen = inner.seen_versions(&aggregate_type).await?;
                    seen.reverse();
                    seen.dedup_by(|older, newer| older.event_type == newer.event_type);
                    seen.reverse();
                    Ok(seen)
                })
            },
            breaks: &["every_version_of_an_event_is_seen"],
        },
        Case {
            name: "sees the versions of all aggregate types as one",
            fault: |_| {
                Fault::none().seen(|inner, _| async move {
                    let counts = inner.count_versions().await?.into_iter();
                    let seen: BTreeSet<_> = counts
                        .map(|count| SeenVersion {
                            event_type: count.event_type,
                            schema_version: count.schema_version,
                        })
                        .collect();
                    Ok(seen.into_iter().collect())
                })
            },
            breaks: &["every_version_of_an_event_is_seen"],
        },
        Case {
            name: "sees versions before it judges the append",
            fault: |_| {
                let noted = Arc::new(Mutex::new(BTreeSet::new()));
                let seen = Arc::clone(&noted);
                Fault::none()
                    .append(move |inner, request| {
                        let parts = request.streams.iter();
                        noted.lock().unwrap().extend(parts.flat_map(|part| {
                            part.events.iter().map(|event| SeenVersion {
                                event_type: Arc::clone(&event.event_type),
                                schema_version: event.schema_version,
                            })
                        }));
                        async move { inner.append(request).await }
                    })
                    .seen(move |_, _| {
                        let seen = seen.lock().unwrap().iter().cloned().collect();
                        async move { Ok(seen) }
                    })
            },
            breaks: &[
                "versions_of_a_failed_append_stay_unseen",
                "of_racing_appends_the_winners_version_is_seen",
                "stores_on_one_storage_see_each_others_versions",
            ],
        },
        Case {
            name: "forgets what it has seen when it is closed",
            fault: |reopened| {
                Fault::none().seen(move |inner, aggregate_type| async move {
                    let seen = inner.seen_versions(&aggregate_type).await?;
                    Ok(if reopened { Vec::new() } else { seen })
                })
            },
            breaks: &["seen_versions_survive_reopening"],
        },
        Case {
            name: "counts what is of one version once",
            fault: |_| {
                Fault::none().count(|counts| {
                    for count in counts.iter_mut() {
                        count.events = 1;
                    }
                })
            },
            breaks: &["events_are_counted_by_their_version"],
        },
    ]
}
