//! What was acknowledged to a subscription outlives the store.

use super::inventory::Inventory;
use super::steps;
use super::subscribing::{
    HOUR, claimed, is_lost, kept, moved, named, opened, owners, parts, step, taken, worker,
};
use super::trial::Trial;
use super::unmet::{Met, ensure, same};
use crate::view::{Column, ColumnKind};

pub(super) async fn steps_survive_reopening(trial: &Trial<'_>) -> Met {
    let mut store = trial.open().await?;
    let (table, name) = (steps::table(), named("sales")?);
    opened(kept(&store)?, "sales", 2).await?;
    kept(&store)?.set_fingerprint(&name, 7).await?;
    kept(&store)?.open_view(&table).await?;
    kept(&store)?.serve(&table.name, 1, 2, &[]).await?;
    let lease = taken(kept(&store)?, &name, 1).await?.lease;
    for next in [steps::first(&lease)?, steps::second(&lease)?] {
        kept(&store)?.advance(&next).await?;
        let before = Inventory::of(kept(&store)?, &name, &table).await?;
        store = trial.reopen(store).await?;
        before.is_unchanged(kept(&store)?, "reopening").await?;
        let serving = kept(&store)?.serving(&table.name, 1).await?;
        same("generation that serves", serving, 2)?;
        // A view need not be opened again to be there, nor be new if it is.
        kept(&store)?.open_view(&table).await?;
        before
            .is_unchanged(kept(&store)?, "opening its view")
            .await?;
    }
    let mut other = table.clone();
    other.columns = vec![Column::indexed("country", ColumnKind::Text)];
    let opened = kept(&store)?.open_view(&other).await;
    ensure(opened.is_err(), || "a view was opened with other columns")?;
    kept(&store)?.drop_view(&table).await?;
    kept(&store)?.forget_subscription(&name).await?;
    store = trial.reopen(store).await?;
    let status = kept(&store)?.subscription(&name).await?;
    same("what was forgotten", status, None)?;
    kept(&store)?.open_view(&other).await?;
    let decisions = kept(&store)?.decisions(&name, 100).await?;
    same("decisions", decisions.len(), 1)
}

pub(super) async fn leases_survive_reopening(trial: &Trial<'_>) -> Met {
    let mut store = trial.open().await?;
    let name = opened(kept(&store)?, "sales", 3).await?;
    moved(kept(&store)?, &name, &[10, 20, 30]).await?;
    kept(&store)?.divide(&name, parts(2)?).await?;
    let lost = taken(kept(&store)?, &name, 1).await?.lease;
    let held = taken(kept(&store)?, &name, 1).await?.lease;
    let before = kept(&store)?.subscription(&name).await?;
    store = trial.reopen(store).await?;
    let kept = kept(&store)?;
    same("status", kept.subscription(&name).await?, before)?;
    is_lost("a step", kept.advance(&step(&lost, 40)).await, &lost)?;
    kept.advance(&step(&held, 40)).await?;
    kept.renew(&held, HOUR).await?;
    let free = claimed(kept, &name).await?.lease;
    same("partition that is free", free.partition, 0)?;
    let held_by = vec![Some(worker()), Some(worker())];
    same("owners", owners(kept, &name).await?, held_by)?;
    let next = taken(kept, &name, 1).await?.lease;
    ensure(next.token > held.token, || {
        format!("{next:?} after {held:?}")
    })?;
    is_lost("a step", kept.advance(&step(&held, 50)).await, &held)
}
