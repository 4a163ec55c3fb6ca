//! A store knows in which shapes it holds events.

use std::sync::Arc;

use super::samples::{append, caused, command, event, exactly, part, put, stream};
use super::trial::{Trial, together};
use super::unmet::{Met, Unmet, ensure, same};
use crate::envelope::NewEvent;
use crate::ids::SchemaVersion;
use crate::store::{AppendError, ExpectedVersion, SeenVersion, Store, VersionCount};
use crate::stream::StreamId;

const ANY: ExpectedVersion = ExpectedVersion::Any;

type Shape<'a> = (&'a str, u32);

pub(super) async fn every_version_of_an_event_is_seen(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let (a, b, other) = (stream("a")?, stream("b")?, StreamId::new("order", "a")?);
    are_seen(&store, "Order", &[]).await?;
    put(&store, &b, shaped(&[("OrderPlaced", 2)])).await?;
    are_seen(&store, "Order", &[("OrderPlaced", 2)]).await?;
    let batch = [("Ordered", 10), ("LineAdded", 1), ("OrderPlaced", u32::MAX)];
    put(&store, &a, shaped(&batch)).await?;
    put(
        &store,
        &a,
        shaped(&[("OrderPlaced", 2), ("OrderPlaced", 1)]),
    )
    .await?;
    put(&store, &other, shaped(&[("orderPlaced", 9)])).await?;
    let commands = [
        part(&a, ANY, shaped(&[("Ordered", 9)])),
        caused(&b, ANY, &[(command(), 0)]),
    ];
    append(&store, commands).await?;
    let placed = [1, 2, u32::MAX].map(|version| ("OrderPlaced", version));
    let ordered = [("Ordered", 9), ("Ordered", 10)];
    let expected = [&[("LineAdded", 1)], placed.as_slice(), &ordered].concat();
    are_seen(&store, "Order", &expected).await?;
    are_seen(&store, "order", &[("orderPlaced", 9)]).await?;
    are_seen(&store, "Invoice", &[]).await
}

pub(super) async fn versions_of_a_failed_append_stay_unseen(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let (a, b, id) = (stream("a")?, stream("b")?, command());
    let used = event("LineAdded");
    put(&store, &a, vec![used.clone()]).await?;
    append(&store, [caused(&a, ANY, &[(id, 1)])]).await?;
    let failing = [
        (
            "a conflict",
            part(&a, exactly(1), shaped(&[("Outdated", 1)])),
        ),
        ("a repeated command", caused(&a, ANY, &[(id, 1)])),
        ("a repeated event id", part(&a, exactly(2), vec![used])),
    ];
    for (what, failing) in failing {
        let new = part(&b, ANY, shaped(&[("LineAdded", 2), ("LinePriced", 1)]));
        let refused = append(&store, [new, failing]).await;
        ensure(refused.is_err(), || format!("{what} was not refused"))?;
        are_seen(&store, "Order", &[("LineAdded", 1)]).await?;
    }
    // What failed may be tried again, and is seen then.
    put(&store, &b, shaped(&[("LineAdded", 2)])).await?;
    are_seen(&store, "Order", &[("LineAdded", 1), ("LineAdded", 2)]).await
}

pub(super) async fn of_racing_appends_the_winners_version_is_seen(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let order = stream("536365")?;
    let mut won = Vec::new();
    for version in 0..6_u32 {
        let attempts = (0..8).map(|racer| {
            let shape = version * 8 + racer + 1;
            let events = shaped(&[("LineAdded", shape)]);
            let attempt = part(&order, exactly(version.into()), events);
            let store = Arc::clone(&store);
            async move { (shape, append(&store, [attempt]).await) }
        });
        for (shape, answer) in together(attempts).await? {
            match answer {
                Ok(_) => won.push(("LineAdded", shape)),
                Err(AppendError::Conflict { .. }) => {}
                Err(other) => return Err(other.into()),
            }
        }
        are_seen(&store, "Order", &won).await?;
    }
    same("appends that went through", won.len(), 6)
}

pub(super) async fn seen_versions_survive_reopening(trial: &Trial<'_>) -> Met {
    let mut store = trial.open().await?;
    let order = stream("536365")?;
    let mut expected = Vec::new();
    for version in 1..=3 {
        // One that is seen already, and one that is new.
        put(
            &store,
            &order,
            shaped(&[("LineAdded", 1), ("OrderPlaced", version)]),
        )
        .await?;
        expected.push(("OrderPlaced", version));
        store = trial.reopen(store).await?;
        let seen = [&[("LineAdded", 1)], expected.as_slice()].concat();
        are_seen(&store, "Order", &seen).await?;
    }
    Ok(())
}

pub(super) async fn events_are_counted_by_their_version(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    same(
        "counts of an empty store",
        store.count_versions().await?,
        vec![],
    )?;
    let (a, b, other) = (stream("a")?, stream("b")?, StreamId::new("Customer", "a")?);
    for _ in 0..3 {
        put(&store, &a, shaped(&[("LineAdded", 1), ("LineAdded", 2)])).await?;
        put(&store, &b, shaped(&[("LineAdded", 2), ("OrderPlaced", 1)])).await?;
        put(&store, &other, shaped(&[("LineAdded", 2)])).await?;
        let outdated = part(&a, exactly(0), shaped(&[("LineAdded", 1)]));
        let refused = append(&store, [outdated]).await;
        ensure(refused.is_err(), || "an outdated append went through")?;
    }
    let count = |aggregate_type: &str, (event_type, version): Shape<'_>, events| VersionCount {
        aggregate_type: aggregate_type.into(),
        event_type: event_type.into(),
        schema_version: SchemaVersion::new(version),
        events,
    };
    let expected = vec![
        count("Customer", ("LineAdded", 2), 3),
        count("Order", ("LineAdded", 1), 3),
        count("Order", ("LineAdded", 2), 6),
        count("Order", ("OrderPlaced", 1), 3),
    ];
    same("counts", store.count_versions().await?, expected)
}

/// Events of these types, in these schema versions.
pub(super) fn shaped(shapes: &[Shape<'_>]) -> Vec<NewEvent> {
    let new = |&(event_type, version): &Shape<'_>| NewEvent {
        schema_version: SchemaVersion::new(version),
        ..event(event_type)
    };
    shapes.iter().map(new).collect()
}

/// The store must have seen exactly `shapes` of this aggregate type.
pub(super) async fn are_seen(
    store: &Arc<dyn Store>,
    aggregate_type: &str,
    shapes: &[Shape<'_>],
) -> Result<(), Unmet> {
    let seen = |&(event_type, version): &Shape<'_>| SeenVersion {
        event_type: event_type.into(),
        schema_version: SchemaVersion::new(version),
    };
    same(
        format!("seen versions of {aggregate_type}"),
        store.seen_versions(aggregate_type).await?,
        shapes.iter().map(seen).collect(),
    )
}
