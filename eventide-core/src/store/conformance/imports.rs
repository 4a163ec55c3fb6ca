//! Events are taken in as another log has them, all or nothing.

use std::time::Duration;

use jiff::Timestamp;

use super::foreign::{foreign, handled, import, plain, recorded, sample};
use super::reading::{self, View, log};
use super::samples::{append, command, event, events, exactly, part, put, stream, tags};
use super::schema_versions::are_seen;
use super::trial::{Trial, together};
use super::unmet::{Met, ensure, same, same_events};
use crate::ids::{Position, Version};
use crate::store::transfer::ImportError;
use crate::store::{AppendError, LogFilter, LogQuery, PageSize, StoreErrorKind};
use crate::stream::StreamId;

pub(super) async fn imported_events_are_kept_as_they_were(trial: &Trial<'_>) -> Met {
    trial.needs_notation()?;
    let store = trial.open_for_transfer().await?;
    let (a, b) = (stream("a")?, stream("b")?);
    let events = sample(&a, &b)?;
    let (first, rest) = events.split_at(2);
    import(&store, first).await?;
    import(&store, &[]).await?;
    import(&store, rest).await?;
    let (head, store) = (store.head().await?, plain(&store));
    same("head", head, Position::from_raw(70_001))?;
    same_events("the log", &log(&store).await?, &events)?;
    for (order, version) in [(&a, 3), (&b, 2)] {
        let mut own = events.clone();
        own.retain(|event| event.stream == *order);
        same_events(order, &reading::stream(&store, order).await?, &own)?;
        let version = Version::new(version);
        same("version", store.stream_version(order).await?, version)?;
    }
    for size in [1, 2, 3] {
        let query = LogQuery::backwards().page(PageSize::new(size));
        let backwards = reading::log_by(&store, query).await?;
        same_events("the log backwards", &backwards, &reading::reversed(&events))?;
    }
    let tagged = LogFilter {
        tags: tags(&["country:UK"])?,
        ..LogFilter::default()
    };
    let query = LogQuery::default().filter(tagged);
    same_events(
        "what is tagged",
        &reading::log_by(&store, query).await?,
        events.split_at(1).0,
    )?;
    are_seen(&store, "Order", &[("LineAdded", 1), ("OrderPlaced", 7)]).await?;
    let counted = store.count_versions().await?;
    let counted: Vec<_> = counted.iter().map(|count| count.events).collect();
    same("counts", counted, vec![4, 1])
}

pub(super) async fn an_import_elsewhere_than_at_the_head_is_refused(trial: &Trial<'_>) -> Met {
    let store = trial.open_for_transfer().await?;
    let (a, b) = (stream("a")?, stream("b")?);
    import(&store, &sample(&a, &b)?).await?;
    let before = View::of(&plain(&store), &[&a, &b]).await?;
    let next = vec![foreign(80_000, &a, 4, 60)?];
    for after in [0, 9, 70_000, 70_002] {
        let after = Position::from_raw(after);
        let refused = store.import_events(after, next.clone()).await;
        let named = match refused {
            Err(ImportError::NotAtEnd { after, head }) => Some((after, head)),
            _ => None,
        };
        same("positions named", named, Some((after, before.head())))?;
        let what = format!("an import after {after}");
        before
            .is_unchanged(&plain(&store), &[&a, &b], &what)
            .await?;
    }
    import(&store, &next).await
}

pub(super) async fn an_import_with_a_hole_is_refused(trial: &Trial<'_>) -> Met {
    let store = trial.open_for_transfer().await?;
    let (a, b, new) = (stream("a")?, stream("b")?, stream("c")?);
    import(&store, &sample(&a, &b)?).await?;
    let before = View::of(&plain(&store), &[&a, &b, &new]).await?;
    let at =
        |position: u64, order: &StreamId, version| foreign(80_000 + position, order, version, 60);
    // What is imported, and where the hole is: which version, where which one was next.
    let cases = [
        (vec![at(0, &a, 5)?], (0, 5, 4)),
        (vec![at(0, &a, 3)?], (0, 3, 4)),
        (vec![at(0, &new, 2)?], (0, 2, 1)),
        (vec![at(0, &a, 4)?, at(1, &a, 6)?], (1, 6, 5)),
        (vec![at(0, &a, 4)?, at(1, &a, 4)?], (1, 4, 5)),
        (vec![at(0, &new, 1)?, at(1, &b, 4)?], (1, 4, 3)),
    ];
    for (events, (position, version, expected)) in cases {
        let refused = store.import_events(before.head(), events).await;
        let named = match &refused {
            Err(ImportError::Hole {
                position,
                version,
                expected,
                ..
            }) => Some((position.as_raw() - 80_000, version.get(), expected.get())),
            _ => None,
        };
        same("hole named", named, Some((position, version, expected)))?;
        let streams = [&a, &b, &new];
        before
            .is_unchanged(&plain(&store), &streams, "an import with a hole")
            .await?;
    }
    import(&store, &[at(0, &a, 4)?, at(1, &new, 1)?, at(2, &a, 5)?]).await
}

