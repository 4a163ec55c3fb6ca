//! A partition has one holder at a time.

use std::collections::BTreeSet;

use super::subscribing::{
    HOUR, MOMENT, Patience, all_claimed, claimed, is_lost, kept, moved, opened, owners, parts,
    status, step, worker,
};
use super::trial::{Trial, together};
use super::unmet::{Met, Unmet, ensure, same};
use crate::subscription::{Claimed, WorkerId};

pub(super) async fn a_claimed_partition_is_not_claimed_again(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let kept = kept(&store)?;
    let name = opened(kept, "sales", 3).await?;
    let other = opened(kept, "stock", 1).await?;
    let mut held = vec![None, None, None];
    for n in 0..3 {
        let worker = WorkerId::from(format!("worker \"{n}\" é'").as_str());
        let claimed = kept.claim(&name, &worker, HOUR).await?;
        let claimed = claimed.ok_or_else(|| Unmet::violated("a free partition is not claimed"))?;
        same("subscription claimed", &claimed.lease.subscription, &name)?;
        let owner = held.get_mut(usize::from(claimed.lease.partition));
        let owner = owner.filter(|owner| owner.is_none());
        let owner = owner.ok_or_else(|| {
            Unmet::violated(format!("partition {} again", claimed.lease.partition))
        })?;
        *owner = Some(worker);
        same("owners", owners(kept, &name).await?, held.clone())?;
    }
    let more = kept.claim(&name, &worker(), HOUR).await?;
    same("what is claimed where nothing is free", more, None)?;
    same("owners", owners(kept, &name).await?, held)?;
    claimed(kept, &other).await?;
    Ok(())
}

pub(super) async fn a_released_partition_is_claimed_again(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let kept = kept(&store)?;
    let name = opened(kept, "sales", 2).await?;
    let stays = claimed(kept, &name).await?.lease;
    let first = claimed(kept, &name).await?.lease;
    kept.release(&first).await?;
    let owner = owners(kept, &name).await?;
    let owner = owner.get(usize::from(first.partition)).cloned().flatten();
    same("owner of a released partition", owner, None)?;
    is_lost("a step", kept.advance(&step(&first, 3)).await, &first)?;
    is_lost("renewing", kept.renew(&first, HOUR).await, &first)?;
    let second = claimed(kept, &name).await?.lease;
    same("partition claimed", second.partition, first.partition)?;
    kept.release(&first).await?;
    same(
        "what is claimed after a lost lease was released",
        kept.claim(&name, &worker(), HOUR).await?,
        None,
    )?;
    for lease in [&stays, &second] {
        kept.advance(&step(lease, 3)).await?;
    }
    Ok(())
}

pub(super) async fn the_partition_that_came_least_far_is_claimed_first(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let kept = kept(&store)?;
    let name = opened(kept, "sales", 4).await?;
    let order = async || {
        let leases = all_claimed(kept, &name).await?;
        Ok::<Vec<_>, Unmet>(leases.iter().map(|it| it.partition).collect())
    };
    moved(kept, &name, &[30, 10, 40, 20]).await?;
    same("order of claims", order().await?, vec![1, 3, 0, 2])?;
    // The second half has ranges at 40 and 20, the first at 30 and 10.
    kept.divide(&name, parts(2)?).await?;
    same("order after a division", order().await?, vec![0, 1])?;
    moved(kept, &name, &[35]).await?;
    same("order after a step", order().await?, vec![0])?;
    kept.divide(&name, parts(4)?).await?;
    // 35, 35, 40, 20.
    same(
        "first claimed",
        claimed(kept, &name).await?.lease.partition,
        3,
    )?;
    moved(kept, &name, &[60, 50]).await?;
    same("order of the others", order().await?, vec![2, 1, 0])
}

pub(super) async fn workers_that_claim_at_once_get_different_partitions(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let name = opened(kept(&store)?, "sales", 8).await?;
    for _ in 0..8 {
        let attempts = (0..12).map(|n| {
            let (store, name) = (store.clone(), name.clone());
            let worker = WorkerId::from(format!("worker-{n}").as_str());
            async move { Ok(kept(&store)?.claim(&name, &worker, HOUR).await?) }
        });
        let answers: Result<Vec<_>, Unmet> = together(attempts).await?.into_iter().collect();
        let claimed: Vec<Claimed> = answers?.into_iter().flatten().collect();
        let partitions: BTreeSet<_> = claimed.iter().map(|it| it.lease.partition).collect();
        same("claims that went through", claimed.len(), 8)?;
        same("partitions claimed", partitions.len(), 8)?;
        for claimed in claimed {
            kept(&store)?.renew(&claimed.lease, HOUR).await?;
            kept(&store)?.release(&claimed.lease).await?;
        }
    }
    Ok(())
}

pub(super) async fn a_lease_runs_out(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let kept = kept(&store)?;
    let name = opened(kept, "sales", 1).await?;
    let first = kept.claim(&name, &worker(), MOMENT).await?;
    let first = first.ok_or_else(|| Unmet::violated("a free partition is not claimed"))?;
    let patience = Patience::new();
    let second = loop {
        if let Some(second) = kept.claim(&name, &worker(), HOUR).await? {
            break second;
        }
        patience.wait(trial, "a lease to run out").await?;
    };
    ensure(second.lease.token > first.lease.token, || {
        format!(
            "token {:?} after {:?}",
            second.lease.token, first.lease.token
        )
    })?;
    let lost = &first.lease;
    is_lost("a step", kept.advance(&step(lost, 3)).await, lost)?;
    is_lost("renewing", kept.renew(lost, HOUR).await, lost)?;
    kept.advance(&step(&second.lease, 3)).await?;
    Ok(())
}

pub(super) async fn an_expired_lease_that_nobody_took_still_counts(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let kept = kept(&store)?;
    let name = opened(kept, "sales", 1).await?;
    let claimed = kept.claim(&name, &worker(), MOMENT).await?;
    let lease = claimed.map(|it| it.lease);
    let lease = lease.ok_or_else(|| Unmet::violated("a free partition is not claimed"))?;
    let patience = Patience::new();
    while owners(kept, &name).await? != [None] {
        patience.wait(trial, "a lease to run out").await?;
    }
    kept.advance(&step(&lease, 3)).await?;
    kept.renew(&lease, HOUR).await?;
    same("owner", owners(kept, &name).await?, vec![Some(worker())])?;
    let again = kept.claim(&name, &worker(), HOUR).await?;
    same("what is claimed after renewing", again, None)?;
    kept.advance(&step(&lease, 4)).await?;
    let token = status(kept, &name)
        .await?
        .partitions
        .first()
        .map(|it| it.token);
    same("token", token, Some(lease.token))
}

pub(super) async fn a_renewed_lease_lasts_longer(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let kept = kept(&store)?;
    let name = opened(kept, "sales", 1).await?;
    let witness = opened(kept, "stock", 1).await?;
    let claimed = kept.claim(&name, &worker(), MOMENT).await?;
    let lease = claimed.map(|it| it.lease);
    let lease = lease.ok_or_else(|| Unmet::violated("a free partition is not claimed"))?;
    kept.renew(&lease, HOUR).await?;
    // A lease that was taken after it, for as long as it was at first.
    kept.claim(&witness, &worker(), MOMENT).await?;
    let patience = Patience::new();
    while owners(kept, &witness).await? != [None] {
        patience.wait(trial, "a lease to run out").await?;
    }
    same("owner", owners(kept, &name).await?, vec![Some(worker())])?;
    let again = kept.claim(&name, &worker(), HOUR).await?;
    same("what is claimed of a renewed lease", again, None)
}
