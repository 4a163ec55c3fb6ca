//! A stream's versions have no holes, and the log has one order.

use super::reading;
use super::reading::{log, log_by, page_sizes, reversed};
use super::samples::{append, events, exactly, part, put, stream};
use super::trial::Trial;
use super::unmet::{Met, ensure, same, same_events};
use crate::store::{Direction, ExpectedVersion, LogQuery};

pub(super) async fn versions_have_no_holes(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let (a, b) = (stream("a")?, stream("b")?);
    for batch in [1, 3, 2, 1] {
        put(&store, &a, events(batch)).await?;
        let refused = append(&store, [part(&a, exactly(0), events(2))]).await;
        ensure(
            refused.is_err(),
            || "an append to a stream that is not new went through",
        )?;
        put(&store, &b, events(batch)).await?;
    }
    for order in [&a, &b] {
        let events = reading::stream(&store, order).await?;
        let versions: Vec<_> = events.iter().map(|event| event.version.get()).collect();
        same(format!("versions of {order}"), versions, (1..=7).collect())?;
    }
    Ok(())
}

pub(super) async fn events_of_a_batch_keep_their_order(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let (a, b) = (stream("a")?, stream("b")?);
    let (mut to_a, to_b) = (events(9), events(9));
    // Ids of version 7 grow: in this order no index on them gives the batch's order by chance.
    to_a.reverse();
    let given = [(&a, to_a), (&b, to_b)];
    let parts = given
        .clone()
        .map(|(order, batch)| part(order, exactly(0), batch));
    append(&store, parts).await?;
    let log = log(&store).await?;
    for (order, batch) in given {
        let batch: Vec<_> = batch.iter().map(|event| event.id).collect();
        let stream = reading::stream(&store, order).await?;
        let in_stream: Vec<_> = stream.iter().map(|event| event.id).collect();
        same(format!("{order}, in its stream"), &in_stream, &batch)?;
        let of_stream = log.iter().filter(|event| event.stream == *order);
        let in_log: Vec<_> = of_stream.map(|event| event.id).collect();
        same(format!("{order}, in the log"), &in_log, &batch)?;
    }
    Ok(())
}

pub(super) async fn positions_grow_in_append_order(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let (a, b, c) = (stream("a")?, stream("b")?, stream("c")?);
    let mut head = store.head().await?;
    for round in [[&a, &b], [&c, &a], [&b, &c], [&b, &a]] {
        let parts = round.map(|order| part(order, ExpectedVersion::Any, events(2)));
        let appended = append(&store, parts).await?;
        for part in &appended.streams {
            let positions = &part.positions;
            ensure(positions.iter().all(|position| *position > head), || {
                format!("positions {positions:?} are not above {head}, the head before")
            })?;
            ensure(
                positions.is_sorted_by(|earlier, later| earlier < later),
                || format!("positions {positions:?} do not grow"),
            )?;
        }
        let last = appended
            .streams
            .iter()
            .flat_map(|part| &part.positions)
            .max();
        head = store.head().await?;
        same("head", last, Some(&head))?;
    }
    let log = log(&store).await?;
    ensure(
        log.is_sorted_by(|earlier, later| earlier.position < later.position),
        || "the positions do not grow along the log",
    )
}

pub(super) async fn the_log_has_one_order(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    for n in 0..10 {
        put(
            &store,
            &stream(&format!("order {}", n % 4))?,
            events(n % 3 + 1),
        )
        .await?;
    }
    let expected = log(&store).await?;
    for page in page_sizes(expected.len()) {
        let forwards = log_by(&store, LogQuery::default().page(page)).await?;
        same_events(format_args!("the log by {page:?}"), &forwards, &expected)?;
        let direction = Direction::Backwards;
        let query = LogQuery {
            direction,
            page,
            ..LogQuery::default()
        };
        let backwards = log_by(&store, query).await?;
        let what = format_args!("the log backwards by {page:?}");
        same_events(what, &backwards, &reversed(&expected))?;
    }
    Ok(())
}
