//! What happens in the transaction of an append happens with it.

use std::sync::{Arc, Mutex, PoisonError};

use super::advances::{documents, waiting};
use super::along::{Desk, Watched, comes_to, does, taken_over, taker};
use super::reading::{holds, log_by};
use super::samples::{caused, command, event, events, exactly, part, put, stream, tags};
use super::steps;
use super::subscribing::{HOUR, are_at, claimed, is_lost, kept, owners, step};
use super::trial::Trial;
use super::unmet::{Met, Unmet, ensure, same, same_events};
use crate::store::{AppendError, AppendRequest, ExpectedVersion, LogQuery, StepError, Taken};
use crate::subscription::Lease;
use crate::view::Document;

pub(super) async fn what_a_step_comes_to_is_there_with_its_append(trial: &Trial<'_>) -> Met {
    let desk = Desk::open(trial).await?;
    let (store, order) = (&desk.store, stream("536365")?);
    let second = |lease: &Lease| -> Taken {
        let second = steps::second(lease);
        Ok(vec![second.map_err(|_| super::along::refused("few"))?])
    };
    let request = AppendRequest::to(caused(&order, exactly(0), &[(command(), 2)]));
    let step = comes_to(&desk.name, second);
    let appended = store.append_with(request.clone(), step).await?;
    holds(store, &request, &appended).await?;
    let all = desk.inventory().await?;
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
    let partitions = all.status.map(|it| it.partitions).unwrap_or_default();
    let came_to = partitions.first().map(|it| &*it.checkpoints);
    are_at("where it is", came_to.unwrap_or_default(), 20)
}

pub(super) async fn a_step_is_shown_what_is_recorded(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    kept(&store)?;
    let (a, b, c) = (stream("z")?, stream("a")?, stream("m")?);
    for _ in 0..3 {
        let before = store.head().await?;
        let mut tagged = event("LineAdded");
        tagged.tags = tags(&["till:2", "shift:late", "till:2"])?;
        let request = AppendRequest {
            streams: vec![
                part(&a, ExpectedVersion::Any, events(3)),
                caused(&c, ExpectedVersion::Any, &[(command(), 0)]),
                part(&b, ExpectedVersion::Any, vec![event("Placed"), tagged]),
            ],
        };
        let watched = Watched::default();
        let appended = store.append_with(request, watched.step()).await?;
        let shown = watched.shown()?;
        same("where the log ended before, as shown", shown.before, before)?;
        let since = LogQuery {
            from: Some(before),
            ..LogQuery::default()
        };
        let recorded = log_by(&store, since).await?;
        same_events("what is shown to a step", &shown.events, &recorded)?;
        let mut times = shown.events.iter().map(|event| event.recorded_at);
        let other = times.find(|at| *at != appended.recorded_at);
        same("time of an event other than answered", other, None)?;
        put(&store, &b, events(2)).await?;
    }
    Ok(())
}

pub(super) async fn a_step_is_answered_as_anybody(trial: &Trial<'_>) -> Met {
    let desk = Desk::open(trial).await?;
    let kept = desk.kept()?;
    kept.serve(&desk.table.name, 1, 2, &[]).await?;
    let keys = ["y", "nowhere", "x"].map(str::to_owned);
    let letters = ["l", "nowhere", "k"].map(str::to_owned);
    let streams = steps::streams()?;
    let expected = Answers {
        serving: kept.serving("country-sales", 1).await?,
        documents: kept.documents(&desk.table, &keys).await?,
        routes: kept.routes(&desk.name, &streams).await?,
        parked: sorted(kept.parked_among(&desk.name, &letters).await?),
    };
    let told = Arc::new(Mutex::new(None));
    let (tell, name, table) = (told.clone(), desk.name.clone(), desk.table.clone());
    let asks = does(move |within, _| {
        let (tell, name, table) = (tell.clone(), name.clone(), table.clone());
        let (keys, letters, streams) = (keys.clone(), letters.clone(), streams.clone());
        async move {
            let claimed = taken_over(&within, &name).await?;
            let answers = Answers {
                serving: within.serving("country-sales", 1).await?,
                documents: within.documents(&table, &keys).await?,
                routes: within.routes(&name, &streams).await?,
                parked: sorted(within.parked_among(&name, &letters).await?),
            };
            *tell.lock().unwrap_or_else(PoisonError::into_inner) = Some((claimed, answers));
            Ok(Vec::new())
        }
    });
    let request = AppendRequest::to(part(&stream("536365")?, exactly(0), events(1)));
    let appended = desk.store.append_with(request.clone(), asks).await?;
    // One that comes to nothing is none the less taken.
    holds(&desk.store, &request, &appended).await?;
    let told = told.lock().unwrap_or_else(PoisonError::into_inner).take();
    let (claimed, answers) = told.ok_or_else(|| Unmet::violated("its step was not taken"))?;
    same("what a step is answered", answers, expected)?;
    same("partition taken over", claimed.lease.partition, 0)?;
    are_at("where it was taken over", &claimed.checkpoints, 10)
}

