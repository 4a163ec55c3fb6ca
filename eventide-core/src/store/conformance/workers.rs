//! Several stores on one storage, whose workers share subscriptions, as in several processes.

use std::collections::BTreeSet;

use super::inventory::Inventory;
use super::steps;
use super::subscribing::{
    HOUR, claimed, is_lost, kept, mark, named, opened, owners, parts, step, taken, worker,
};
use super::trial::{Trial, together};
use super::unmet::{Met, Unmet, ensure, same};
use crate::store::NewSubscription;
use crate::view::{Column, ColumnKind};

pub(super) async fn stores_on_one_storage_see_each_others_claims(trial: &Trial<'_>) -> Met {
    let stores = [trial.open().await?, trial.open_beside().await?];
    let [a, b] = &stores;
    let (of_a, of_b) = (kept(a)?, kept(b)?);
    let name = opened(of_a, "sales", 2).await?;
    let mut other = NewSubscription::new(name.clone(), mark(9));
    other.count = parts(5)?;
    let found = of_b.open_subscription(&other).await?;
    same(
        "what is found beside",
        Some(found),
        of_a.subscription(&name).await?,
    )?;
    let first = claimed(of_a, &name).await?.lease;
    let second = claimed(of_b, &name).await?.lease;
    ensure(first.partition != second.partition, || {
        format!("{first:?} and {second:?} were claimed")
    })?;
    for kept in [of_a, of_b] {
        let more = kept.claim(&name, &worker(), HOUR).await?;
        same("what is claimed where all is held", more, None)?;
        let held = vec![Some(worker()), Some(worker())];
        same("owners", owners(kept, &name).await?, held)?;
    }
    of_b.release(&second).await?;
    let third = claimed(of_a, &name).await?.lease;
    same(
        "partition released beside",
        third.partition,
        second.partition,
    )?;
    of_a.release(&first).await?;
    of_b.release(&third).await?;

    let name = opened(of_b, "stock", 8).await?;
    for _ in 0..6 {
        let attempts = stores.iter().cycle().take(12).map(|store| {
            let (store, name) = (store.clone(), name.clone());
            async move { Ok(kept(&store)?.claim(&name, &worker(), HOUR).await?) }
        });
        let answers: Result<Vec<_>, Unmet> = together(attempts).await?.into_iter().collect();
        let claimed: Vec<_> = answers?.into_iter().flatten().collect();
        let partitions: BTreeSet<_> = claimed.iter().map(|it| it.lease.partition).collect();
        let counted = (claimed.len(), partitions.len());
        same("claims, and partitions claimed", counted, (8, 8))?;
        for (kept, claimed) in [of_a, of_b].into_iter().cycle().zip(claimed) {
            kept.release(&claimed.lease).await?;
        }
    }
    Ok(())
}

pub(super) async fn stores_on_one_storage_fence_each_others_workers(trial: &Trial<'_>) -> Met {
    let stores = [trial.open().await?, trial.open_beside().await?];
    let [a, b] = &stores;
    let (of_a, of_b) = (kept(a)?, kept(b)?);
    let name = opened(of_a, "sales", 2).await?;
    for (of_a, of_b) in [(of_a, of_b), (of_b, of_a)] {
        let first = taken(of_a, &name, 1).await?.lease;
        of_a.advance(&step(&first, 3)).await?;
        let second = taken(of_b, &name, 1).await?.lease;
        is_lost("a step", of_a.advance(&step(&first, 4)).await, &first)?;
        is_lost("renewing", of_a.renew(&first, HOUR).await, &first)?;
        of_b.advance(&step(&second, 5)).await?;
        // A lease is the right of whoever has it, through whichever store.
        of_a.renew(&second, HOUR).await?;
        of_a.divide(&name, parts(3)?).await?;
        is_lost("a step", of_b.advance(&step(&second, 6)).await, &second)?;
        of_b.divide(&name, parts(2)?).await?;
    }
    Ok(())
}

pub(super) async fn stores_on_one_storage_see_each_others_steps(trial: &Trial<'_>) -> Met {
    let stores = [trial.open().await?, trial.open_beside().await?];
    let [a, b] = &stores;
    let (of_a, of_b) = (kept(a)?, kept(b)?);
    let (table, name) = (steps::table(), named("sales")?);
    of_a.open_view(&table).await?;
    of_b.open_view(&table).await?;
    opened(of_b, "sales", 1).await?;
    let lease = claimed(of_a, &name).await?.lease;
    of_a.advance(&steps::first(&lease)?).await?;
    let seen = Inventory::of(of_a, &name, &table).await?;
    same("documents", seen.documents.len(), 2)?;
    seen.is_unchanged(of_b, "reading beside").await?;
    of_b.advance(&steps::second(&lease)?).await?;
    let seen = Inventory::of(of_b, &name, &table).await?;
    same("decisions", seen.decisions.len(), 1)?;
    seen.is_unchanged(of_a, "reading beside").await?;
    of_a.serve(&table.name, 1, 2, &[]).await?;
    let serving = of_b.serving(&table.name, 1).await?;
    same("generation chosen beside", serving, 2)?;
    let mut other = table.clone();
    other.columns = vec![Column::indexed("country", ColumnKind::Text)];
    let opened = of_b.open_view(&other).await;
    ensure(opened.is_err(), || "a view was opened with other columns")?;
    of_b.drop_view(&table).await?;
    of_b.forget_subscription(&name).await?;
    same(
        "what was forgotten beside",
        of_a.subscription(&name).await?,
        None,
    )?;
    of_a.open_view(&other).await?;
    of_b.open_view(&other).await?;
    let keys = ["x".to_owned()];
    let found = of_b.documents(&other, &keys).await?;
    same("a document of a view that was dropped", found, vec![None])
}
