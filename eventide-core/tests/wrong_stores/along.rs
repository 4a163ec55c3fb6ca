//! Steps of appends, taken in a wrong way.

use std::sync::Arc;

use eventide_core::store::{
    Answer, AppendStep, Appending, MemoryStore, Question, RunningStep, StepError, StoreError,
    SubscriptionStore, Taken, Turn, Within,
};
use eventide_core::view::Document;
use tokio::task::yield_now;

use crate::wrong::Step;

/// A step, with a fault of the store that takes it.
#[derive(Debug)]
pub(crate) struct Changed {
    step: Step,
    pub(crate) shown: fn(&mut Appending),
    pub(crate) answered: fn(Answer) -> Answer,
    /// What every question for documents is answered.
    pub(crate) documents: Option<Vec<Option<Document>>>,
    taken: fn(Taken) -> Taken,
}

impl Changed {
    pub(crate) fn new(step: Step) -> Self {
        Self {
            step,
            shown: |_| (),
            answered: |answer| answer,
            documents: None,
            taken: |taken| taken,
        }
    }

    pub(crate) fn of(step: Step, taken: fn(Taken) -> Taken) -> Step {
        let mut changed = Self::new(step);
        changed.taken = taken;
        Arc::new(changed)
    }
}

impl AppendStep for Changed {
    fn begin(&self, mut appending: Appending) -> RunningStep {
        (self.shown)(&mut appending);
        let mut step = self.step.begin(appending);
        let (answered, taken) = (self.answered, self.taken);
        let documents = self.documents.clone();
        RunningStep::new(move |within| async move {
            let mut answer = None;
            loop {
                match step.turn(answer.take()) {
                    Turn::Asks(question) => {
                        let right = passed_on(&within, question).await;
                        let right = right.map(|right| match (right, &documents) {
                            (Answer::Documents(_), Some(known)) => Answer::Documents(known.clone()),
                            (right, _) => right,
                        });
                        answer = Some(right.map(answered));
                    }
                    Turn::Done(done) => return taken(done),
                }
            }
        })
    }
}

async fn passed_on(within: &Within, question: Question) -> Result<Answer, StoreError> {
    Ok(match question {
        Question::Serving { view, version } => {
            Answer::Serving(within.serving(view, version).await?)
        }
        Question::TakeOver { name, worker, ttl } => {
            Answer::TakenOver(within.take_over(&name, &worker, ttl).await?)
        }
        Question::Documents { table, keys } => {
            Answer::Documents(within.documents(&table, &keys).await?)
        }
        Question::Routes { name, streams } => Answer::Routes(within.routes(&name, &streams).await?),
        Question::Parked { name, keys } => Answer::Parked(within.parked_among(&name, &keys).await?),
        other => panic!("a new question: {other:?}"),
    })
}

/// Takes a step in no transaction.
pub(crate) async fn taken_apart(
    inner: &MemoryStore,
    step: &dyn AppendStep,
    appending: Appending,
) -> Result<(), StepError> {
    let mut step = step.begin(appending);
    let mut answer = None;
    let advances = loop {
        match step.turn(answer.take()) {
            Turn::Asks(question) => answer = Some(answered(inner, question).await),
            Turn::Done(taken) => break taken?,
        }
        yield_now().await;
    };
    for advance in &advances {
        let written = inner.advance(advance).await;
        written.map_err(|error| StepError::of_advance(advance, error))?;
    }
    Ok(())
}

async fn answered(inner: &MemoryStore, question: Question) -> Result<Answer, StoreError> {
    Ok(match question {
        Question::Serving { view, version } => Answer::Serving(inner.serving(view, version).await?),
        Question::TakeOver { name, worker, ttl } => {
            Answer::TakenOver(inner.take_over(&name, 0, &worker, ttl).await?)
        }
        Question::Documents { table, keys } => {
            Answer::Documents(inner.documents(&table, &keys).await?)
        }
        Question::Routes { name, streams } => Answer::Routes(inner.routes(&name, &streams).await?),
        Question::Parked { name, keys } => Answer::Parked(inner.parked_among(&name, &keys).await?),
        other => panic!("a new question: {other:?}"),
    })
}
