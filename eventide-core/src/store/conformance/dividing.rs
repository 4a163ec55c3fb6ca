//! A subscription divided anew loses nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::future::BoxFuture;
use tokio::task::yield_now;

use super::subscribing::{
    HOUR, all_claimed, claimed, is_lost, kept, mark, moved, opened, parts, places, status, step,
    taken, worker,
};
use super::trial::{Trial, together};
use super::unmet::{Met, Unmet, ensure, same};
use crate::ids::Position;
use crate::store::{LogMark, SubscriptionStore};
use crate::subscription::{LeaseError, Slice, SubscriptionName, SubscriptionStatus};

pub(super) async fn dividing_anew_keeps_every_slices_place(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let kept = kept(&store)?;
    let name = opened(kept, "sales", 4).await?;
    let mut to = 0;
    for count in [1, 3, 8, 2, 5, 256, 7, 1] {
        // Some go on, and none as far as another.
        for partition in (0..status(kept, &name).await?.count.get())
            .step_by(2)
            .take(3)
        {
            to += 7;
            let lease = taken(kept, &name, partition).await?.lease;
            kept.advance(&step(&lease, to)).await?;
        }
        let before = whole(&status(kept, &name).await?)?;
        let count = parts(count)?;
        kept.divide(&name, count).await?;
        let after = status(kept, &name).await?;
        same("count", after.count, count)?;
        let now = whole(&after)?;
        let what = format!("where the slices are in {} partitions", count.get());
        same(what, &now, &before)?;
        for (of, range) in after.partitions.iter().zip(count.ranges()) {
            let slices = places(&of.checkpoints)?.into_iter().map(|(slice, _)| slice);
            let range = (range.first().get()..=range.last().get()).collect();
            let what = format!("slices of partition {}", of.partition);
            same::<Vec<_>>(what, slices.collect(), range)?;
        }
    }
    Ok(())
}

/// Where each slice is; there must be all.
fn whole(status: &SubscriptionStatus) -> Result<Vec<(u16, LogMark)>, Unmet> {
    let of = status.partitions.iter().flat_map(|it| &it.checkpoints);
    let places = places(&of.copied().collect::<Vec<_>>())?;
    same("slices", places.len(), usize::from(Slice::COUNT))?;
    let count = usize::from(status.count.get());
    same("partitions", status.partitions.len(), count)?;
    Ok(places)
}

pub(super) async fn dividing_anew_ends_all_leases(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let kept = kept(&store)?;
    let name = opened(kept, "sales", 2).await?;
    for count in [3, 2, 1, 4] {
        let leases = all_claimed(kept, &name).await?;
        let before = usize::from(status(kept, &name).await?.count.get());
        same("leases", leases.len(), before)?;
        kept.divide(&name, parts(count)?).await?;
        let status = status(kept, &name).await?;
        let owned = status.partitions.iter().any(|it| it.owner.is_some());
        same("whether a partition is held", owned, false)?;
        for lease in &leases {
            is_lost("a step", kept.advance(&step(lease, 3)).await, lease)?;
            is_lost("renewing", kept.renew(lease, HOUR).await, lease)?;
        }
        // Nor do they count once the partitions of their numbers are held again.
        for partition in 0..count {
            taken(kept, &name, partition).await?;
        }
        for lease in &leases {
            is_lost("a step", kept.advance(&step(lease, 3)).await, lease)?;
            kept.release(lease).await?;
        }
        let more = kept.claim(&name, &worker(), HOUR).await?;
        same("what is claimed where all is held", more, None)?;
        for partition in 0..count {
            let lease = taken(kept, &name, partition).await?.lease;
            kept.release(&lease).await?;
        }
    }
    Ok(())
}

pub(super) async fn dividing_into_as_many_changes_nothing(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let kept = kept(&store)?;
    let name = opened(kept, "sales", 2).await?;
    moved(kept, &name, &[20, 10]).await?;
    let lease = claimed(kept, &name).await?.lease;
    let before = kept.subscription(&name).await?;
    kept.divide(&name, parts(2)?).await?;
    same("status", kept.subscription(&name).await?, before)?;
    kept.advance(&step(&lease, 30)).await?;
    // Also with ranges at several places.
    kept.divide(&name, parts(1)?).await?;
    let lease = claimed(kept, &name).await?.lease;
    let before = kept.subscription(&name).await?;
    kept.divide(&name, parts(1)?).await?;
    same("status", kept.subscription(&name).await?, before)?;
    kept.advance(&step(&lease, 31)).await?;
    Ok(())
}

const WORKERS: u64 = 4;
const STEPS: u64 = 25;

pub(super) async fn dividing_loses_no_step_taken_meanwhile(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let name = opened(kept(&store)?, "sales", 2).await?;
    let at_work = Arc::new(AtomicU64::new(WORKERS));
    let mut tasks: Vec<BoxFuture<'static, Result<Furthest, Unmet>>> = Vec::new();
    for number in 0..WORKERS {
        let (store, name, at_work) = (store.clone(), name.clone(), at_work.clone());
        tasks.push(Box::pin(async move {
            let done = work(kept(&store)?, &name, number).await;
            at_work.fetch_sub(1, Ordering::AcqRel);
            done
        }));
    }
    let (of_divider, divided) = (store.clone(), name.clone());
    tasks.push(Box::pin(async move {
        for count in [5, 3, 1, 4, 2, 6].into_iter().cycle() {
            if at_work.load(Ordering::Acquire) == 0 {
                break;
            }
            kept(&of_divider)?.divide(&divided, parts(count)?).await?;
            for _ in 0..7 {
                yield_now().await;
            }
        }
        Ok(Furthest::new())
    }));
    let mut furthest = Furthest::new();
    for done in together(tasks).await? {
        for (slice, to) in done? {
            let of = furthest.entry(slice).or_default();
            *of = (*of).max(to);
        }
    }
    let place = |slice| mark(furthest.get(&slice).copied().unwrap_or_default());
    let expected: Vec<_> = (0..Slice::COUNT).map(|it| (it, place(it))).collect();
    let now = whole(&status(kept(&store)?, &name).await?)?;
    same("where the slices are", now, expected)
}

/// How far slices came by what was acknowledged.
type Furthest = BTreeMap<u16, u64>;

/// Takes steps wherever a partition is free.
async fn work(
    kept: &dyn SubscriptionStore,
    name: &SubscriptionName,
    number: u64,
) -> Result<Furthest, Unmet> {
    let mut furthest = Furthest::new();
    for round in 1..=STEPS {
        let Some(claimed) = kept.claim(name, &worker(), HOUR).await? else {
            yield_now().await;
            continue;
        };
        let slices = places(&claimed.checkpoints)?;
        for n in 0..3 {
            // Here a division may come in between.
            yield_now().await;
            let to = (round * 3 + n) * WORKERS + number;
            match kept.advance(&step(&claimed.lease, to)).await {
                Ok(()) => {}
                Err(LeaseError::Lost { .. }) => break,
                Err(other) => return Err(other.into()),
            }
            let now = whole(&status(kept, name).await?)?;
            for (slice, before) in &slices {
                let least = to.max(before.position().as_raw());
                furthest.insert(*slice, least);
                let at = now.get(usize::from(*slice)).map(|it| it.1.position());
                ensure(at >= Some(Position::from_raw(least)), || {
                    format!("slice {slice} is at {at:?} after a step to {least}")
                })?;
            }
        }
        kept.release(&claimed.lease).await?;
    }
    Ok(furthest)
}
