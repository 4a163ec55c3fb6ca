//! A step is written whole or not at all.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::BoxFuture;

use super::inventory::Inventory;
use super::steps;
use super::subscribing::{HOUR, are_at, claimed, kept, opened, step};
use super::trial::{Trial, together};
use super::unmet::{Met, Unmet, ensure, same};
use crate::store::{Store, StoreErrorKind, SubscriptionStore};
use crate::subscription::{Lease, LeaseError, SubscriptionName};
use crate::view::{DocumentQuery, ViewTable};

pub(super) async fn a_step_is_visible_at_once(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let kept = kept(&store)?;
    let (name, table, lease) = begun(kept).await?;
    let all = Inventory::of(kept, &name, &table).await?;
    let codes = documents(&all);
    same(
        "documents",
        codes,
        vec![("x", r#"{"code":1}"#), ("y", r#"{"code":2}"#)],
    )?;
    let routes = [Some("x".to_owned()), Some("y".to_owned()), None];
    same("routes", &*all.routes, &routes)?;
    same(
        "letters",
        waiting(&all),
        vec![("k", 5), ("k", 6), ("k", 7), ("l", 8)],
    )?;
    are_at("where it is", &kept.renew(&lease, HOUR).await?, 10)?;

    kept.advance(&steps::second(&lease)?).await?;
    let all = Inventory::of(kept, &name, &table).await?;
    let codes = documents(&all);
    same(
        "documents",
        codes,
        vec![("x", r#"{"code":11}"#), ("z", r#"{"code":13}"#)],
    )?;
    let routes = ["x", "y", "z"].map(|key| Some(key.to_owned()));
    same("routes", &*all.routes, &routes)?;
    same(
        "letters",
        waiting(&all),
        vec![("k", 6), ("l", 8), ("m", 15)],
    )?;
    same("decisions", all.decisions.len(), 1)?;
    are_at("where it is", &kept.renew(&lease, HOUR).await?, 20)
}

pub(super) fn documents(all: &Inventory) -> Vec<(&str, &str)> {
    let of = all.documents.iter();
    of.map(|it| (&*it.key, str::from_utf8(&it.json).unwrap_or_default()))
        .collect()
}

pub(super) fn waiting(all: &Inventory) -> Vec<(&str, u64)> {
    let of = all.letters.iter().map(|it| &it.id);
    of.map(|id| (&*id.key, id.position.as_raw())).collect()
}

pub(super) async fn a_step_that_is_refused_leaves_nothing(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let kept = kept(&store)?;
    let (name, table, lease) = begun(kept).await?;
    let before = Inventory::of(kept, &name, &table).await?;
    let mut clash = steps::second(&lease)?;
    clash.documents.push(steps::put("last", 13, 15));
    let refused = kept.advance(&clash).await;
    let kind = match &refused {
        Err(LeaseError::Store(error)) => Some(error.kind()),
        _ => None,
    };
    same("kind of the error", kind, Some(StoreErrorKind::Constraint))?;
    let what = "a step whose last document clashes with another";
    before.is_unchanged(kept, what).await?;

    let mut nowhere = steps::second(&lease)?;
    nowhere.table = Some(ViewTable::new("never-opened", 1, table.columns.clone()));
    let refused = kept.advance(&nowhere).await;
    ensure(matches!(refused, Err(LeaseError::Store(_))), || {
        format!("documents for a view that is not there gave {refused:?}")
    })?;
    let what = "a step with documents for a view that is not there";
    before.is_unchanged(kept, what).await?;

    kept.advance(&steps::second(&lease)?).await?;
    are_at("where it is", &kept.renew(&lease, HOUR).await?, 20)
}

pub(super) async fn a_repeated_step_changes_nothing(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let kept = kept(&store)?;
    let (name, table, lease) = begun(kept).await?;
    let mut second = steps::second(&lease)?;
    second.dropped.clear();
    kept.advance(&second).await?;
    let mut before = Inventory::of(kept, &name, &table).await?;
    kept.advance(&second).await?;
    let again = Inventory::of(kept, &name, &table).await?;
    // When it was parked, or moved, is told anew.
    before.take_times_of(&again);
    before.is_unchanged(kept, "a step that was repeated").await
}

pub(super) async fn readers_see_steps_whole(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let (_, table, lease) = begun(kept(&store)?).await?;
    let done = Arc::new(AtomicBool::new(false));
    let mut tasks: Vec<BoxFuture<'static, Met>> = Vec::new();
    for _ in 0..3 {
        let (store, table, done) = (store.clone(), table.clone(), done.clone());
        tasks.push(Box::pin(async move {
            loop {
                let last = done.load(Ordering::Acquire);
                are_alike(&store, &table).await?;
                if last {
                    return Ok(());
                }
                tokio::task::yield_now().await;
            }
        }));
    }
    let (of_writer, over) = (store.clone(), done.clone());
    tasks.push(Box::pin(async move {
        let written = write(&of_writer, &lease).await;
        over.store(true, Ordering::Release);
        written
    }));
    together(tasks).await?.into_iter().collect()
}

async fn write(store: &Arc<dyn Store>, lease: &Lease) -> Met {
    for to in 11..60 {
        let mut advance = step(lease, to);
        advance.table = Some(steps::table());
        let code = i64::try_from(to).unwrap_or_default();
        let puts = [("x", code), ("y", -code)];
        advance.documents = puts.map(|(key, code)| steps::put(key, code, to)).into();
        kept(store)?.advance(&advance).await?;
    }
    Ok(())
}

/// Two documents that are always written together must have been changed by the same event.
async fn are_alike(store: &Arc<dyn Store>, table: &ViewTable) -> Met {
    let kept = kept(store)?;
    let keys = ["x", "y"].map(str::to_owned);
    let read = kept.documents(table, &keys).await?;
    let all = DocumentQuery::default();
    let found = kept.find_documents(table, &all).await?;
    let found = found.documents.into_iter().map(Some).collect();
    for documents in [read, found] {
        let by: Vec<_> = documents
            .iter()
            .flatten()
            .map(|it| it.changed_by.as_raw())
            .collect();
        // Before the first step of the writer they were changed by two events.
        let alike = matches!(*by, [a, b] if a == b || (a, b) == (3, 4));
        ensure(alike, || format!("of one step, {documents:?} were read"))?;
    }
    Ok(())
}

/// A subscription and a view after the first step.
async fn begun(
    kept: &dyn SubscriptionStore,
) -> Result<(SubscriptionName, ViewTable, Lease), Unmet> {
    let name = opened(kept, "sales", 1).await?;
    let table = steps::table();
    kept.open_view(&table).await?;
    let lease = claimed(kept, &name).await?.lease;
    kept.advance(&steps::first(&lease)?).await?;
    Ok((name, table, lease))
}
