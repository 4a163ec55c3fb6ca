//! An append whose step does not happen does not happen either.

use std::future::pending;
use std::panic::resume_unwind;

use futures_util::future::BoxFuture;

use super::along::{Attempt, Desk, comes_to, does, refused, taken_over, with_documents};
use super::reading::holds;
use super::samples::{events, part, stream};
use super::steps;
use super::subscribing::{are_at, opened, status, step};
use super::trial::Trial;
use super::unmet::{Met, Unmet, ensure, same};
use super::with_appends::is_refused;
use crate::ids::Position;
use crate::store::{Advance, AppendError, AppendRequest, ExpectedVersion, StepError, Taken};
use crate::subscription::Lease;
use crate::view::{DocumentWrite, ViewTable};

/// What a step comes to, by its lease and for that table.
type Makes = fn(&Lease, &ViewTable) -> Vec<Advance>;

/// How a step fails.
type Fails = fn() -> BoxFuture<'static, Taken>;

pub(super) async fn a_step_that_refuses_leaves_nothing(trial: &Trial<'_>) -> Met {
    let desk = Desk::open(trial).await?;
    let attempt = Attempt::prepare(&desk).await?;
    let view = &*desk.table.name;

    let answer = desk.store.append_with(
        attempt.request.clone(),
        comes_to(&desk.name, |_| Err(refused("no room"))),
    );
    is_refused("a step that refuses", answer.await, view, &["no room"])?;
    attempt.left_nothing(&desk, "a step that refused").await?;

    let former = desk.lease.clone();
    let late = comes_to(&desk.name, move |lease| {
        Ok(vec![second(lease)?, step(&former, 21)])
    });
    let answer = desk.store.append_with(attempt.request.clone(), late).await;
    let told = matches!(&answer, Err(AppendError::Step(StepError::Behind { .. })));
    ensure(told, || format!("a step by a lost lease gave {answer:?}"))?;
    attempt
        .left_nothing(&desk, "a step by a lost lease")
        .await?;

    let columns = desk.table.columns.clone();
    let elsewhere = comes_to(&desk.name, move |lease| {
        let never = ViewTable::new("never-opened", 1, columns.clone());
        let documents = vec![steps::put("z", 13, 14)];
        Ok(vec![
            second(lease)?,
            with_documents(lease, &never, documents),
        ])
    });
    let request = attempt.request.clone();
    let answer = desk.store.append_with(request, elsewhere).await;
    let told = matches!(&answer, Err(AppendError::Step(StepError::Store(_))));
    ensure(told, || {
        format!("documents for a view that is not there gave {answer:?}")
    })?;
    let what = "a step with documents for a view that is not there";
    attempt.left_nothing(&desk, what).await?;

    goes_on(&desk, &attempt).await
}

pub(super) async fn a_step_that_fails_leaves_nothing(trial: &Trial<'_>) -> Met {
    let desk = Desk::open(trial).await?;
    let attempt = Attempt::prepare(&desk).await?;
    let failing: [(&str, &str, Fails); 2] = [
        ("a step that panics", "out of ink", || {
            Box::pin(async { resume_unwind(Box::new("out of ink")) })
        }),
        ("a step that waits for somebody else", "waits", || {
            Box::pin(pending())
        }),
    ];
    for (what, words, fails) in failing {
        let name = desk.name.clone();
        let step = does(move |within, _| {
            let name = name.clone();
            async move {
                taken_over(&within, &name).await?;
                fails().await
            }
        });
        let answer = desk.store.append_with(attempt.request.clone(), step).await;
        match &answer {
            Err(AppendError::Step(StepError::Store(error))) => {
                let text = error.to_string();
                ensure(text.contains(words), || {
                    format!("the failure of {what} does not say why: {text}")
                })?;
            }
            _ => return Err(Unmet::violated(format!("{what} gave {answer:?}"))),
        }
        attempt.left_nothing(&desk, what).await?;
    }
    goes_on(&desk, &attempt).await
}

