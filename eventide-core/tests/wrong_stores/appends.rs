//! Faults of appending.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use eventide_core::store::{
    AppendError, AppendRequest, Appended, AppendedStream, EventStore, ExpectedVersion, MemoryStore,
    StreamAppend,
};
use eventide_core::{Position, Version};
use jiff::Timestamp;
use tokio::task::yield_now;

use crate::Case;
use crate::wrong::Fault;

const ANY: ExpectedVersion = ExpectedVersion::Any;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case {
            name: "acknowledges without storing",
            fault: |_| {
                let appends = AtomicUsize::new(0);
                Fault::none().append(move |inner, request| {
                    let lost = appends.fetch_add(1, Ordering::Relaxed) % 4 == 3;
                    async move {
                        if lost {
                            pretend(&inner, request).await
                        } else {
                            inner.append(request).await
                        }
                    }
                })
            },
            breaks: &["an_append_is_visible_at_once", "no_update_is_lost"],
        },
        Case {
            name: "answers in another order",
            fault: |_| {
                Fault::none().answer(|answer| {
                    let mut appended = answer?;
                    appended.streams.reverse();
                    Ok(appended)
                })
            },
            breaks: &["an_append_answers_what_it_did"],
        },
        Case {
            name: "appends stream by stream",
            fault: |_| {
                Fault::none().append(|inner, request| async move {
                    request.check()?;
                    piece_by_piece(&inner, request.streams).await
                })
            },
            breaks: &[
                "a_conflict_in_one_stream_stores_nothing_in_the_others",
                "a_failed_append_leaves_no_trace",
                "appends_over_crossing_streams_stay_whole",
            ],
        },
        Case {
            name: "keeps the events before a bad one",
            fault: |_| {
                Fault::none().append(|inner, request| async move {
                    let answer = inner.append(request.clone()).await;
                    if let Err(AppendError::Store(_)) = answer {
                        for part in request.streams {
                            let single = part.events.into_iter().map(|event| vec![event]);
                            for events in single {
                                let commands = vec![];
                                let stream = part.stream.clone();
                                let part = StreamAppend {
                                    stream,
                                    expected: ANY,
                                    events,
                                    commands,
                                };
                                inner.append(AppendRequest::to(part)).await?;
                            }
                        }
                    }
                    answer
                })
            },
            breaks: &["a_batch_with_a_repeated_event_id_stores_nothing"],
        },
        Case {
            name: "takes anything",
            fault: |_| {
                Fault::none().append(|inner, request| async move {
                    match inner.append(request.clone()).await {
                        Err(AppendError::InvalidRequest { .. }) => pretend(&inner, request).await,
                        answer => answer,
                    }
                })
            },
            breaks: &["malformed_appends_are_refused"],
        },
        Case {
            name: "lets batches mix",
            fault: |_| {
                Fault::none().append(|inner, request| async move {
                    let plain =
                        |part: &StreamAppend| part.commands.is_empty() && part.expected == ANY;
                    if !request.streams.iter().all(plain) {
                        return inner.append(request).await;
                    }
                    request.check()?;
                    let mut pieces = Vec::new();
                    for part in request.streams {
                        for event in part.events.clone() {
                            pieces.push(StreamAppend {
                                events: vec![event],
                                ..part.clone()
                            });
                        }
                    }
                    piece_by_piece(&inner, pieces).await
                })
            },
            breaks: &["appends_at_any_version_all_land"],
        },
        Case {
            name: "loses appends under load",
            fault: |_| {
                let running = Arc::new(AtomicUsize::new(0));
                Fault::none().append(move |inner, request| {
                    let running = running.clone();
                    async move {
                        let busy = running.fetch_add(1, Ordering::Relaxed) > 2;
                        yield_now().await;
                        let answer = if busy {
                            pretend(&inner, request).await
                        } else {
                            inner.append(request).await
                        };
                        running.fetch_sub(1, Ordering::Relaxed);
                        answer
                    }
                })
            },
            breaks: &["writers_on_many_streams_all_land", "no_update_is_lost"],
        },
        Case {
            name: "turns a batch around",
            fault: |_| {
                Fault::none().request(|request| {
                    request
                        .streams
                        .iter_mut()
                        .for_each(|part| part.events.reverse());
                })
            },
            breaks: &["events_of_a_batch_keep_their_order"],
        },
        Case {
            name: "hands out positions from a pool",
            fault: |_| {
                Fault::none().answer(|answer| {
                    let mut appended = answer?;
                    for position in appended
                        .streams
                        .iter_mut()
                        .flat_map(|part| &mut part.positions)
                    {
                        *position = Position::from_raw(position.as_raw() ^ 1);
                    }
                    Ok(appended)
                })
            },
            breaks: &["positions_grow_in_append_order"],
        },
        Case {
            name: "forgets when it is closed",
            fault: |_| Fault::none().forgetful(),
            breaks: &[
                "acknowledged_events_survive_reopening",
                "commands_survive_reopening",
                "appending_goes_on_after_reopening",
                "steps_survive_reopening",
                "leases_survive_reopening",
            ],
        },
        Case {
            name: "keeps to itself what it holds",
            fault: |_| Fault::none().apart(),
            breaks: &[
                "stores_on_one_storage_see_each_others_appends",
                "stores_on_one_storage_guard_each_others_versions",
                "stores_on_one_storage_know_each_others_commands",
                "stores_on_one_storage_see_each_others_versions",
                "stores_on_one_storage_agree_on_its_identity",
                "a_live_reader_sees_the_appends_of_all_stores",
                "stores_on_one_storage_see_each_others_claims",
                "stores_on_one_storage_fence_each_others_workers",
                "stores_on_one_storage_see_each_others_steps",
                "steps_of_stores_on_one_storage_lose_no_update",
            ],
        },
        Case {
            name: "counts positions from one after reopening",
            fault: |reopened| {
                let restart = move |answer: Result<Appended, AppendError>| {
                    let mut appended = answer?;
                    if reopened {
                        for part in &mut appended.streams {
                            part.positions.fill(Position::from_raw(1));
                        }
                    }
                    Ok(appended)
                };
                Fault::none().answer(restart)
            },
            breaks: &["appending_goes_on_after_reopening"],
        },
    ]
}

/// Answers as if it had been stored.
pub(crate) async fn pretend(
    inner: &MemoryStore,
    request: AppendRequest,
) -> Result<Appended, AppendError> {
    let mut streams = Vec::new();
    for part in request.streams {
        let version = inner.stream_version(&part.stream).await?;
        let head = inner.head().await?.as_raw();
        let count = part.events.len() as u64;
        streams.push(AppendedStream {
            stream: part.stream,
            version: Version::new(version.get() + count),
            positions: (head + 1..=head + count).map(Position::from_raw).collect(),
        });
    }
    let recorded_at = Timestamp::UNIX_EPOCH;
    Ok(Appended {
        streams,
        recorded_at,
    })
}

async fn piece_by_piece(
    inner: &MemoryStore,
    pieces: Vec<StreamAppend>,
) -> Result<Appended, AppendError> {
    let mut whole: Option<Appended> = None;
    for piece in pieces {
        let appended = inner.append(AppendRequest::to(piece)).await?;
        yield_now().await;
        match &mut whole {
            Some(whole) => whole.streams.extend(appended.streams),
            None => whole = Some(appended),
        }
    }
    whole.ok_or_else(|| AppendError::invalid_request("nothing to append"))
}
