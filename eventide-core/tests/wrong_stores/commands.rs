//! Faults of remembering commands.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use eventide_core::store::{
    AppendError, AppendRequest, Appended, CommandMark, EventStore, HandledCommand, MemoryStore,
    StoreError, StoreErrorKind,
};
use eventide_core::{CommandId, StreamId, Version};
use tokio::task::yield_now;

use crate::Case;
use crate::appends::pretend;
use crate::wrong::Fault;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case {
            name: "ignores command ids",
            fault: |_| {
                Fault::none()
                    .append(|inner, request| async move { unmarked(&inner, request).await })
            },
            breaks: &[
                "a_repeated_command_is_told_its_first_result",
                "a_command_is_known_on_every_stream",
                "a_command_is_judged_before_the_version",
                "racing_requests_with_one_command_act_once",
                "commands_survive_reopening",
            ],
        },
        Case {
            name: "names the present version as the first result",
            fault: |_| {
                Fault::none().handled(|inner, ids| async move {
                    let mut handled = inner.handled_commands(&ids).await?;
                    for command in &mut handled {
                        command.after = inner.stream_version(&command.stream).await?;
                    }
                    Ok(handled)
                })
            },
            breaks: &["a_repeated_command_is_told_its_first_result"],
        },
        Case {
            name: "knows commands by stream",
            fault: |_| {
                Fault::none().append(|inner, request| async move {
                    let answer = inner.append(request.clone()).await;
                    if let Err(AppendError::AlreadyHandled(handled)) = &answer {
                        let elsewhere = |known: &HandledCommand| {
                            request
                                .streams
                                .iter()
                                .all(|part| part.stream != known.stream)
                        };
                        if handled.iter().all(elsewhere) {
                            return unmarked(&inner, request).await;
                        }
                    }
                    answer
                })
            },
            breaks: &["a_command_is_known_on_every_stream"],
        },
        Case {
            name: "checks versions before commands",
            fault: |_| {
                Fault::none().append(|inner, request| async move {
                    request.check()?;
                    for part in &request.streams {
                        let actual = inner.stream_version(&part.stream).await?;
                        if !part.expected.matches(actual) {
                            let stream = part.stream.clone();
                            return Err(AppendError::conflict(stream, part.expected, actual));
                        }
                    }
                    inner.append(request).await
                })
            },
            breaks: &["a_command_is_judged_before_the_version"],
        },
        Case {
            name: "checks commands, then appends",
            fault: |_| {
                Fault::none().append(|inner, request| async move {
                    let handled = inner.handled_commands(&ids(&request)).await?;
                    if !handled.is_empty() {
                        return Err(AppendError::AlreadyHandled(handled));
                    }
                    yield_now().await;
                    match inner.append(request.clone()).await {
                        Err(AppendError::AlreadyHandled(_)) => unmarked(&inner, request).await,
                        answer => answer,
                    }
                })
            },
            breaks: &["racing_requests_with_one_command_act_once"],
        },
        Case {
            name: "names the first known command only",
            fault: |_| {
                Fault::none().answer(|answer| match answer {
                    Err(AppendError::AlreadyHandled(mut handled)) => {
                        handled.truncate(1);
                        Err(AppendError::AlreadyHandled(handled))
                    }
                    answer => answer,
                })
            },
            breaks: &["the_known_commands_of_a_request_are_named"],
        },
        Case {
            name: "remembers only commands with events",
            fault: |_| {
                Fault::none().append(|inner, request| async move {
                    let mut marked = request.clone();
                    for part in &mut marked.streams {
                        part.commands.retain(|mark| mark.events > 0);
                    }
                    marked.streams.retain(|part| !part.events.is_empty());
                    if marked.streams.is_empty() {
                        return pretend(&inner, request).await;
                    }
                    inner.append(marked).await
                })
            },
            breaks: &["a_command_without_events_is_remembered"],
        },
        Case {
            name: "credits the first command with all events",
            fault: |_| {
                Fault::none().request(|request| {
                    for part in &mut request.streams {
                        let mut events = part.events.len();
                        for mark in &mut part.commands {
                            mark.events = std::mem::take(&mut events);
                        }
                    }
                })
            },
            breaks: &["commands_account_for_their_events"],
        },
        Case {
            name: "files all commands under the first stream",
            fault: |_| {
                let filed: Arc<Mutex<HashMap<CommandId, StreamId>>> = Arc::default();
                let found = filed.clone();
                Fault::none()
                    .append(move |inner, request| {
                        let mut filed = filed.lock().unwrap();
                        if let Some(first) = request.streams.first() {
                            for id in ids(&request) {
                                filed.insert(id, first.stream.clone());
                            }
                        }
                        async move { inner.append(request).await }
                    })
                    .handled(move |inner, ids| {
                        let found = found.clone();
                        async move {
                            let mut handled = inner.handled_commands(&ids).await?;
                            let found = found.lock().unwrap();
                            for command in &mut handled {
                                if let Some(first) = found.get(&command.id) {
                                    command.stream.clone_from(first);
                                }
                            }
                            Ok(handled)
                        }
                    })
            },
            breaks: &["commands_of_several_streams_are_kept_apart"],
        },
        Case {
            name: "gives commands in the order of its index",
            fault: |_| {
                Fault::none().handled(|inner, ids| async move {
                    let mut handled = inner.handled_commands(&ids).await?;
                    handled.sort_by_key(|command| command.id);
                    Ok(handled)
                })
            },
            breaks: &["handled_commands_are_given_in_the_order_asked"],
        },
        Case {
            name: "has 999 parameters at most",
            fault: |_| {
                Fault::none().handled(|inner, ids| async move {
                    if ids.len() > 999 {
                        return Err(StoreError::new(StoreErrorKind::Other, "too many variables"));
                    }
                    inner.handled_commands(&ids).await
                })
            },
            breaks: &["many_commands_can_be_asked_for"],
        },
        Case {
            name: "remembers the commands of failed appends",
            fault: |_| {
                let failed: Arc<Mutex<HashSet<CommandId>>> = Arc::default();
                Fault::none().append(move |inner, request| {
                    let failed = failed.clone();
                    async move {
                        let ids = ids(&request);
                        let known = {
                            let failed = failed.lock().unwrap();
                            ids.iter().copied().find(|id| failed.contains(id))
                        };
                        if let Some(id) = known {
                            let stream = request.streams[0].stream.clone();
                            let handled = HandledCommand {
                                id,
                                stream,
                                after: Version::ZERO,
                                events: 0,
                                position: None,
                            };
                            return Err(AppendError::AlreadyHandled(vec![handled]));
                        }
                        let answer = inner.append(request).await;
                        if answer.is_err() {
                            failed.lock().unwrap().extend(ids);
                        }
                        answer
                    }
                })
            },
            breaks: &["commands_of_a_failed_append_stay_unknown"],
        },
        Case {
            name: "keeps commands in memory only",
            fault: |reopened| {
                Fault::none().handled(move |inner, ids| async move {
                    let ids = if reopened { Vec::new() } else { ids };
                    inner.handled_commands(&ids).await
                })
            },
            breaks: &["commands_survive_reopening"],
        },
    ]
}

fn ids(request: &AppendRequest) -> Vec<CommandId> {
    let marks = request.streams.iter().flat_map(|part| &part.commands);
    marks.map(|mark: &CommandMark| mark.id).collect()
}

/// Appends without remembering commands.
async fn unmarked(
    inner: &MemoryStore,
    mut request: AppendRequest,
) -> Result<Appended, AppendError> {
    let whole = request.clone();
    for part in &mut request.streams {
        part.commands.clear();
    }
    request.streams.retain(|part| !part.events.is_empty());
    if request.streams.is_empty() {
        return pretend(inner, whole).await;
    }
    inner.append(request).await
}
