//! Faults of taking in what another log holds.

use eventide_core::store::transfer::{ImportError, TransferStore};
use eventide_core::store::{EventStore, MemoryStore, PageSize};
use eventide_core::{Position, RecordedEvent, Version};
use jiff::Timestamp;
use tokio::task::yield_now;

use crate::Case;
use crate::wrong::Fault;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case {
            name: "counts positions anew",
            fault: |_| {
                Fault::none().import(|inner, (after, mut events)| async move {
                    let head = inner.head().await?;
                    if head == after {
                        count_on(head, &mut events);
                    }
                    inner.import_events(after, events).await
                })
            },
            breaks: &["imported_events_are_kept_as_they_were"],
        },
        Case {
            name: "records when it imported",
            fault: |_| {
                Fault::none().import(|inner, (after, mut events)| async move {
                    for event in &mut events {
                        event.recorded_at = Timestamp::from_second(4_000_000_000).unwrap();
                    }
                    inner.import_events(after, events).await
                })
            },
            breaks: &[
                "imported_events_are_kept_as_they_were",
                "an_import_out_of_order_is_refused",
            ],
        },
        Case {
            name: "imports wherever its log ends",
            fault: |_| {
                Fault::none().import(|inner, (after, events)| async move {
                    anywhere(&inner, after, events).await
                })
            },
            breaks: &[
                "an_import_elsewhere_than_at_the_head_is_refused",
                "of_racing_imports_one_is_stored",
            ],
        },
        Case {
            name: "looks at its head, then imports",
            fault: |_| {
                Fault::none().import(|inner, (after, events)| async move {
                    let head = inner.head().await?;
                    yield_now().await;
                    if head == after {
                        anywhere(&inner, after, events).await
                    } else {
                        inner.import_events(after, events).await
                    }
                })
            },
            breaks: &["of_racing_imports_one_is_stored"],
        },
        Case {
            name: "closes holes between versions",
            fault: |_| {
                Fault::none().import(|inner, (after, mut events)| async move {
                    follow(&inner, &mut events).await;
                    inner.import_events(after, events).await
                })
            },
            breaks: &["an_import_with_a_hole_is_refused"],
        },
        Case {
            name: "puts what it imports into order",
            fault: |_| {
                Fault::none().import(|inner, (after, mut events)| async move {
                    match inner.import_events(after, events.clone()).await {
                        Err(ImportError::Invalid { .. }) => {
                            count_on(after, &mut events);
                            for event in &mut events {
                                event.recorded_at = Timestamp::from_second(4_000_000_000).unwrap();
                            }
                            inner.import_events(after, events).await
                        }
                        answer => answer,
                    }
                })
            },
            breaks: &["an_import_out_of_order_is_refused"],
        },
        Case {
            name: "imports event by event",
            fault: |_| {
                Fault::none().import(|inner, (mut after, events)| async move {
                    for event in events {
                        let position = event.position;
                        inner.import_events(after, vec![event]).await?;
                        after = position;
                    }
                    Ok(())
                })
            },
            breaks: &["a_refused_import_leaves_no_trace"],
        },
        Case {
            name: "goes back in time after an import",
            fault: |_| {
                let past = Timestamp::from_second(1_000_000_000).unwrap();
                Fault::none().answer(move |answer| {
                    let mut appended = answer?;
                    appended.recorded_at = appended.recorded_at.min(past);
                    Ok(appended)
                })
            },
            breaks: &["appending_goes_on_after_an_import"],
        },
        Case {
            name: "does not take commands in",
            fault: |_| Fault::none().import_commands(|_, _| async { Ok(()) }),
            breaks: &["imported_commands_are_known", "imports_survive_reopening"],
        },
        Case {
            name: "takes any result for a known command's",
            fault: |_| {
                Fault::none().import_commands(|inner, commands| async move {
                    match inner.import_commands(commands).await {
                        Err(ImportError::AnotherResult { .. }) => Ok(()),
                        answer => answer,
                    }
                })
            },
            breaks: &["a_command_is_imported_with_one_result"],
        },
        Case {
            name: "imports command by command",
            fault: |_| {
                Fault::none().import_commands(|inner, commands| async move {
                    for command in commands {
                        inner.import_commands(vec![command]).await?;
                    }
                    Ok(())
                })
            },
            breaks: &["a_command_is_imported_with_one_result"],
        },
        Case {
            name: "forgets what it took in when it is closed",
            fault: |_| Fault::none().forgetful(),
            breaks: &["imports_survive_reopening"],
        },
        Case {
            name: "gives commands in one page",
            fault: |_| {
                Fault::none().commands(|inner, (after, _)| async move {
                    inner.commands_after(after, PageSize::MAX).await
                })
            },
            breaks: &["pages_of_commands_cover_all"],
        },
        Case {
            name: "skips a command between pages",
            fault: |_| {
                Fault::none().commands(|inner, (after, page)| async move {
                    let mut commands = inner.commands_after(after, page).await?;
                    if after.is_some() && commands.len() > 1 {
                        commands.remove(0);
                    }
                    Ok(commands)
                })
            },
            breaks: &["pages_of_commands_cover_all"],
        },
    ]
}

/// Gives `events` the positions that follow on `after`.
fn count_on(after: Position, events: &mut [RecordedEvent]) {
    for (position, event) in (after.as_raw() + 1..).zip(events) {
        event.position = Position::from_raw(position);
    }
}

/// Gives `events` the versions that follow on those of their streams.
async fn follow(inner: &MemoryStore, events: &mut [RecordedEvent]) {
    for at in 0..events.len() {
        let (before, rest) = events.split_at_mut(at);
        let before = before.iter().filter(|event| event.stream == rest[0].stream);
        let version = inner.stream_version(&rest[0].stream).await.unwrap();
        rest[0].version = Version::new(version.get() + before.count() as u64 + 1);
    }
}

async fn anywhere(
    inner: &MemoryStore,
    after: Position,
    mut events: Vec<RecordedEvent>,
) -> Result<(), ImportError> {
    let head = inner.head().await?;
    if head != after {
        count_on(head, &mut events);
        follow(inner, &mut events).await;
    }
    inner.import_events(head, events).await
}
