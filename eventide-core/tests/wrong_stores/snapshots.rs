//! Faults of keeping snapshots.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use eventide_core::store::{EventStore, SnapshotStore};
use eventide_core::{StreamId, Version};

use crate::Case;
use crate::wrong::Fault;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case {
            name: "computes checksums itself",
            fault: |_| {
                Fault::none().snapshot(|snapshot| snapshot.checksum = snapshot.computed_checksum())
            },
            breaks: &["a_snapshot_is_given_back_as_saved"],
        },
        Case {
            name: "keeps snapshots as text",
            fault: |_| {
                Fault::none().snapshot(|snapshot| {
                    let text = String::from_utf8_lossy(&snapshot.payload).into_owned();
                    snapshot.payload = text.into_bytes();
                })
            },
            breaks: &["a_snapshot_is_given_back_as_saved"],
        },
        Case {
            name: "keeps the snapshot that was saved last",
            fault: |_| {
                Fault::none().save(|inner, snapshot| async move {
                    inner.delete_snapshot(&snapshot.stream).await?;
                    inner.save_snapshot(snapshot).await
                })
            },
            breaks: &["a_newer_snapshot_replaces_an_older"],
        },
        Case {
            name: "compares the versions of any shapes",
            fault: |_| {
                Fault::none().save(|inner, snapshot| async move {
                    let kept = inner.load_snapshot(&snapshot.stream).await?;
                    if kept.is_some_and(|kept| kept.version > snapshot.version) {
                        return Ok(());
                    }
                    inner.save_snapshot(snapshot).await
                })
            },
            breaks: &["a_snapshot_of_another_shape_replaces"],
        },
        Case {
            name: "deletes no snapshot",
            fault: |_| Fault::none().delete(|_, _| async { Ok(()) }),
            breaks: &["a_deleted_snapshot_is_gone"],
        },
        Case {
            name: "drops the events in a snapshot",
            fault: |_| {
                let folded: Arc<Mutex<HashMap<StreamId, Version>>> = Arc::default();
                let dropped = folded.clone();
                Fault::none()
                    .save(move |inner, snapshot| {
                        let until = snapshot.version;
                        folded
                            .lock()
                            .unwrap()
                            .insert(snapshot.stream.clone(), until);
                        async move { inner.save_snapshot(snapshot).await }
                    })
                    .read_log(move |inner, query| {
                        let dropped = dropped.clone();
                        async move {
                            let mut page = inner.read_log(query).await?;
                            let dropped = dropped.lock().unwrap();
                            page.events.retain(|event| {
                                dropped
                                    .get(&event.stream)
                                    .is_none_or(|until| event.version > *until)
                            });
                            Ok(page)
                        }
                    })
            },
            breaks: &["snapshots_leave_the_events_alone"],
        },
    ]
}
