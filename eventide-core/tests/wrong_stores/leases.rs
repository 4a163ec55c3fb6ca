//! Faults of handing out partitions.

use std::time::Duration;

use eventide_core::ids::Position;
use eventide_core::store::{
    Advance, LogMark, MemoryStore, NewSubscription, StoreError, SubscriptionStore,
};
use eventide_core::subscription::{Lease, LeaseError, SubscriptionName};
use tokio::task::yield_now;

use crate::Case;
use crate::side::Side;

const HOUR: Duration = Duration::from_hours(1);

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case {
            name: "begins at the start, whatever is asked",
            fault: |_| {
                let start = |mark: LogMark| LogMark::new(mark.log(), Position::START, None);
                let open = move |inner: MemoryStore, mut new: NewSubscription| async move {
                    new.begin = start(new.begin);
                    inner.open_subscription(&new).await
                };
                Side::none().open_subscription(open).into()
            },
            breaks: &["a_subscription_begins_as_asked"],
        },
        Case {
            name: "makes a subscription anew with each opening",
            fault: |_| {
                let open = |inner: MemoryStore, new: NewSubscription| async move {
                    inner.forget_subscription(&new.name).await?;
                    inner.open_subscription(&new).await
                };
                Side::none().open_subscription(open).into()
            },
            breaks: &[
                "opening_again_finds_a_subscription_as_it_is",
                "of_racing_openings_one_counts",
            ],
        },
        Case {
            name: "lists subscriptions in an order of its own",
            fault: |_| {
                let list = |inner: MemoryStore, ()| async move {
                    let mut names = inner.subscription_names().await?;
                    names.sort_by_key(|name| name.as_str().replace(['-', '_', '.'], ""));
                    Ok(names)
                };
                Side::none().subscription_names(list).into()
            },
            breaks: &["subscriptions_are_listed_by_their_names"],
        },
        Case {
            name: "keeps fingerprints of 32 bits",
            fault: |_| {
                let set = |inner: MemoryStore, (name, fingerprint)| async move {
                    let cut = fingerprint & u64::from(u32::MAX);
                    inner.set_fingerprint(&name, cut).await
                };
                Side::none().set_fingerprint(set).into()
            },
            breaks: &["a_fingerprint_stays_until_another_is_accepted"],
        },
        Case {
            name: "makes the subscription it is asked to claim of",
            fault: |_| {
                let claim = |inner: MemoryStore, (name, worker, ttl)| async move {
                    let begin = LogMark::of(&inner).await?;
                    let new = NewSubscription::new(name, begin);
                    inner.open_subscription(&new).await?;
                    inner.claim(&new.name, &worker, ttl).await
                };
                Side::none().claim(claim).into()
            },
            breaks: &["a_subscription_that_was_not_opened_is_refused"],
        },
        Case {
            name: "claims what is held",
            fault: |_| {
                let claim = |inner: MemoryStore, (name, worker, ttl)| async move {
                    let free = inner.claim(&name, &worker, ttl).await?;
                    match free {
                        None => inner.take_over(&name, 0, &worker, ttl).await,
                        free => Ok(free),
                    }
                };
                Side::none().claim(claim).into()
            },
            breaks: &[
                "a_claimed_partition_is_not_claimed_again",
                "workers_that_claim_at_once_get_different_partitions",
            ],
        },
        Case {
            name: "looks for a free partition, then takes it",
            fault: |_| {
                let claim = |inner: MemoryStore, (name, worker, ttl)| async move {
                    let free = first_free(&inner, &name).await?;
                    yield_now().await;
                    match free {
                        Some(free) => inner.take_over(&name, free, &worker, ttl).await,
                        None => Ok(None),
                    }
                };
                Side::none().claim(claim).into()
            },
            breaks: &[
                "workers_that_claim_at_once_get_different_partitions",
                "the_partition_that_came_least_far_is_claimed_first",
            ],
        },
        Case {
            name: "does not give back what is released",
            fault: |_| Side::none().release(|_, _| async { Ok(()) }).into(),
            breaks: &["a_released_partition_is_claimed_again"],
        },
        Case {
            name: "releases whatever lease it is shown",
            fault: |_| {
                let release = |inner: MemoryStore, mut lease: Lease| async move {
                    if let Some(status) = inner.subscription(&lease.subscription).await? {
                        lease.token = status.partitions[usize::from(lease.partition)].token;
                    }
                    inner.release(&lease).await
                };
                Side::none().release(release).into()
            },
            breaks: &[
                "a_released_partition_is_claimed_again",
                "a_take_over_fences_the_former_holder",
            ],
        },
        Case {
            name: "lets no lease run out",
            fault: |_| {
                let claim = |inner: MemoryStore, (name, worker, ttl): (_, _, Duration)| async move {
                    inner.claim(&name, &worker, ttl + 24 * HOUR).await
                };
                Side::none().claim(claim).into()
            },
            breaks: &[
                "a_lease_runs_out",
                "an_expired_lease_that_nobody_took_still_counts",
            ],
        },
        Case {
            name: "refuses a lease that ran out",
            fault: |_| {
                let advance = |inner: MemoryStore, advance: Advance| async move {
                    let lease = &advance.lease;
                    let status = inner.subscription(&lease.subscription).await?.unwrap();
                    let held = status.partitions.get(usize::from(lease.partition));
                    if held.is_some_and(|it| it.owner.is_none()) {
                        let lease = lease.clone();
                        return Err(LeaseError::Lost { lease });
                    }
                    inner.advance(&advance).await
                };
                Side::none().advance(advance).into()
            },
            breaks: &["an_expired_lease_that_nobody_took_still_counts"],
        },
        Case {
            name: "renews nothing",
            fault: |_| {
                let renew = |inner: MemoryStore, (lease, _): (Lease, _)| async move {
                    inner.advance(&Advance::new(lease.clone(), None)).await?;
                    let status = inner.subscription(&lease.subscription).await?.unwrap();
                    let of = &status.partitions[usize::from(lease.partition)];
                    Ok(of.checkpoints.clone())
                };
                Side::none().renew(renew).into()
            },
            breaks: &["a_renewed_lease_lasts_longer"],
        },
    ]
}

async fn first_free(
    inner: &MemoryStore,
    name: &SubscriptionName,
) -> Result<Option<u16>, StoreError> {
    let status = inner.subscription(name).await?.into_iter();
    let mut partitions = status.flat_map(|it| it.partitions);
    let free = partitions.find(|it| it.owner.is_none());
    Ok(free.map(|it| it.partition))
}
