//! Many writers at once.

use std::collections::BTreeSet;

use super::reading;
use super::samples::{append, events, exactly, part, put, stream};
use super::trial::{Trial, together};
use super::unmet::{Met, Unmet, ensure, same};
use crate::envelope::NewEvent;
use crate::ids::{EventId, Version};
use crate::store::{AppendError, ExpectedVersion};

const WRITERS: usize = 8;
/// So often may a writer try: each conflict is another's success, so a right store needs far fewer.
const ATTEMPTS: usize = 1_000;

pub(super) async fn one_writer_wins_each_version(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let order = stream("536365")?;
    for version in 0..12 {
        let attempts = (0..WRITERS).map(|_| {
            let (store, attempt) = (store.clone(), part(&order, exactly(version), events(1)));
            async move { append(&store, [attempt]).await }
        });
        let mut winners = 0;
        for answer in together(attempts).await? {
            match answer {
                Ok(_) => winners += 1,
                Err(AppendError::Conflict { actual, .. }) => {
                    same(
                        "actual version in the conflict",
                        actual,
                        Version::new(version + 1),
                    )?;
                }
                Err(other) => return Err(other.into()),
            }
        }
        same(
            format!("appends that went through at version {version}"),
            winners,
            1,
        )?;
        let next = Version::new(version + 1);
        same("version", store.stream_version(&order).await?, next)?;
    }
    same(
        "events in the end",
        reading::stream(&store, &order).await?.len(),
        12,
    )
}

pub(super) async fn no_update_is_lost(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let order = stream("536365")?;
    let writers = (0..WRITERS).map(|_| {
        let (store, order) = (store.clone(), order.clone());
        async move {
            let mut written = Vec::new();
            for _ in 0..ATTEMPTS {
                if written.len() == 8 {
                    return Ok(written);
                }
                let expected = ExpectedVersion::Exact(store.stream_version(&order).await?);
                let batch = events(1);
                let ids = ids(&batch);
                match append(&store, [part(&order, expected, batch)]).await {
                    Ok(_) => written.extend(ids),
                    Err(AppendError::Conflict { .. }) => tokio::task::yield_now().await,
                    Err(other) => return Err(Unmet::from(other)),
                }
            }
            Err(Unmet::violated("a writer conflicts without end"))
        }
    });
    let mut acknowledged = BTreeSet::new();
    for written in together(writers).await? {
        acknowledged.extend(written?);
    }
    let events = reading::stream(&store, &order).await?;
    same("number of events", events.len(), WRITERS * 8)?;
    let stored: BTreeSet<_> = events.iter().map(|event| event.id).collect();
    ensure(
        stored == acknowledged,
        || "the stream does not hold what was acknowledged",
    )
}

pub(super) async fn appends_at_any_version_all_land(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let order = stream("536365")?;
    let batches: Vec<_> = (0..64).map(|n| events(n % 3 + 1)).collect();
    let appends = batches.clone().into_iter().map(|batch| {
        let (store, order) = (store.clone(), order.clone());
        async move { put(&store, &order, batch).await }
    });
    for answer in together(appends).await? {
        answer?;
    }
    let stored = reading::stream(&store, &order).await?;
    let versions: Vec<_> = stored.iter().map(|event| event.version.get()).collect();
    let count = batches.iter().map(Vec::len).sum::<usize>();
    same("versions", versions, (1..=count as u64).collect())?;
    let stored: Vec<_> = stored.iter().map(|event| event.id).collect();
    for batch in &batches {
        let ids = ids(batch);
        ensure(
            stored.windows(ids.len()).any(|window| window == ids),
            || format!("the batch {ids:?} is not in one piece"),
        )?;
    }
    Ok(())
}

pub(super) async fn writers_on_many_streams_all_land(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let writers = (0..2 * WRITERS).map(|writer| {
        let store = store.clone();
        async move {
            let order = stream(&format!("order {writer}"))?;
            let mut written = Vec::new();
            for round in 0..8 {
                let batch = events(round % 3 + 1);
                let expected = exactly(written.len() as u64);
                written.extend(ids(&batch));
                append(&store, [part(&order, expected, batch)]).await?;
            }
            Ok::<_, Unmet>((order, written))
        }
    });
    let mut count = 0;
    for written in together(writers).await? {
        let (order, written) = written?;
        count += written.len();
        let stored = reading::stream(&store, &order).await?;
        let stored: Vec<_> = stored.iter().map(|event| event.id).collect();
        same(format!("events of {order}"), stored, written)?;
    }
    let log = reading::log(&store).await?;
    let distinct: BTreeSet<_> = log.iter().map(|event| event.id).collect();
    same("events in the log", log.len(), count)?;
    same("different events in the log", distinct.len(), count)
}

pub(super) async fn appends_over_crossing_streams_stay_whole(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let (a, b) = (stream("a")?, stream("b")?);
    let writers = (0..WRITERS).map(|writer| {
        let (store, a, b) = (store.clone(), a.clone(), b.clone());
        async move {
            let mut won = 0;
            for _ in 0..ATTEMPTS {
                if won == 6 {
                    return Ok(won);
                }
                let expected = ExpectedVersion::Exact(store.stream_version(&a).await?);
                let streams = [part(&a, expected, events(1)), part(&b, expected, events(1))];
                let [first, second] = streams;
                let crossing = writer % 2 == 0;
                let streams = if crossing {
                    [first, second]
                } else {
                    [second, first]
                };
                match append(&store, streams).await {
                    Ok(_) => won += 1,
                    Err(AppendError::Conflict { .. }) => tokio::task::yield_now().await,
                    Err(other) => return Err(Unmet::from(other)),
                }
            }
            Err(Unmet::violated("a writer conflicts without end"))
        }
    });
    let mut won = 0;
    for writer in together(writers).await? {
        won += writer?;
    }
    for order in [&a, &b] {
        let stored = reading::stream(&store, order).await?.len() as u64;
        same(format!("events of {order}"), stored, won)?;
    }
    Ok(())
}

fn ids(batch: &[NewEvent]) -> Vec<EventId> {
    batch.iter().map(|event| event.id).collect()
}
