//! Subscriptions to try a store with, and what laws do with them again and again.

use std::fmt::{Debug, Display};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::trial::Trial;
use super::unmet::{Met, Unmet, ensure, same};
use crate::ids::{EventId, LogId, Position};
use crate::store::{Advance, EventStore, LogMark, NewSubscription, Store, SubscriptionStore};
use crate::subscription::{
    Checkpoint, Claimed, Lease, LeaseError, PartitionCount, Slice, SubscriptionName,
    SubscriptionStatus, WorkerId,
};

/// Longer than any law takes.
pub(super) const HOUR: Duration = Duration::from_hours(1);
/// For leases that are to run out.
pub(super) const MOMENT: Duration = Duration::from_millis(5);

/// What `store` keeps for subscriptions.
pub(super) fn kept(store: &Arc<dyn Store>) -> Result<&dyn SubscriptionStore, Unmet> {
    store.subscriptions().ok_or(Unmet::NotApplicable(
        "it keeps nothing for subscriptions and views",
    ))
}

pub(super) fn named(name: &str) -> Result<SubscriptionName, Unmet> {
    Ok(SubscriptionName::new(name)?)
}

pub(super) fn parts(count: u16) -> Result<PartitionCount, Unmet> {
    let count = PartitionCount::new(count);
    count.ok_or_else(|| Unmet::violated("the law counts partitions wrongly"))
}

pub(super) fn worker() -> WorkerId {
    WorkerId::from("worker-1")
}

/// A mark that tells positions and events apart.
pub(super) fn mark(position: u64) -> LogMark {
    let id = |of: u64| Uuid::from_u64_pair(of, position);
    let event = (position > 0).then(|| EventId::from_uuid(id(2)));
    let log = LogId::from_uuid(Uuid::from_u64_pair(1, 1));
    LogMark::new(log, Position::from_raw(position), event)
}

/// Opens a subscription of that many partitions, which begins at the start.
pub(super) async fn opened(
    kept: &dyn SubscriptionStore,
    name: &str,
    count: u16,
) -> Result<SubscriptionName, Unmet> {
    let name = named(name)?;
    let mut new = NewSubscription::new(name.clone(), mark(0));
    new.count = parts(count)?;
    kept.open_subscription(&new).await?;
    Ok(name)
}

/// Claims a partition, which must be there, for long.
pub(super) async fn claimed(
    kept: &dyn SubscriptionStore,
    name: &SubscriptionName,
) -> Result<Claimed, Unmet> {
    let claimed = kept.claim(name, &worker(), HOUR).await?;
    claimed.ok_or_else(|| Unmet::violated(format!("no partition of `{name}` could be claimed")))
}

/// Claims all partitions that are free, one after another.
pub(super) async fn all_claimed(
    kept: &dyn SubscriptionStore,
    name: &SubscriptionName,
) -> Result<Vec<Lease>, Unmet> {
    let mut leases = Vec::new();
    for _ in 0..status(kept, name).await?.count.get() {
        let claimed = kept.claim(name, &worker(), HOUR).await?;
        leases.extend(claimed.map(|it| it.lease));
    }
    let more = kept.claim(name, &worker(), HOUR).await?;
    same("what is claimed where all is held", more, None)?;
    Ok(leases)
}

/// Claims that partition, whoever holds it.
pub(super) async fn taken(
    kept: &dyn SubscriptionStore,
    name: &SubscriptionName,
    partition: u16,
) -> Result<Claimed, Unmet> {
    let taken = kept.take_over(name, partition, &worker(), HOUR).await?;
    let taken = taken.ok_or_else(|| {
        Unmet::violated(format!("partition {partition} of `{name}` cannot be taken"))
    })?;
    same("partition taken", taken.lease.partition, partition)?;
    Ok(taken)
}

/// Moves each partition to its place, in their order, and gives it back.
pub(super) async fn moved(
    kept: &dyn SubscriptionStore,
    name: &SubscriptionName,
    places: &[u64],
) -> Met {
    for (partition, &place) in (0..).zip(places) {
        let lease = taken(kept, name, partition).await?.lease;
        kept.advance(&step(&lease, place)).await?;
        kept.release(&lease).await?;
    }
    Ok(())
}

pub(super) async fn status(
    kept: &dyn SubscriptionStore,
    name: &SubscriptionName,
) -> Result<SubscriptionStatus, Unmet> {
    let status = kept.subscription(name).await?;
    status.ok_or_else(|| Unmet::violated(format!("there is no subscription `{name}`")))
}

/// Who holds the partitions.
pub(super) async fn owners(
    kept: &dyn SubscriptionStore,
    name: &SubscriptionName,
) -> Result<Vec<Option<WorkerId>>, Unmet> {
    let partitions = status(kept, name).await?.partitions;
    Ok(partitions.into_iter().map(|it| it.owner).collect())
}

/// A step to that place, and nothing else.
pub(super) fn step(lease: &Lease, to: u64) -> Advance {
    Advance::new(lease.clone(), Some(mark(to)))
}

/// Where each slice of `checkpoints` is, however they are put together.
pub(super) fn places(checkpoints: &[Checkpoint]) -> Result<Vec<(u16, LogMark)>, Unmet> {
    let mut places = Vec::new();
    for slice in (0..Slice::COUNT).filter_map(Slice::new) {
        let of = checkpoints.iter().filter(|it| it.slices.contains(slice));
        places.extend(of.map(|it| (slice.get(), it.mark)));
    }
    let apart = places.is_sorted_by(|(a, _), (b, _)| a < b);
    ensure(apart, || format!("a slice twice in {checkpoints:?}"))?;
    let sorted = checkpoints.is_sorted_by_key(|it| it.slices);
    ensure(sorted, || format!("ranges out of order: {checkpoints:?}"))?;
    Ok(places)
}

/// Demands that all these ranges are at that place, and that there are some.
pub(super) fn are_at(what: impl Display, checkpoints: &[Checkpoint], place: u64) -> Met {
    let places = places(checkpoints)?;
    ensure(!places.is_empty(), || format!("{what}: no slice at all"))?;
    let other = places.iter().find(|(_, at)| *at != mark(place));
    same(what, other.map(|it| it.1), None)
}

/// Demands that `answer` says that the lease is lost, and which.
pub(super) fn is_lost<T: Debug>(what: &str, answer: Result<T, LeaseError>, lease: &Lease) -> Met {
    match answer {
        Err(LeaseError::Lost { lease: named }) => same("the lease that is lost", &named, lease),
        other => Err(Unmet::violated(format!(
            "{what} with a lost lease gave {other:?}"
        ))),
    }
}

/// Waiting for a lease to run out, by whichever clock the store measures it.
pub(super) struct Patience(Instant);

impl Patience {
    /// Nothing is said about how soon; only that it does happen.
    const AT_MOST: Duration = Duration::from_secs(30);

    pub(super) fn new() -> Self {
        Self(Instant::now())
    }

    /// Lets a little time pass.
    pub(super) async fn wait(&self, trial: &Trial<'_>, what: &str) -> Met {
        let at_most = Self::AT_MOST;
        ensure(self.0.elapsed() < at_most, || {
            format!("waited {at_most:?} for {what}, in vain")
        })?;
        trial.clock.advance(MOMENT);
        sleep(Duration::from_millis(1)).await;
        Ok(())
    }
}
