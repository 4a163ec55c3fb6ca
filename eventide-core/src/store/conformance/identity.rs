//! A log has an identity of its own.

use super::samples::{events, put, stream};
use super::trial::Trial;
use super::unmet::{Met, ensure, same};

pub(super) async fn a_log_keeps_its_identity(trial: &Trial<'_>) -> Met {
    let mut store = trial.open().await?;
    let (order, id) = (stream("536365")?, store.log_id().await?);
    for _ in 0..3 {
        same("identity", store.log_id().await?, id)?;
        put(&store, &order, events(2)).await?;
        same("identity after an append", store.log_id().await?, id)?;
        store = trial.reopen(store).await?;
        same("identity after reopening", store.log_id().await?, id)?;
    }
    Ok(())
}

pub(super) async fn separate_logs_are_told_apart(trial: &Trial<'_>) -> Met {
    let other = trial.another().await?;
    let (a, b) = (trial.open().await?, other.open().await?);
    let order = stream("536365")?;
    let same_events = events(3);
    // Alike in all but that they are two.
    for store in [&a, &b] {
        put(store, &order, same_events.clone()).await?;
    }
    let ids = [a.log_id().await?, b.log_id().await?];
    ensure(ids.first() != ids.last(), || {
        format!("two logs that were created apart have the same identity: {ids:?}")
    })
}
