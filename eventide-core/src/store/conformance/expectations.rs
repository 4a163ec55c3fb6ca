//! The expected version guards every append.

use std::sync::Arc;

use super::samples::{append, caused, command, events, exactly, part, put, stream};
use super::trial::Trial;
use super::unmet::{Met, Unmet, ensure, same};
use crate::ids::Version;
use crate::store::{AppendError, ExpectedVersion, Store, StreamAppend};
use crate::stream::StreamId;

pub(super) async fn the_exact_version_is_enforced(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let order = stream("536365")?;
    put(&store, &order, events(3)).await?;
    for wrong in [0, 1, 2, 4, 5, u64::MAX] {
        conflicts(&store, part(&order, exactly(wrong), events(1)), 3).await?;
    }
    append(&store, [part(&order, exactly(3), events(2))]).await?;
    conflicts(&store, part(&order, exactly(3), events(1)), 5).await?;
    append(&store, [part(&order, exactly(5), events(1))]).await?;
    same(
        "version",
        store.stream_version(&order).await?,
        Version::new(6),
    )
}

pub(super) async fn no_stream_is_enforced(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let order = stream("536365")?;
    conflicts(&store, part(&order, exactly(1), events(1)), 0).await?;
    append(
        &store,
        [part(&order, ExpectedVersion::NO_STREAM, events(1))],
    )
    .await?;
    conflicts(
        &store,
        part(&order, ExpectedVersion::NO_STREAM, events(1)),
        1,
    )
    .await?;
    same(
        "version",
        store.stream_version(&order).await?,
        Version::new(1),
    )
}

pub(super) async fn any_version_is_accepted(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let order = stream("536365")?;
    for version in 1..=3 {
        put(&store, &order, events(1)).await?;
        same(
            "version",
            store.stream_version(&order).await?,
            Version::new(version),
        )?;
    }
    Ok(())
}

pub(super) async fn a_conflict_names_what_was_expected_and_what_is(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let (a, b) = (stream("a")?, stream("b")?);
    put(&store, &a, events(2)).await?;
    put(&store, &b, events(7)).await?;
    let streams = [
        part(&a, exactly(2), events(1)),
        part(&b, exactly(5), events(1)),
    ];
    match append(&store, streams).await {
        Err(AppendError::Conflict {
            stream,
            expected,
            actual,
        }) => {
            same("stream in conflict", stream, b)?;
            same("expected version in conflict", expected, exactly(5))?;
            same("actual version in conflict", actual, Version::new(7))
        }
        other => Err(Unmet::violated(format!(
            "{b} is at 7, not at 5, but: {other:?}"
        ))),
    }
}

pub(super) async fn an_append_without_events_enforces_its_version(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let order = stream("536365")?;
    put(&store, &order, events(2)).await?;
    conflicts(&store, caused(&order, exactly(1), &[(command(), 0)]), 2).await?;
    append(&store, [caused(&order, exactly(2), &[(command(), 0)])]).await?;
    same(
        "version",
        store.stream_version(&order).await?,
        Version::new(2),
    )
}

async fn conflicts(store: &Arc<dyn Store>, refused: StreamAppend, at: u64) -> Met {
    let (stream, expected): (StreamId, _) = (refused.stream.clone(), refused.expected);
    let answer = append(store, [refused]).await;
    ensure(matches!(answer, Err(AppendError::Conflict { .. })), || {
        format!("{stream} is at version {at}, not at {expected}, but: {answer:?}")
    })?;
    same(
        format!("version of {stream} after a conflict"),
        store.stream_version(&stream).await?,
        Version::new(at),
    )
}
