//! Faults of what happens in the transaction of an append.

use std::sync::Arc;
use std::time::Duration;

use eventide_core::store::{
    Advance, Answer, AppendError, AppendRequest, Appending, EventStore, MemoryStore, StepError,
    StoreError, StoreErrorKind, SubscriptionStore,
};
use eventide_core::subscription::{Lease, WorkerId};
use eventide_core::view::ViewTable;
use eventide_core::{StreamId, Version};
use tokio::task::yield_now;

use crate::Case;
use crate::along::{Changed, taken_apart};
use crate::appends::pretend;
use crate::side::Side;
use crate::wrong::{Fault, Step};

type Asked = (AppendRequest, Step);

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case {
            name: "takes no step",
            fault: |_| {
                Fault::none().append_with(|inner, (request, _): Asked| async move {
                    inner.append(request).await
                })
            },
            breaks: &[
                "what_a_step_comes_to_is_there_with_its_append",
                "a_step_is_shown_what_is_recorded",
                "a_step_is_answered_as_anybody",
                "a_step_fences_the_former_holder",
                "a_step_that_refuses_leaves_nothing",
                "a_step_that_clashes_leaves_nothing",
                "steps_of_concurrent_appends_lose_no_update",
            ],
        },
        Case {
            name: "appends, and then takes the step",
            fault: |_| {
                Fault::none().append_with(|inner, (request, step): Asked| async move {
                    let appended = inner.append(request.clone()).await?;
                    let appending = Appending::new(&request, &appended);
                    if !appending.events.is_empty() {
                        taken_apart(&inner, &*step, appending).await?;
                    }
                    Ok(appended)
                })
            },
            breaks: &[
                "a_step_that_refuses_leaves_nothing",
                "a_step_that_clashes_leaves_nothing",
                "steps_of_concurrent_appends_lose_no_update",
            ],
        },
        Case {
            name: "takes the step, and then appends",
            fault: |_| {
                Fault::none().append_with(|inner, (request, step): Asked| async move {
                    let appended = pretend(&inner, request.clone()).await?;
                    let appending = Appending::new(&request, &appended);
                    if !appending.events.is_empty() {
                        taken_apart(&inner, &*step, appending).await?;
                    }
                    inner.append(request).await
                })
            },
            breaks: &[
                "a_step_is_shown_what_is_recorded",
                "a_request_that_does_not_stand_takes_no_step",
                "steps_of_concurrent_appends_lose_no_update",
            ],
        },
        Case {
            name: "writes nothing of what a step comes to",
            fault: |_| {
                Fault::none().append_with(|inner, (request, step): Asked| async move {
                    let later = Changed::of(step, |taken| taken.map(|_| Vec::new()));
                    inner.append_with(request, later).await
                })
            },
            breaks: &["what_a_step_comes_to_is_there_with_its_append"],
        },
        Case {
            name: "writes all that a step comes to but the routes",
            fault: |_| {
                Fault::none().append_with(|inner, (request, step): Asked| async move {
                    let cut = Changed::of(step, |taken| {
                        let mut advances = taken?;
                        for advance in &mut advances {
                            advance.routes.clear();
                        }
                        Ok(advances)
                    });
                    inner.append_with(request, cut).await
                })
            },
            breaks: &["what_a_step_comes_to_is_there_with_its_append"],
        },
        Case {
            name: "shows each event at the version that was expected",
            fault: |_| {
                Fault::none().append_with(|inner, (request, step): Asked| async move {
                    let mut shows = Changed::new(step);
                    shows.shown = |appending| {
                        let events = appending.events.iter_mut();
                        events.for_each(|event| event.version = Version::new(1));
                    };
                    inner.append_with(request, Arc::new(shows)).await
                })
            },
            breaks: &["a_step_is_shown_what_is_recorded"],
        },
        Case {
            name: "shows the end of the log as it will be",
            fault: |_| {
                Fault::none().append_with(|inner, (request, step): Asked| async move {
                    let mut shows = Changed::new(step);
                    shows.shown = |appending| {
                        appending.before = appending.events.last().unwrap().position;
                    };
                    inner.append_with(request, Arc::new(shows)).await
                })
            },
            breaks: &["a_step_is_shown_what_is_recorded"],
        },
        Case {
            name: "answers by what was there at first",
            fault: |_| {
                Fault::none().append_with(|inner, (request, step): Asked| async move {
                    let mut answers = Changed::new(step);
                    answers.answered = |answer| match answer {
                        Answer::Serving(_) => Answer::Serving(1),
                        Answer::Routes(keys) => Answer::Routes(vec![None; keys.len()]),
                        answer => answer,
                    };
                    inner.append_with(request, Arc::new(answers)).await
                })
            },
            breaks: &["a_step_is_answered_as_anybody"],
        },
        Case {
            name: "answers documents in an order of its own",
            fault: |_| {
                Fault::none().append_with(|inner, (request, step): Asked| async move {
                    let mut answers = Changed::new(step);
                    answers.answered = |answer| match answer {
                        Answer::Documents(mut documents) => {
                            documents.reverse();
                            Answer::Documents(documents)
                        }
                        answer => answer,
                    };
                    inner.append_with(request, Arc::new(answers)).await
                })
            },
            breaks: &["a_step_is_answered_as_anybody"],
        },
        Case {
            name: "lets the former holder write after a step",
            fault: |_| {
                let advance = |inner: MemoryStore, mut advance: Advance| async move {
                    let name = &advance.lease.subscription;
                    let status = inner.subscription(name).await?.unwrap();
                    let of = &status.partitions[usize::from(advance.lease.partition)];
                    if of.owner == Some(WorkerId::from("an-append")) {
                        advance.lease = Lease::new(name.clone(), of.partition, of.token);
                    }
                    inner.advance(&advance).await
                };
                Side::none().advance(advance).into()
            },
            breaks: &["a_step_fences_the_former_holder"],
        },
        Case {
            name: "takes partitions over also for a step that is refused",
            fault: |_| {
                Fault::none().append_with(|inner, (request, step): Asked| async move {
                    let answer = inner.append_with(request, step).await;
                    if matches!(answer, Err(AppendError::Step(_))) {
                        let hour = Duration::from_hours(1);
                        let names = inner.subscription_names().await?;
                        for name in names {
                            let heir = WorkerId::from("an-append");
                            inner.take_over(&name, 0, &heir, hour).await?;
                        }
                    }
                    answer
                })
            },
            breaks: &[
                "a_step_that_refuses_leaves_nothing",
                "a_step_that_clashes_leaves_nothing",
            ],
        },
        Case {
            name: "appends without the step where that fails",
            fault: |_| {
                Fault::none().append_with(|inner, (request, step): Asked| async move {
                    match inner.append_with(request.clone(), step).await {
                        Err(AppendError::Step(StepError::Store(_))) => inner.append(request).await,
                        answer => answer,
                    }
                })
            },
            breaks: &["a_step_that_fails_leaves_nothing"],
        },
        Case {
            name: "says of a clash that something went wrong",
            fault: |_| {
                Fault::none().append_with(|inner, (request, step): Asked| async move {
                    match inner.append_with(request, step).await {
                        Err(AppendError::Step(StepError::Refused { reason, .. }))
                            if reason.contains("unique") =>
                        {
                            let kind = StoreErrorKind::Constraint;
                            Err(StoreError::new(kind, "something went wrong").into())
                        }
                        answer => answer,
                    }
                })
            },
            breaks: &["a_step_that_clashes_leaves_nothing"],
        },
        Case {
            name: "notes the shapes of what it refuses, and gives its positions away",
            fault: |_| {
                Fault::none().append_with(|inner, (request, step): Asked| async move {
                    let answer = inner.append_with(request.clone(), step).await;
                    if matches!(answer, Err(AppendError::Step(_))) {
                        let mut part = request.streams[0].clone();
                        part.commands.clear();
                        part.stream = StreamId::new("Order", "hole").unwrap();
                        inner.append(AppendRequest::to(part)).await?;
                    }
                    answer
                })
            },
            breaks: &[
                "a_step_that_refuses_leaves_nothing",
                "steps_of_concurrent_appends_lose_no_update",
            ],
        },
        Case {
            name: "takes a step for no event too",
            fault: |_| {
                Fault::none().append_with(|inner, (request, step): Asked| async move {
                    let appended = inner.append_with(request.clone(), step.clone()).await?;
                    if request.streams.iter().all(|part| part.events.is_empty()) {
                        let appending = Appending::new(&request, &appended);
                        taken_apart(&inner, &*step, appending).await?;
                    }
                    Ok(appended)
                })
            },
            breaks: &["an_append_without_events_takes_no_step"],
        },
        Case {
            name: "takes the step before it judges the request",
            fault: |_| {
                Fault::none().append_with(|inner, (request, step): Asked| async move {
                    let answer = inner.append_with(request.clone(), step.clone()).await;
                    if matches!(answer, Err(AppendError::Conflict { .. })) {
                        let appended = pretend(&inner, request.clone()).await?;
                        drop(step.begin(Appending::new(&request, &appended)));
                    }
                    answer
                })
            },
            breaks: &["a_request_that_does_not_stand_takes_no_step"],
        },
        Case {
            name: "answers a step by what was there before the steps under way",
            fault: |_| {
                Fault::none().append_with(|inner, (request, step): Asked| async move {
                    let view = ViewTable::new("country-sales", 1, vec![]);
                    let keys = ["counter".to_owned()];
                    let before = inner.documents(&view, &keys).await;
                    yield_now().await;
                    let mut answers = Changed::new(step);
                    answers.documents = before.ok();
                    inner.append_with(request, Arc::new(answers)).await
                })
            },
            breaks: &["steps_of_concurrent_appends_lose_no_update"],
        },
    ]
}
