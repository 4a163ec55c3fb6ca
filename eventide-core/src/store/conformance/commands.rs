//! A command id is handled once, and its first result is remembered.

use std::sync::Arc;

use super::reading::View;
use super::samples::{append, caused, command, event, events, exactly, part, put, stream};
use super::trial::{Trial, together};
use super::unmet::{Met, Unmet, ensure, same};
use crate::ids::{CommandId, Position, Version};
use crate::store::{AppendError, Appended, ExpectedVersion, HandledCommand, Store, StreamAppend};
use crate::stream::StreamId;

const ANY: ExpectedVersion = ExpectedVersion::Any;

pub(super) async fn a_repeated_command_is_told_its_first_result(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let (order, id) = (stream("536365")?, command());
    put(&store, &order, events(2)).await?;
    let first = append(&store, [caused(&order, exactly(2), &[(id, 3)])]).await?;
    put(&store, &order, events(1)).await?;
    let expected = result(id, &order, 2, 3, positions(&first).last());
    let before = View::of(&store, &[&order]).await?;
    for again in [
        caused(&order, ANY, &[(id, 3)]),
        caused(&order, exactly(6), &[(id, 1)]),
    ] {
        same(
            "handled commands",
            known(&store, [again]).await?,
            vec![expected.clone()],
        )?;
        before
            .is_unchanged(&store, &[&order], "a repeated command")
            .await?;
    }
    same(
        "known commands",
        store.handled_commands(&[id]).await?,
        vec![expected],
    )
}

pub(super) async fn a_command_is_known_on_every_stream(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let (a, b, id) = (stream("a")?, stream("b")?, command());
    let first = append(&store, [caused(&a, ANY, &[(id, 1)])]).await?;
    let expected = result(id, &a, 0, 1, positions(&first).last());
    let on_b = known(&store, [caused(&b, exactly(0), &[(id, 1)])]).await?;
    same("handled commands", on_b, vec![expected])?;
    same("version", store.stream_version(&b).await?, Version::ZERO)
}

pub(super) async fn a_command_is_judged_before_the_version(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let (a, b, id) = (stream("a")?, stream("b")?, command());
    append(&store, [caused(&a, exactly(0), &[(id, 1)])]).await?;
    put(&store, &a, events(1)).await?;
    let outdated = known(&store, [caused(&a, exactly(0), &[(id, 1)])]).await?;
    same("number of handled commands", outdated.len(), 1)?;
    let elsewhere = [
        part(&b, exactly(9), events(1)),
        caused(&a, exactly(2), &[(id, 1)]),
    ];
    same(
        "number of handled commands",
        known(&store, elsewhere).await?.len(),
        1,
    )?;
    // A command that caused nothing leaves no event to stumble over.
    let idle = command();
    append(&store, [caused(&a, exactly(2), &[(idle, 0)])]).await?;
    put(&store, &a, events(1)).await?;
    let outdated = known(&store, [caused(&a, exactly(2), &[(idle, 0)])]).await?;
    same("number of handled commands", outdated.len(), 1)
}

pub(super) async fn racing_requests_with_one_command_act_once(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    for round in 0..8 {
        let id = command();
        let mut attempts = Vec::new();
        for racer in 0..8 {
            // Half of them on one stream, half each on its own.
            let place = if racer % 2 == 0 { 0 } else { racer };
            let order = stream(&format!("order {round} {place}"))?;
            let (store, attempt) = (store.clone(), caused(&order, ANY, &[(id, 2)]));
            attempts.push(async move { append(&store, [attempt]).await });
        }
        let (mut stored, mut told) = (Vec::new(), Vec::new());
        for answer in together(attempts).await? {
            match answer {
                Ok(appended) => stored.push(appended),
                Err(AppendError::AlreadyHandled(handled)) => told.extend(handled),
                Err(other) => return Err(other.into()),
            }
        }
        same("racing appends that were stored", stored.len(), 1)?;
        same("racing appends that were told of another", told.len(), 7)?;
        for part in stored.iter().flat_map(|won| &won.streams) {
            let expected = result(id, &part.stream, 0, 2, part.positions.last());
            ensure(told.iter().all(|told| *told == expected), || {
                format!("{told:?}, expected each to be {expected:?}")
            })?;
        }
    }
    Ok(())
}

pub(super) async fn the_known_commands_of_a_request_are_named(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let (a, b) = (stream("a")?, stream("b")?);
    let (known_a, known_b, new) = (command(), command(), command());
    append(
        &store,
        [
            caused(&a, ANY, &[(known_a, 1)]),
            caused(&b, ANY, &[(known_b, 0)]),
        ],
    )
    .await?;
    let before = View::of(&store, &[&a, &b]).await?;
    let request = [
        caused(&b, ANY, &[(new, 1), (known_a, 1)]),
        caused(&a, ANY, &[(known_b, 1)]),
    ];
    let mut named: Vec<_> = known(&store, request)
        .await?
        .iter()
        .map(|known| known.id)
        .collect();
    named.sort_unstable();
    let mut expected = vec![known_a, known_b];
    expected.sort_unstable();
    same("commands named as handled", named, expected)?;
    before
        .is_unchanged(&store, &[&a, &b], "a request partly known")
        .await?;
    same(
        "result of the new command",
        store.handled_commands(&[new]).await?,
        vec![],
    )
}

