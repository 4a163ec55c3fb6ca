//! A subscription that is forgotten leaves nothing but its decisions.

use super::inventory::Inventory;
use super::steps;
use super::subscribing::{
    HOUR, are_at, claimed, is_lost, kept, mark, named, opened, parts, step, taken,
};
use super::trial::Trial;
use super::unmet::{Met, ensure, same};
use crate::store::NewSubscription;

pub(super) async fn forgetting_removes_all_but_the_decisions(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let kept = kept(&store)?;
    let (table, other) = (steps::table(), opened(kept, "stock", 1).await?);
    kept.open_view(&table).await?;
    kept.forget_subscription(&named("sales")?).await?;
    let name = opened(kept, "sales", 3).await?;
    for name in [&other, &name] {
        let lease = taken(kept, name, 0).await?.lease;
        kept.advance(&steps::first(&lease)?).await?;
        kept.advance(&steps::second(&lease)?).await?;
    }
    let before = Inventory::of(kept, &name, &table).await?;
    same("decisions before", before.decisions.len(), 1)?;
    let of_other = Inventory::of(kept, &other, &table).await?;
    kept.forget_subscription(&name).await?;
    same("its status", kept.subscription(&name).await?, None)?;
    same(
        "subscriptions",
        kept.subscription_names().await?,
        vec![other.clone()],
    )?;
    let decisions = kept.decisions(&name, 100).await?;
    same("decisions", &decisions, &before.decisions)?;
    kept.forget_subscription(&name).await?;

    let mut new = NewSubscription::new(name.clone(), mark(5));
    new.count = parts(2)?;
    kept.open_subscription(&new).await?;
    let after = Inventory::of(kept, &name, &table).await?;
    let status = after.status.iter();
    for of in status.clone().flat_map(|it| &it.partitions) {
        are_at("where it begins anew", &of.checkpoints, 5)?;
        same("owner", of.owner.as_ref(), None)?;
    }
    let parked: Vec<_> = status.map(|it| (it.parked_keys, it.letters)).collect();
    same("parked keys and letters", parked, vec![(0, 0)])?;
    same("parked keys", after.parked.len(), 0)?;
    same("letters", after.letters.len(), 0)?;
    same("routes", &*after.routes, &[None, None, None])?;
    same("decisions", &after.decisions, &before.decisions)?;
    same("documents", &after.documents, &before.documents)?;
    let what = "another was forgotten";
    of_other.is_unchanged(kept, what).await
}

pub(super) async fn forgetting_ends_all_leases(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let kept = kept(&store)?;
    let name = opened(kept, "sales", 2).await?;
    let lease = claimed(kept, &name).await?.lease;
    kept.forget_subscription(&name).await?;
    for again in [false, true] {
        if again {
            opened(kept, "sales", 2).await?;
        }
        is_lost("a step", kept.advance(&step(&lease, 3)).await, &lease)?;
        is_lost("renewing", kept.renew(&lease, HOUR).await, &lease)?;
        kept.release(&lease).await?;
    }
    for _ in 0..2 {
        let lease = claimed(kept, &name).await?.lease;
        kept.advance(&step(&lease, 3)).await?;
    }
    Ok(())
}

pub(super) async fn tokens_go_on_where_a_subscription_is_made_anew(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let kept = kept(&store)?;
    let name = opened(kept, "sales", 2).await?;
    let mut late = taken(kept, &name, 1).await?.lease;
    for _ in 0..3 {
        kept.forget_subscription(&name).await?;
        opened(kept, "sales", 2).await?;
        let next = taken(kept, &name, 1).await?.lease;
        ensure(next.token > late.token, || {
            format!("{next:?} after {late:?}")
        })?;
        is_lost("a step", kept.advance(&step(&late, 3)).await, &late)?;
        is_lost("renewing", kept.renew(&late, HOUR).await, &late)?;
        kept.release(&late).await?;
        kept.advance(&step(&next, 3)).await?;
        late = next;
    }
    Ok(())
}
