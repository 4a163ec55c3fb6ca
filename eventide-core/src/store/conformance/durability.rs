//! What was acknowledged outlives the store.

use std::time::Duration;

use super::reading::View;
use super::samples::{append, caused, command, event, events, exactly, part, put, stream, tags};
use super::trial::{Trial, start};
use super::unmet::{Met, ensure, same};
use crate::ids::Version;
use crate::store::{AppendError, ExpectedVersion};

pub(super) async fn acknowledged_events_survive_reopening(trial: &Trial<'_>) -> Met {
    let mut store = trial.open().await?;
    let (a, b) = (stream("a")?, stream("b")?);
    for round in 0..3 {
        let mut tagged = event("OrderPlaced");
        tagged.tags = tags(&["customer:17850", "country:UK"])?;
        let streams = [
            part(&a, exactly(2 * round), vec![tagged, event("LineAdded")]),
            part(&b, exactly(round), events(1)),
        ];
        append(&store, streams).await?;
        let before = View::of(&store, &[&a, &b]).await?;
        store = trial.reopen(store).await?;
        before.is_unchanged(&store, &[&a, &b], "reopening").await?;
    }
    Ok(())
}

pub(super) async fn commands_survive_reopening(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let (order, ids) = (stream("536365")?, [command(), command(), command()]);
    let [acted, idle, refused] = ids;
    append(
        &store,
        [caused(&order, exactly(0), &[(acted, 2), (idle, 0)])],
    )
    .await?;
    let conflict = append(&store, [caused(&order, exactly(0), &[(refused, 1)])]).await;
    ensure(conflict.is_err(), || "an outdated append went through")?;
    let before = store.handled_commands(&ids).await?;
    same("number of known commands", before.len(), 2)?;
    let store = trial.reopen(store).await?;
    same(
        "known commands after reopening",
        store.handled_commands(&ids).await?,
        before,
    )?;
    let again = append(&store, [caused(&order, exactly(0), &[(acted, 2)])]).await;
    ensure(matches!(again, Err(AppendError::AlreadyHandled(_))), || {
        format!("a command repeated after reopening gave {again:?}")
    })
}

pub(super) async fn appending_goes_on_after_reopening(trial: &Trial<'_>) -> Met {
    let mut store = trial.open().await?;
    let order = stream("536365")?;
    let mut head = store.head().await?;
    let mut recorded_at = start() - Duration::from_secs(1);
    for version in 1..=3 {
        let appended = put(&store, &order, events(1)).await?;
        let answer = appended.streams.first();
        same(
            "version",
            answer.map(|part| part.version),
            Some(Version::new(version)),
        )?;
        let positions = answer
            .map(|part| part.positions.as_slice())
            .unwrap_or_default();
        ensure(positions.iter().all(|position| *position > head), || {
            format!("positions {positions:?} are not above {head}, the head before")
        })?;
        ensure(appended.recorded_at >= recorded_at, || {
            format!("recorded at {} after {recorded_at}", appended.recorded_at)
        })?;
        (head, recorded_at) = (store.head().await?, appended.recorded_at);
        store = trial.reopen(store).await?;
        trial.clock.set(start() - Duration::from_mins(version));
    }
    let late = append(
        &store,
        [part(&order, ExpectedVersion::NO_STREAM, events(1))],
    )
    .await;
    ensure(
        late.is_err(),
        || "a stream from before reopening counted as new",
    )
}
