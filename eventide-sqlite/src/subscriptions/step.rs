//! What happens in the transaction of an append.

use eventide_core::store::{Answer, AppendStep, Appending, Question, StepError};
use rusqlite::{Connection, Error};

use super::advance::advance;
use super::{letters, partitions, routes};
use crate::change::{Undone, of_undone};
use crate::error::Place;
use crate::views;

/// Takes the step. An error outside is one of the whole transaction.
pub(crate) fn take(
    conn: &Connection,
    place: &Place,
    step: &dyn AppendStep,
    appending: Appending,
) -> Result<Result<(), StepError>, Error> {
    let step = step.begin(appending);
    let taken =
        step.run(|question| answer(conn, place, question).map_err(|it| of_undone(place, it)));
    let advances = match taken {
        Ok(advances) => advances,
        Err(error) => return Ok(Err(error)),
    };
    for step in &advances {
        match advance(conn, place, step) {
            Ok(()) => {}
            Err(Undone::Refused(error)) => return Ok(Err(StepError::of_advance(step, error))),
            Err(Undone::Failed(source)) => return Err(source),
        }
    }
    Ok(Ok(()))
}

fn answer(conn: &Connection, place: &Place, question: Question) -> Result<Answer, Undone> {
    Ok(match question {
        Question::Serving { view, version } => {
            Answer::Serving(views::serving(conn, view, version)?)
        }
        Question::TakeOver { name, worker, ttl } => {
            let claimed = partitions::claim(conn, place, &name, Some(0), &worker, ttl)?;
            Answer::TakenOver(claimed)
        }
        Question::Documents { table, keys } => {
            Answer::Documents(views::documents(conn, place, &table, &keys)?)
        }
        Question::Routes { name, streams } => Answer::Routes(routes::find(conn, &name, &streams)?),
        Question::Parked { name, keys } => {
            Answer::Parked(letters::parked_among(conn, &name, &keys)?)
        }
        other => {
            let why = format!("this store does not know how to answer {other:?}");
            let kind = eventide_core::store::StoreErrorKind::Other;
            return Err(place.error(kind, "append to", &why).into());
        }
    })
}
