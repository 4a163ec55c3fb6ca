//! An append is atomic, and visible once it is acknowledged.

use super::reading::{View, holds};
use super::samples::{append, caused, command, event, events, exactly, part, put, stream};
use super::trial::Trial;
use super::unmet::{Met, Unmet, ensure, same};
use crate::ids::Version;
use crate::store::{
    AppendError, AppendRequest, CommandMark, ExpectedVersion, StoreErrorKind, StreamAppend,
};

pub(super) async fn an_append_is_visible_at_once(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let (order, id) = (stream("536365")?, command());
    for version in 1..=20_u64 {
        let id = id.nth(u32::try_from(version)?);
        let request = AppendRequest::to(caused(&order, exactly(version - 1), &[(id, 1)]));
        let appended = store.append(request.clone()).await?;
        let last = appended
            .streams
            .iter()
            .flat_map(|part| &part.positions)
            .next_back();
        same(
            "version",
            store.stream_version(&order).await?,
            Version::new(version),
        )?;
        same("head", Some(&store.head().await?), last)?;
        same(
            "known commands",
            store.handled_commands(&[id]).await?.len(),
            1,
        )?;
        holds(&store, &request, &appended).await?;
    }
    Ok(())
}

pub(super) async fn an_append_answers_what_it_did(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let (a, b, c) = (stream("z")?, stream("a")?, stream("m")?);
    put(&store, &b, events(2)).await?;
    let request = AppendRequest {
        streams: vec![
            part(&a, ExpectedVersion::NO_STREAM, events(3)),
            part(&b, exactly(2), events(1)),
            caused(&c, ExpectedVersion::Any, &[(command(), 0)]),
        ],
    };
    let appended = store.append(request.clone()).await?;
    let versions: Vec<_> = appended
        .streams
        .iter()
        .map(|part| part.version.get())
        .collect();
    same("versions in the answer", versions, vec![3, 3, 0])?;
    holds(&store, &request, &appended).await
}

pub(super) async fn a_conflict_in_one_stream_stores_nothing_in_the_others(
    trial: &Trial<'_>,
) -> Met {
    let store = trial.open().await?;
    let (a, b, c) = (stream("a")?, stream("b")?, stream("c")?);
    for order in [&a, &b, &c] {
        put(&store, order, events(1)).await?;
    }
    let before = View::of(&store, &[&a, &b, &c]).await?;
    for conflicting in [&a, &b, &c] {
        let streams = [&a, &b, &c].map(|order| {
            let expected = exactly(u64::from(order != conflicting));
            part(order, expected, events(2))
        });
        let refused = append(&store, streams).await;
        ensure(matches!(refused, Err(AppendError::Conflict { .. })), || {
            format!("{conflicting} is not at its expected version, but: {refused:?}")
        })?;
        let since = format!("a conflict on {conflicting}");
        before.is_unchanged(&store, &[&a, &b, &c], &since).await?;
    }
    Ok(())
}

pub(super) async fn a_failed_append_leaves_no_trace(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let (a, b, id) = (stream("a")?, stream("b")?, command());
    append(&store, [caused(&a, ExpectedVersion::Any, &[(id, 2)])]).await?;
    let used = event("LineAdded");
    put(&store, &a, vec![used.clone()]).await?;
    let before = View::of(&store, &[&a, &b]).await?;
    let failing = [
        ("a conflict", part(&a, exactly(1), events(2))),
        (
            "a repeated command",
            caused(&a, ExpectedVersion::Any, &[(id, 2)]),
        ),
        (
            "a repeated event id",
            part(&a, exactly(3), vec![event("LineAdded"), used]),
        ),
    ];
    for (what, failing) in failing {
        let refused = append(&store, [part(&b, ExpectedVersion::Any, events(1)), failing]).await;
        ensure(refused.is_err(), || format!("{what} was not refused"))?;
        before.is_unchanged(&store, &[&a, &b], what).await?;
    }
    let next = append(&store, [part(&a, exactly(3), events(1))]).await?;
    let version = next.streams.first().map(|part| part.version);
    same(
        "version after failed appends",
        version,
        Some(Version::new(4)),
    )
}

pub(super) async fn a_batch_with_a_repeated_event_id_stores_nothing(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let (a, b) = (stream("a")?, stream("b")?);
    let used = event("LineAdded");
    put(&store, &a, vec![used.clone()]).await?;
    let before = View::of(&store, &[&a, &b]).await?;
    let fresh = event("LineAdded");
    let batches = [
        vec![event("LineAdded"), used, event("LineAdded")],
        vec![fresh.clone(), event("LineAdded"), fresh],
    ];
    for batch in batches {
        let refused = put(&store, &b, batch).await;
        let Err(AppendError::Store(error)) = &refused else {
            return Err(Unmet::violated(format!(
                "an event id twice gave {refused:?}"
            )));
        };
        same(
            "kind of the error",
            error.kind(),
            StoreErrorKind::Constraint,
        )?;
        before
            .is_unchanged(&store, &[&a, &b], "an event id twice")
            .await?;
    }
    Ok(())
}

pub(super) async fn malformed_appends_are_refused(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let (a, b, id) = (stream("a")?, stream("b")?, command());
    let any = ExpectedVersion::Any;
    let unmarked = StreamAppend {
        commands: vec![CommandMark { id, events: 1 }],
        ..part(&a, any, events(2))
    };
    let malformed = [
        ("no stream", vec![]),
        (
            "a stream twice",
            vec![part(&a, any, events(1)), part(&a, any, events(1))],
        ),
        (
            "a stream with nothing",
            vec![part(&b, any, events(1)), part(&a, any, vec![])],
        ),
        (
            "a command twice",
            vec![caused(&a, any, &[(id, 1)]), caused(&b, any, &[(id, 1)])],
        ),
        ("an event of no command", vec![unmarked]),
    ];
    let before = View::of(&store, &[&a, &b]).await?;
    for (what, streams) in malformed {
        let refused = append(&store, streams).await;
        ensure(
            matches!(refused, Err(AppendError::InvalidRequest { .. })),
            || format!("{what} gave {refused:?}"),
        )?;
        before.is_unchanged(&store, &[&a, &b], what).await?;
    }
    Ok(())
}

pub(super) async fn a_large_payload_is_kept(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let order = stream("536365")?;
    let mut large = event("LineAdded");
    large.payload = format!("\"{}\"", "ü€𝄞 ".repeat(1 << 17)).into_bytes();
    let between = vec![event("LineAdded"), large, event("LineAdded")];
    let request = AppendRequest::to(part(&order, ExpectedVersion::NO_STREAM, between));
    let appended = store.append(request.clone()).await?;
    holds(&store, &request, &appended).await
}
