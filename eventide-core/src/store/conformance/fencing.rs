//! Whoever lost a partition can write nothing more.

use std::collections::HashMap;

use super::inventory::Inventory;
use super::steps;
use super::subscribing::{
    HOUR, MOMENT, Patience, claimed, is_lost, kept, opened, owners, parts, status, step, taken,
    worker,
};
use super::trial::Trial;
use super::unmet::{Met, Unmet, ensure, same};
use crate::subscription::{Claimed, Token, WorkerId};

pub(super) async fn a_take_over_fences_the_former_holder(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let kept = kept(&store)?;
    let name = opened(kept, "sales", 2).await?;
    let first = taken(kept, &name, 1).await?.lease;
    kept.advance(&step(&first, 3)).await?;
    let heir = WorkerId::from("heir");
    let second = kept.take_over(&name, 1, &heir, HOUR).await?;
    let second = second.ok_or_else(|| Unmet::violated("a held partition cannot be taken"))?;
    let held = vec![None, Some(heir)];
    same("owners", owners(kept, &name).await?, held.clone())?;
    is_lost("a step", kept.advance(&step(&first, 5)).await, &first)?;
    is_lost("renewing", kept.renew(&first, HOUR).await, &first)?;
    kept.release(&first).await?;
    same("owners after a release", owners(kept, &name).await?, held)?;
    kept.advance(&step(&second.lease, 4)).await?;
    kept.renew(&second.lease, HOUR).await?;
    for missing in [2, 3, u16::MAX] {
        let taken = kept.take_over(&name, missing, &worker(), HOUR).await?;
        same("a partition that is not there", taken, None)?;
    }
    Ok(())
}

pub(super) async fn tokens_only_grow(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let kept = kept(&store)?;
    let name = opened(kept, "sales", 1).await?;
    let mut highest = Highest::default();
    for count in [3, 1, 2, 3] {
        kept.divide(&name, parts(count)?).await?;
        let first = claimed(kept, &name).await?;
        highest.grows(&first)?;
        kept.release(&first.lease).await?;
        for partition in 0..count {
            highest.grows(&taken(kept, &name, partition).await?)?;
            let again = taken(kept, &name, partition).await?;
            highest.grows(&again)?;
            kept.release(&again.lease).await?;
        }
        let brief = kept.claim(&name, &worker(), MOMENT).await?;
        let brief = brief.ok_or_else(|| Unmet::violated("a free partition is not claimed"))?;
        highest.grows(&brief)?;
        let patience = Patience::new();
        while owners(kept, &name).await?.iter().any(Option::is_some) {
            patience.wait(trial, "a lease to run out").await?;
        }
        for _ in 0..count {
            highest.grows(&claimed(kept, &name).await?)?;
        }
        for partition in status(kept, &name).await?.partitions {
            let last = highest.0.get(&partition.partition);
            same("token of the last claim", Some(&partition.token), last)?;
        }
    }
    Ok(())
}

/// The highest token of each partition.
#[derive(Default)]
struct Highest(HashMap<u16, Token>);

impl Highest {
    fn grows(&mut self, claimed: &Claimed) -> Met {
        let lease = &claimed.lease;
        let last = self.0.insert(lease.partition, lease.token);
        let grows = last.unwrap_or(Token::from_raw(0)) < lease.token;
        ensure(grows, || format!("{lease:?} after {last:?}"))
    }
}

pub(super) async fn a_lost_lease_changes_nothing(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let kept = kept(&store)?;
    let name = opened(kept, "sales", 2).await?;
    let table = steps::table();
    kept.open_view(&table).await?;
    let lease = taken(kept, &name, 0).await?.lease;
    kept.advance(&steps::first(&lease)?).await?;
    let mut late = steps::second(&lease)?;

    kept.release(&lease).await?;
    let before = Inventory::of(kept, &name, &table).await?;
    is_lost("a step", kept.advance(&late).await, &lease)?;
    let what = "a step after a release";
    before.is_unchanged(kept, what).await?;

    let heir = taken(kept, &name, 0).await?.lease;
    let before = Inventory::of(kept, &name, &table).await?;
    is_lost("a step", kept.advance(&late).await, &lease)?;
    is_lost("renewing", kept.renew(&lease, HOUR).await, &lease)?;
    kept.release(&lease).await?;
    let what = "a step after a take-over";
    before.is_unchanged(kept, what).await?;

    kept.divide(&name, parts(1)?).await?;
    let before = Inventory::of(kept, &name, &table).await?;
    for lease in [lease, heir] {
        late.lease = lease.clone();
        is_lost("a step", kept.advance(&late).await, &lease)?;
        is_lost("renewing", kept.renew(&lease, HOUR).await, &lease)?;
        kept.release(&lease).await?;
        let what = "a step after a division";
        before.is_unchanged(kept, what).await?;
    }
    late.lease = claimed(kept, &name).await?.lease;
    kept.advance(&late).await?;
    Ok(())
}