/// What is answered to each kind of question.
#[derive(Debug, PartialEq)]
struct Answers {
    serving: u32,
    documents: Vec<Option<Document>>,
    routes: Vec<Option<String>>,
    parked: Vec<String>,
}

fn sorted(mut keys: Vec<String>) -> Vec<String> {
    keys.sort_unstable();
    keys
}

pub(super) async fn a_step_fences_the_former_holder(trial: &Trial<'_>) -> Met {
    let desk = Desk::open(trial).await?;
    let (kept, name, former) = (desk.kept()?, &desk.name, &desk.lease);
    let own = Arc::new(Mutex::new(None));
    let tell = own.clone();
    let takes = comes_to(name, move |lease| {
        *tell.lock().unwrap_or_else(PoisonError::into_inner) = Some(lease.clone());
        Ok(vec![step(lease, 11)])
    });
    let request = AppendRequest::to(part(&stream("536365")?, exactly(0), events(1)));
    desk.store.append_with(request, takes).await?;
    is_lost("a step", kept.advance(&step(former, 12)).await, former)?;
    is_lost("renewing", kept.renew(former, HOUR).await, former)?;
    kept.release(former).await?;
    same("owners", owners(kept, name).await?, vec![Some(taker())])?;
    let own = own.lock().unwrap_or_else(PoisonError::into_inner).take();
    let own = own.ok_or_else(|| Unmet::violated("its step was not taken"))?;
    are_at("where it is", &kept.renew(&own, HOUR).await?, 11)?;
    kept.release(&own).await?;
    let heir = claimed(kept, name).await?;
    are_at("where the next one begins", &heir.checkpoints, 11)?;
    kept.advance(&step(&heir.lease, 12)).await?;
    Ok(())
}

pub(super) async fn a_request_that_does_not_stand_takes_no_step(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    kept(&store)?;
    let (a, b, id) = (stream("a")?, stream("b")?, command());
    let used = event("LineAdded");
    let first = caused(&a, exactly(0), &[(id, 2)]);
    store.append(AppendRequest::to(first)).await?;
    put(&store, &a, vec![used.clone()]).await?;
    let good = || part(&b, ExpectedVersion::Any, events(1));
    let failing = [
        ("a conflict", part(&a, exactly(2), events(1))),
        ("a conflict", part(&a, exactly(4), events(1))),
        ("a repeated command", caused(&a, exactly(2), &[(id, 2)])),
        ("a repeated event id", part(&a, exactly(3), vec![used])),
        ("nothing for a stream", part(&a, exactly(3), Vec::new())),
    ];
    for (what, failing) in failing {
        for streams in [
            vec![failing.clone()],
            vec![good(), failing.clone()],
            vec![failing, good()],
        ] {
            let watched = Watched::default();
            let request = AppendRequest { streams };
            let refused = store.append_with(request, watched.step()).await;
            let as_told = matches!(
                (what, &refused),
                ("a conflict", Err(AppendError::Conflict { .. }))
                    | ("a repeated command", Err(AppendError::AlreadyHandled(_)))
                    | ("a repeated event id", Err(AppendError::Store(_)))
                    | (
                        "nothing for a stream",
                        Err(AppendError::InvalidRequest { .. })
                    )
            );
            ensure(as_told, || format!("{what} gave {refused:?}"))?;
            same(format!("steps begun for {what}"), watched.begun(), 0)?;
        }
    }
    let watched = Watched::default();
    let next = AppendRequest::to(part(&a, exactly(3), events(1)));
    store.append_with(next, watched.step()).await?;
    watched.shown().map(|_| ())
}

pub(super) async fn an_append_without_events_takes_no_step(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    kept(&store)?;
    let (order, id) = (stream("536365")?, command());
    let watched = Watched::default();
    let request = AppendRequest::to(caused(&order, exactly(0), &[(id, 0)]));
    let appended = store.append_with(request.clone(), watched.step()).await?;
    holds(&store, &request, &appended).await?;
    same(
        "known commands",
        store.handled_commands(&[id]).await?.len(),
        1,
    )?;
    same("steps begun for no event", watched.begun(), 0)?;
    let again = store.append_with(request, watched.step()).await;
    let told = matches!(again, Err(AppendError::AlreadyHandled(_)));
    ensure(told, || format!("a repeated command gave {again:?}"))?;
    same("steps begun for no event", watched.begun(), 0)
}

/// Demands that an answer says that a step was refused, for which view, and with those words.
pub(super) fn is_refused<T: std::fmt::Debug>(
    what: &str,
    answer: Result<T, AppendError>,
    view: &str,
    words: &[&str],
) -> Met {
    match answer {
        Err(AppendError::Step(StepError::Refused {
            view: named,
            reason,
        })) => {
            same(format!("view named for {what}"), &*named, view)?;
            let missing = words.iter().find(|word| !reason.contains(**word));
            ensure(missing.is_none(), || {
                format!("the refusal of {what} does not name {missing:?}: {reason}")
            })
        }
        other => Err(Unmet::violated(format!("{what} gave {other:?}"))),
    }
}
