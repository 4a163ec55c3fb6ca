//! Faults of taking steps: of fencing, of checkpoints, and of dividing anew.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use eventide_core::store::{
    Advance, EventStore, LogMark, MemoryStore, NewSubscription, SubscriptionStore,
};
use eventide_core::subscription::{
    Checkpoint, Lease, LeaseError, PartitionCount, SubscriptionName, SubscriptionStatus, Token,
    WorkerId,
};
use eventide_core::{LogId, Position};
use jiff::Timestamp;
use tokio::task::yield_now;
use uuid::Uuid;

use crate::Case;
use crate::side::Side;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case {
            name: "looks at no token",
            fault: |_| {
                let advance = |inner: MemoryStore, mut advance: Advance| async move {
                    advance.lease = present(&inner, &advance.lease).await?;
                    inner.advance(&advance).await
                };
                Side::none().advance(advance).into()
            },
            breaks: &[
                "a_take_over_fences_the_former_holder",
                "a_lost_lease_changes_nothing",
                "dividing_anew_ends_all_leases",
                "tokens_go_on_where_a_subscription_is_made_anew",
            ],
        },
        Case {
            name: "gives all holders one token",
            fault: |_| {
                let take = |inner: MemoryStore, (name, at, worker, ttl)| async move {
                    let mut taken = inner.take_over(&name, at, &worker, ttl).await?;
                    if let Some(taken) = &mut taken {
                        taken.lease.token = Token::from_raw(1);
                    }
                    Ok(taken)
                };
                Side::none().take_over(take).into()
            },
            breaks: &[
                "tokens_only_grow",
                "tokens_go_on_where_a_subscription_is_made_anew",
            ],
        },
        Case {
            name: "goes on where its first partition was when it is divided",
            fault: |_| {
                let divide = |inner: MemoryStore, (name, count)| async move {
                    let status = inner.subscription(&name).await?.unwrap();
                    let begin = status.partitions[0].checkpoints[0].mark;
                    inner.forget_subscription(&name).await?;
                    let mut new = NewSubscription::new(name, begin);
                    new.count = count;
                    inner.open_subscription(&new).await?;
                    Ok(())
                };
                Side::none().divide(divide).into()
            },
            breaks: &["dividing_anew_keeps_every_slices_place"],
        },
        Case {
            name: "writes documents before it looks at the lease",
            fault: |_| {
                let advance = |inner: MemoryStore, advance: Advance| async move {
                    for document in &advance.documents {
                        let mut alone = Advance::new(advance.lease.clone(), None);
                        alone.table.clone_from(&advance.table);
                        alone.documents = vec![document.clone()];
                        unasked(&inner, alone).await?;
                    }
                    inner.advance(&advance).await
                };
                Side::none().advance(advance).into()
            },
            breaks: &[
                "a_lost_lease_changes_nothing",
                "a_step_that_is_refused_leaves_nothing",
            ],
        },
        Case {
            name: "writes documents one after another",
            fault: |_| {
                let advance = |inner: MemoryStore, mut advance: Advance| async move {
                    for document in std::mem::take(&mut advance.documents) {
                        let mut alone = Advance::new(advance.lease.clone(), None);
                        alone.table.clone_from(&advance.table);
                        alone.documents = vec![document];
                        inner.advance(&alone).await?;
                        yield_now().await;
                    }
                    inner.advance(&advance).await
                };
                Side::none().advance(advance).into()
            },
            breaks: &[
                "a_step_that_is_refused_leaves_nothing",
                "readers_see_steps_whole",
            ],
        },
        Case {
            name: "acknowledges what it refuses",
            fault: |_| {
                let advance = |inner: MemoryStore, advance: Advance| async move {
                    match inner.advance(&advance).await {
                        Err(LeaseError::Lost { .. }) => Ok(()),
                        answer => answer,
                    }
                };
                Side::none().advance(advance).into()
            },
            breaks: &["dividing_loses_no_step_taken_meanwhile"],
        },
        Case {
            name: "writes no routes",
            fault: |_| Side::none().step(|advance| advance.routes.clear()).into(),
            breaks: &["a_step_is_visible_at_once"],
        },
        Case {
            name: "refuses to remove a letter that is gone",
            fault: |_| {
                let advance = |inner: MemoryStore, advance: Advance| async move {
                    let name = &advance.lease.subscription;
                    for gone in &advance.handled {
                        let of = inner.letters(name, &gone.key, Position::START, 100).await?;
                        if of.iter().all(|letter| letter.id != *gone) {
                            let lease = advance.lease.clone();
                            return Err(LeaseError::Lost { lease });
                        }
                    }
                    inner.advance(&advance).await
                };
                Side::none().advance(advance).into()
            },
            breaks: &["a_repeated_step_changes_nothing"],
        },
        Case {
            name: "moves checkpoints backwards",
            fault: |_| {
                let last: Arc<Mutex<HashMap<Token, LogMark>>> = Arc::default();
                let moved = last.clone();
                let advance = move |inner: MemoryStore, advance: Advance| {
                    if let Some(to) = advance.to {
                        moved.lock().unwrap().insert(advance.lease.token, to);
                    }
                    async move { inner.advance(&advance).await }
                };
                let renew = move |inner: MemoryStore, (lease, ttl): (Lease, Duration)| {
                    let last = last.lock().unwrap().get(&lease.token).copied();
                    async move {
                        let mut told = inner.renew(&lease, ttl).await?;
                        for range in &mut told {
                            range.mark = last.unwrap_or(range.mark);
                        }
                        Ok(told)
                    }
                };
                Side::none().advance(advance).renew(renew).into()
            },
            breaks: &[
                "checkpoints_only_move_forward",
                "each_range_of_a_partition_moves_forward_only",
            ],
        },
        Case {
            name: "keeps one place for all ranges of a partition",
            fault: |_| {
                let one = |ranges: &mut Vec<Checkpoint>| {
                    let mark = ranges[0].mark;
                    for range in ranges {
                        range.mark = mark;
                    }
                };
                Side::none().ranges(one).into()
            },
            breaks: &[
                "each_range_of_a_partition_moves_forward_only",
                "dividing_anew_keeps_every_slices_place",
            ],
        },
        Case {
            name: "loses a range where a partition has several",
            fault: |_| Side::none().ranges(|ranges| ranges.truncate(1)).into(),
            breaks: &["dividing_anew_keeps_every_slices_place"],
        },
        Case {
            name: "keeps the position of a mark and nothing else",
            fault: |_| {
                let cut = |mark: LogMark| {
                    LogMark::new(LogId::from_uuid(Uuid::nil()), mark.position(), None)
                };
                Side::none().marks(cut).into()
            },
            breaks: &["a_mark_is_kept_whole"],
        },
        Case {
            name: "tells a new holder where the subscription began",
            fault: |_| {
                let take = |inner: MemoryStore, (name, at, worker, ttl)| async move {
                    let begin = LogMark::new(inner.log_id().await?, Position::START, None);
                    let mut taken = inner.take_over(&name, at, &worker, ttl).await?;
                    let ranges = taken.iter_mut().flat_map(|it| &mut it.checkpoints);
                    ranges.for_each(|range| range.mark = begin);
                    Ok(taken)
                };
                Side::none().take_over(take).into()
            },
            breaks: &["claiming_and_renewing_tell_the_checkpoints"],
        },
        Case {
            name: "tells the time for when a partition moved",
            fault: |_| {
                let now = |status: &mut SubscriptionStatus| {
                    let partitions = status.partitions.iter_mut();
                    partitions.for_each(|it| it.moved_at = Timestamp::now());
                };
                Side::none().status(now).into()
            },
            breaks: &["a_partition_tells_when_it_moved"],
        },
        Case {
            name: "divides also into as many as there are",
            fault: |_| {
                let divide = |inner: MemoryStore, (name, count): (SubscriptionName, _)| async move {
                    inner
                        .divide(&name, PartitionCount::new(17).unwrap())
                        .await?;
                    inner.divide(&name, count).await
                };
                Side::none().divide(divide).into()
            },
            breaks: &["dividing_into_as_many_changes_nothing"],
        },
    ]
}

/// The lease with the token that counts now, if there is such a partition.
async fn present(inner: &MemoryStore, lease: &Lease) -> Result<Lease, LeaseError> {
    let status = inner.subscription(&lease.subscription).await?.unwrap();
    let of = status.partitions.get(usize::from(lease.partition));
    let token = of.map_or(lease.token, |it| it.token);
    Ok(Lease::new(
        lease.subscription.clone(),
        lease.partition,
        token,
    ))
}

/// Writes documents by no lease of theirs.
async fn unasked(inner: &MemoryStore, mut advance: Advance) -> Result<(), LeaseError> {
    let name = SubscriptionName::new("unasked").unwrap();
    let new = NewSubscription::new(name.clone(), LogMark::of(inner).await?);
    inner.open_subscription(&new).await?;
    let hour = Duration::from_hours(1);
    let claimed = inner.claim(&name, &WorkerId::new(), hour).await?;
    advance.lease = claimed.unwrap().lease;
    let written = inner.advance(&advance).await;
    inner.forget_subscription(&name).await?;
    written
}