pub(super) async fn an_import_out_of_order_is_refused(trial: &Trial<'_>) -> Met {
    let store = trial.open_for_transfer().await?;
    let (a, b) = (stream("a")?, stream("b")?);
    import(&store, &sample(&a, &b)?).await?;
    let before = View::of(&plain(&store), &[&a, &b]).await?;
    let mut fine = foreign(80_000, &a, 4, 60)?;
    fine.recorded_at += Duration::from_nanos(1);
    let cases = [
        (
            "a position that is taken",
            vec![foreign(70_001, &a, 4, 60)?],
        ),
        ("a position before the head", vec![foreign(5, &a, 4, 60)?]),
        (
            "a position twice",
            vec![foreign(80_000, &a, 4, 60)?, foreign(80_000, &b, 3, 60)?],
        ),
        (
            "positions backwards",
            vec![foreign(80_001, &a, 4, 60)?, foreign(80_000, &b, 3, 60)?],
        ),
        ("a time before the last", vec![foreign(80_000, &a, 4, 5)?]),
        (
            "times backwards",
            vec![foreign(80_000, &a, 4, 60)?, foreign(80_001, &b, 3, 59)?],
        ),
        ("a time finer than microseconds", vec![fine]),
    ];
    for (what, events) in cases {
        let refused = store.import_events(before.head(), events).await;
        ensure(matches!(refused, Err(ImportError::Invalid { .. })), || {
            format!("{what} gave {refused:?}")
        })?;
        before.is_unchanged(&plain(&store), &[&a, &b], what).await?;
    }
    Ok(())
}

pub(super) async fn a_refused_import_leaves_no_trace(trial: &Trial<'_>) -> Met {
    let store = trial.open_for_transfer().await?;
    let (a, b) = (stream("a")?, stream("b")?);
    let there = sample(&a, &b)?;
    import(&store, &there).await?;
    let before = View::of(&plain(&store), &[&a, &b]).await?;
    let repeated = there.first().map(|event| event.id);
    for bad in 0..3 {
        let mut events = vec![
            recorded(80_000, &a, 4, 60, event("OrderShipped"))?,
            foreign(80_001, &b, 3, 60)?,
            foreign(80_002, &a, 5, 60)?,
        ];
        if let (Some(event), Some(id)) = (events.get_mut(bad), repeated) {
            event.id = id;
        }
        let refused = store.import_events(before.head(), events).await;
        let kind = match &refused {
            Err(ImportError::Store(error)) => Some(error.kind()),
            _ => None,
        };
        same("kind of the error", kind, Some(StoreErrorKind::Constraint))?;
        let what = "an import that repeats an event id";
        before.is_unchanged(&plain(&store), &[&a, &b], what).await?;
        let seen = [("LineAdded", 1), ("OrderPlaced", 7)];
        are_seen(&plain(&store), "Order", &seen).await?;
    }
    Ok(())
}

pub(super) async fn of_racing_imports_one_is_stored(trial: &Trial<'_>) -> Met {
    let store = trial.open_for_transfer().await?;
    let order = stream("536365")?;
    for round in 0..8 {
        let head = store.head().await?;
        let next = head.as_raw() + 10;
        let mut attempts = Vec::new();
        for _ in 0..6 {
            let events = [(next, 1), (next + 1, 2)]
                .map(|(position, version)| foreign(position, &order, 2 * round + version, round));
            let events: Vec<_> = events.into_iter().collect::<Result<_, _>>()?;
            let store = store.clone();
            attempts.push(async move { store.import_events(head, events).await });
        }
        let mut stored = 0;
        for answer in together(attempts).await? {
            match answer {
                Ok(()) => stored += 1,
                Err(ImportError::NotAtEnd { .. }) => {}
                Err(other) => return Err(other.into()),
            }
        }
        same("racing imports that were stored", stored, 1)?;
        let version = Version::new(2 * round + 2);
        same("version", store.stream_version(&order).await?, version)?;
    }
    Ok(())
}

pub(super) async fn appending_goes_on_after_an_import(trial: &Trial<'_>) -> Met {
    let store = trial.open_for_transfer().await?;
    let (a, b) = (stream("a")?, stream("b")?);
    put(&plain(&store), &a, events(1)).await?;
    // Of a log whose clock was ahead.
    let mut ahead = foreign(900, &a, 2, 0)?;
    ahead.recorded_at = Timestamp::from_second(7_258_118_400)?;
    let at = ahead.recorded_at;
    import(&store, &[ahead]).await?;
    let store = plain(&store);
    let streams = [
        part(&a, exactly(2), events(2)),
        part(&b, exactly(0), events(1)),
    ];
    let appended = append(&store, streams).await?;
    let versions: Vec<_> = appended
        .streams
        .iter()
        .map(|part| part.version.get())
        .collect();
    same("versions", versions, vec![4, 1])?;
    let positions = appended.streams.iter().flat_map(|part| &part.positions);
    ensure(positions.clone().all(|at| at.as_raw() > 900), || {
        format!("positions {positions:?} are not above 900, the last one imported")
    })?;
    ensure(appended.recorded_at >= at, || {
        format!("recorded at {} after {at}", appended.recorded_at)
    })?;
    let log = log(&store).await?;
    same("events in the log", log.len(), 5)?;
    ensure(
        log.is_sorted_by_key(|event| (event.position, event.recorded_at)),
        || "positions or times decrease along the log",
    )?;
    let outdated = append(&store, [part(&a, exactly(2), events(1))]).await;
    ensure(
        matches!(outdated, Err(AppendError::Conflict { .. })),
        || format!("an outdated append gave {outdated:?}"),
    )
}

pub(super) async fn imports_survive_reopening(trial: &Trial<'_>) -> Met {
    let store = trial.open_for_transfer().await?;
    let (a, b, id) = (stream("a")?, stream("b")?, command());
    import(&store, &sample(&a, &b)?).await?;
    let commands = vec![handled(id, &a, 1, 2, Some(70_000))];
    store.import_commands(commands.clone()).await?;
    let before = View::of(&plain(&store), &[&a, &b]).await?;
    let store = trial.reopen(store).await?;
    before.is_unchanged(&store, &[&a, &b], "reopening").await?;
    same(
        "known commands",
        store.handled_commands(&[id]).await?,
        commands,
    )
}