pub(super) async fn a_step_that_clashes_leaves_nothing(trial: &Trial<'_>) -> Met {
    let desk = Desk::open(trial).await?;
    let kept = desk.kept()?;
    let other = opened(kept, "stock", 1).await?;
    let stock = ViewTable::new("stock-codes", 1, desk.table.columns.clone());
    kept.open_view(&stock).await?;
    let attempt = Attempt::prepare(&desk).await?;
    let untouched = status(kept, &other).await?;
    let of_stock = stock.clone();
    let comes_to_both = |last: Makes| {
        let (sales, other) = (desk.name.clone(), other.clone());
        let (table, stock) = (desk.table.clone(), of_stock.clone());
        does(move |within, _| {
            let (sales, other) = (sales.clone(), other.clone());
            let (table, stock) = (table.clone(), stock.clone());
            async move {
                let of_other = taken_over(&within, &other).await?.lease;
                let lease = taken_over(&within, &sales).await?.lease;
                let fine = vec![steps::put("fine", 1, 12)];
                let mut advances = vec![with_documents(&of_other, &stock, fine)];
                advances.extend(last(&lease, &table));
                Ok(advances)
            }
        })
    };
    // The code of `x` is 1.
    let clashing: [(&str, Makes); 4] = [
        ("a value that is there", |lease, table| {
            vec![with_documents(lease, table, vec![put("z", 1)])]
        }),
        ("the last of several documents", |lease, table| {
            let documents = vec![put("z", 5), put("y", 6), put("last", 1)];
            vec![with_documents(lease, table, documents)]
        }),
        ("two of one step", |lease, table| {
            vec![with_documents(lease, table, vec![put("v", 5), put("w", 5)])]
        }),
        ("one of a step and one of the next", |lease, table| {
            let documents = ["v", "w"].map(|key| vec![put(key, 5)]);
            documents.map(|of| with_documents(lease, table, of)).into()
        }),
    ];
    for (what, last) in clashing {
        let request = attempt.request.clone();
        let answer = desk.store.append_with(request, comes_to_both(last)).await;
        let names = [&*desk.table.sql_name(), "code"];
        is_refused(what, answer, &desk.table.name, &names)?;
        attempt.left_nothing(&desk, what).await?;
        let now = status(kept, &other).await?;
        same(
            format!("another subscription after {what}"),
            &now,
            &untouched,
        )?;
        let found = kept.documents(&stock, &["fine".to_owned()]).await?;
        same(format!("another view after {what}"), found, vec![None])?;
    }
    // A value that was given up a step before is free.
    let moves = comes_to_both(|lease, table| {
        let gone = DocumentWrite::delete("x".to_owned(), Position::from_raw(12));
        let documents = [vec![gone], vec![put("z", 1)]];
        documents.map(|of| with_documents(lease, table, of)).into()
    });
    desk.store
        .append_with(attempt.request.clone(), moves)
        .await?;
    let keys = ["x", "z"].map(str::to_owned);
    let found = kept.documents(&desk.table, &keys).await?;
    let there: Vec<_> = found.iter().map(Option::is_some).collect();
    same("whether the documents are there", there, vec![false, true])
}

fn put(key: &str, code: i64) -> DocumentWrite {
    steps::put(key, code, 12)
}

fn second(lease: &Lease) -> Result<Advance, StepError> {
    steps::second(lease).map_err(|_| refused("the law counts streams wrongly"))
}

/// The former holder works on, the next append has the positions, and the same request with a step
/// that stands is done.
async fn goes_on(desk: &Desk, attempt: &Attempt) -> Met {
    let kept = desk.kept()?;
    kept.advance(&step(&desk.lease, 11)).await?;
    let own = stream("c")?;
    let next = part(&own, ExpectedVersion::Any, events(1));
    let next = desk.store.append(AppendRequest::to(next)).await?;
    let positions = next.streams.into_iter().flat_map(|it| it.positions);
    let after = Position::from_raw(attempt.head().as_raw() + 1);
    same(
        "positions of the next append",
        positions.collect(),
        vec![after],
    )?;
    let stands = comes_to(&desk.name, |lease| -> Taken { Ok(vec![second(lease)?]) });
    let request = attempt.request.clone();
    let appended = desk.store.append_with(request.clone(), stands).await?;
    holds(&desk.store, &request, &appended).await?;
    let status = status(kept, &desk.name).await?;
    let partition = status.partitions.first();
    let partition = partition.ok_or_else(|| Unmet::violated("there is no partition"))?;
    are_at("where it is", &partition.checkpoints, 20)
}