pub(super) async fn a_command_without_events_is_remembered(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let (order, new) = (stream("536365")?, stream("new")?);
    put(&store, &order, events(4)).await?;
    for (stream, after) in [(&order, 4), (&new, 0)] {
        let id = command();
        let before = View::of(&store, &[&order, &new]).await?;
        let appended = append(&store, [caused(stream, exactly(after), &[(id, 0)])]).await?;
        let version = appended.streams.first().map(|part| part.version);
        same("version in the answer", version, Some(Version::new(after)))?;
        before
            .is_unchanged(&store, &[&order, &new], "a command without events")
            .await?;
        let expected = vec![result(id, stream, after, 0, None)];
        same(
            "known commands",
            &store.handled_commands(&[id]).await?,
            &expected,
        )?;
        let again = known(&store, [caused(stream, ANY, &[(id, 1)])]).await?;
        same("handled commands", again, expected)?;
    }
    Ok(())
}

pub(super) async fn commands_account_for_their_events(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let (order, ids) = (
        stream("536365")?,
        [command(), command(), command(), command()],
    );
    put(&store, &order, events(1)).await?;
    let [first, idle, second, last] = ids;
    let marks = [(first, 2), (idle, 0), (second, 1), (last, 3)];
    let appended = append(&store, [caused(&order, exactly(1), &marks)]).await?;
    let positions = positions(&appended);
    let expected = vec![
        result(first, &order, 1, 2, positions.get(1)),
        result(idle, &order, 3, 0, None),
        result(second, &order, 3, 1, positions.get(2)),
        result(last, &order, 4, 3, positions.get(5)),
    ];
    same(
        "known commands",
        store.handled_commands(&ids).await?,
        expected,
    )
}

pub(super) async fn commands_of_several_streams_are_kept_apart(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let (a, b, ids) = (stream("a")?, stream("b")?, [command(), command()]);
    let [on_a, on_b] = ids;
    put(&store, &b, events(5)).await?;
    let streams = [caused(&a, ANY, &[(on_a, 2)]), caused(&b, ANY, &[(on_b, 1)])];
    let appended = append(&store, streams).await?;
    let last = |n: usize| {
        appended
            .streams
            .get(n)
            .and_then(|part| part.positions.last())
    };
    let expected = vec![
        result(on_a, &a, 0, 2, last(0)),
        result(on_b, &b, 5, 1, last(1)),
    ];
    same(
        "known commands",
        store.handled_commands(&ids).await?,
        expected,
    )
}

pub(super) async fn handled_commands_are_given_in_the_order_asked(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let order = stream("536365")?;
    let (a, b, c) = (command(), command(), command());
    for id in [a, b, c] {
        append(&store, [caused(&order, ANY, &[(id, 1)])]).await?;
    }
    let asked = [command(), c, command(), a, b, command()];
    let answer = store.handled_commands(&asked).await?;
    let given: Vec<_> = answer.iter().map(|known| known.id).collect();
    same("known commands", given, vec![c, a, b])?;
    same(
        "answer to nothing asked",
        store.handled_commands(&[]).await?,
        vec![],
    )
}

pub(super) async fn many_commands_can_be_asked_for(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let (order, batch) = (stream("536365")?, command());
    let handled: Vec<_> = (0..3_000).step_by(7).map(|n| batch.nth(n)).collect();
    let marks: Vec<_> = handled.iter().map(|id| (*id, 0)).collect();
    append(&store, [caused(&order, ANY, &marks)]).await?;
    let asked: Vec<_> = (0..3_000).map(|n| batch.nth(n)).collect();
    let answer = store.handled_commands(&asked).await?;
    let given: Vec<_> = answer.iter().map(|known| known.id).collect();
    ensure(given == handled, || {
        let (given, handled) = (given.len(), handled.len());
        format!("of 3,000 ids asked for, {given} were known, expected {handled} in their order")
    })?;
    let again: Vec<_> = asked.iter().map(|id| (*id, 0)).collect();
    let named = known(&store, [caused(&order, ANY, &again)]).await?;
    same("commands named as handled", named.len(), handled.len())
}

pub(super) async fn commands_of_a_failed_append_stay_unknown(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let (a, b) = (stream("a")?, stream("b")?);
    let used = event("LineAdded");
    put(&store, &a, vec![used.clone()]).await?;
    let ids = [command(), command()];
    let [outdated, repeating] = ids;
    let conflict = [
        caused(&b, ANY, &[(outdated, 1)]),
        part(&a, exactly(0), events(1)),
    ];
    let constraint = StreamAppend {
        events: vec![used],
        ..caused(&b, ANY, &[(repeating, 1)])
    };
    let refused = [
        append(&store, conflict).await,
        append(&store, [constraint]).await,
    ];
    ensure(refused.iter().all(Result::is_err), || {
        format!("not refused: {refused:?}")
    })?;
    same(
        "known commands",
        store.handled_commands(&ids).await?,
        vec![],
    )?;
    for id in ids {
        append(&store, [caused(&b, ANY, &[(id, 1)])]).await?;
    }
    Ok(())
}

/// The commands that an append is refused for.
async fn known(
    store: &Arc<dyn Store>,
    streams: impl IntoIterator<Item = StreamAppend>,
) -> Result<Vec<HandledCommand>, Unmet> {
    match append(store, streams).await {
        Err(AppendError::AlreadyHandled(handled)) => Ok(handled),
        other => Err(Unmet::violated(format!(
            "a repeated command gave {other:?}"
        ))),
    }
}

fn positions(appended: &Appended) -> Vec<Position> {
    let positions = appended.streams.iter().flat_map(|part| &part.positions);
    positions.copied().collect()
}

fn result(
    id: CommandId,
    stream: &StreamId,
    after: u64,
    events: u64,
    position: Option<&Position>,
) -> HandledCommand {
    HandledCommand {
        id,
        stream: stream.clone(),
        after: Version::new(after),
        events,
        position: position.copied(),
    }
}
