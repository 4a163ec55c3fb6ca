//! What happens in the transaction of an append.

use eventide_core::store::{
    Advance, Answer, AppendStep, Appending, Question, StepError, StoreError, StoreErrorKind, Turn,
};
use eventide_core::subscription::LeaseError;
use futures_util::future::join_all;
use tokio_postgres::Error;

use super::advance::ADVANCE;
use super::asking::Asking;
use super::lease::lost;
use crate::view;

/// Values that two documents change for each other's are judged when both are written.
const CHECK: &str = "SET CONSTRAINTS ALL IMMEDIATE";

impl Asking<'_> {
    /// Takes the step, and writes what it comes to.
    pub(crate) async fn take(
        &self,
        step: &dyn AppendStep,
        appending: Appending,
    ) -> Result<(), StepError> {
        let mut step = step.begin(appending);
        let mut answer = None;
        let advances = loop {
            match step.turn(answer.take()) {
                Turn::Asks(question) => answer = Some(self.answer(question).await),
                Turn::Done(taken) => break taken?,
            }
        };
        for advance in &advances {
            let written = self.write(advance).await;
            written.map_err(|error| StepError::of_advance(advance, error))?;
        }
        self.check(&advances).await
    }

    /// Has constraints judge now that would at the commit: an append has no other way to say whose they
    /// are.
    async fn check(&self, advances: &[Advance]) -> Result<(), StepError> {
        let tables = advances.iter().filter_map(|it| it.table.as_ref());
        let mut columns = tables.flat_map(|table| &table.columns);
        let Some(transaction) = self.inside.filter(|_| columns.any(|it| it.unique)) else {
            return Ok(());
        };
        let (kept, place) = (self.kept, self.kept.place());
        let source = match kept.link.in_time(transaction.batch_execute(CHECK)).await {
            Some(Ok(())) => return Ok(()),
            Some(Err(source)) => source,
            None => return Err(place.silent(ADVANCE).into()),
        };
        let refused = source.as_db_error().and_then(|it| it.table());
        let is_of = |advance: &&Advance| {
            let table = advance.table.as_ref();
            table.is_some_and(|table| Some(&*table.sql_name()) == refused)
        };
        Err(match advances.iter().find(is_of) {
            Some(advance) => StepError::of_advance(advance, self.refused(advance, source)),
            None => place.failed(ADVANCE, source).into(),
        })
    }

    fn refused(&self, advance: &Advance, source: Error) -> LeaseError {
        let (table, documents) = (advance.table.as_ref(), &advance.documents);
        match view::refusal(self.kept, ADVANCE, table, documents, &source) {
            Some(refused) => refused.with_source(source).into(),
            None => self.kept.place().failed(ADVANCE, source).into(),
        }
    }

    async fn answer(&self, question: Question) -> Result<Answer, StoreError> {
        Ok(match question {
            Question::Serving { view, version } => {
                Answer::Serving(self.serving(view, version).await?)
            }
            Question::TakeOver { name, worker, ttl } => {
                Answer::TakenOver(self.claim(&name, Some(0), &worker, ttl).await?)
            }
            Question::Documents { table, keys } => {
                Answer::Documents(self.documents(&table, &keys).await?)
            }
            Question::Routes { name, streams } => {
                Answer::Routes(self.routes(&name, &streams).await?)
            }
            Question::Parked { name, keys } => {
                Answer::Parked(self.parked_among(&name, &keys).await?)
            }
            other => {
                let why = format!("this store does not know how to answer {other:?}");
                return Err(self
                    .kept
                    .place()
                    .error(StoreErrorKind::Other, ADVANCE, &why));
            }
        })
    }

    /// Writes a step, all of it sent before the first answer.
    async fn write(&self, advance: &Advance) -> Result<(), LeaseError> {
        let (kept, place) = (self.kept, self.kept.place());
        let Some(transaction) = self.inside else {
            return kept.advance(advance).await;
        };
        let mut statements = vec![kept.lock(advance)];
        statements.extend(kept.writes(advance)?);
        // So few are begun in their order. After a refusal, the server refuses all that follow: the
        // first one has the reason.
        let sent = statements.iter().map(|it| it.rows_in(transaction));
        let Some(answers) = kept.link.in_time(join_all(sent)).await else {
            return Err(place.silent(ADVANCE).into());
        };
        let answers: Result<Vec<_>, Error> = answers.into_iter().collect();
        match answers {
            Ok(answers) if answers.first().is_none_or(Vec::is_empty) => Err(lost(&advance.lease)),
            Ok(_) => Ok(()),
            Err(source) => {
                let (table, documents) = (advance.table.as_ref(), &advance.documents);
                Err(
                    match view::refusal(kept, ADVANCE, table, documents, &source) {
                        Some(refused) => refused.with_source(source).into(),
                        None => place.failed(ADVANCE, source).into(),
                    },
                )
            }
        }
    }
}
