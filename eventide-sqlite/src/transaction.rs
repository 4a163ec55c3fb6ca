//! One batch, one transaction. If a constraint stops it, once more with a look before each request;
//! if that fails, one transaction for each of its pieces, so that only the culprit gets the error.

use std::slice;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use eventide_core::Position;
use eventide_core::store::{
    AppendError, AppendRequest, AppendStep, Appended, Appending, StoreError,
};
use eventide_core::time::Clock;
use rusqlite::{Connection, Error, ErrorCode, Statement};
use tracing::{debug_span, field};

use crate::append::{Appender, Judging};
use crate::error::Place;
use crate::row::JsonParts;
use crate::work::{Answer, Done, Work};
use crate::writer::Counters;
use crate::{change, snapshot, subscriptions};

/// A commit takes so many times what it takes by itself: the larger part of it is writing rows.
const OF_ITSELF: u32 = 3;

/// Runs the writer's transactions.
#[derive(Debug)]
pub(crate) struct Transactions<'conn> {
    conn: &'conn Connection,
    place: &'conn Place,
    counters: Arc<Counters>,
    appender: Appender<'conn>,
    begin: Statement<'conn>,
    commit: Statement<'conn>,
}

/// A transaction that was rolled back.
struct Failed {
    stage: Stage,
    source: Arc<Error>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Begin,
    Work,
    Commit,
}

impl Failed {
    /// Whether the tables refused a row, and so told that some request does not stand.
    fn is_by_constraint(&self) -> bool {
        self.stage == Stage::Work
            && self.source.sqlite_error_code() == Some(ErrorCode::ConstraintViolation)
    }

    fn at(stage: Stage) -> impl FnOnce(Error) -> Self {
        move |source| Self {
            stage,
            source: Arc::new(source),
        }
    }
}

impl<'conn> Transactions<'conn> {
    pub(crate) fn new(
        conn: &'conn Connection,
        place: &'conn Place,
        clock: Arc<dyn Clock>,
        counters: Arc<Counters>,
    ) -> Result<Self, StoreError> {
        let failed = |source| place.failed("open", source);
        Ok(Self {
            conn,
            place,
            counters,
            appender: Appender::new(conn, clock).map_err(failed)?,
            // Taking the write lock at once: a transaction that reads first could find that another
            // process has written since, and would have to start over.
            begin: conn.prepare("BEGIN IMMEDIATE").map_err(failed)?,
            commit: conn.prepare("COMMIT").map_err(failed)?,
        })
    }

    /// Does all of `work` and answers each piece. Also says what the commit took by itself, if there
    /// was one for all.
    pub(crate) fn write(&mut self, work: &[Work]) -> (Vec<Answer>, Option<Duration>) {
        let span = debug_span!("write_batch", requests = work.len(), events = field::Empty);
        let _entered = span.enter();
        let answers = match self.together(work, Judging::ByWriting) {
            Err(failed) if failed.is_by_constraint() => self.together(work, Judging::ByLooking),
            other => other,
        };
        let (answers, commit) = match answers {
            Ok((answers, commit)) => (answers, Some(commit)),
            Err(failed) if failed.stage == Stage::Work && work.len() > 1 => {
                (self.one_by_one(work), None)
            }
            Err(failed) => (self.refuse(work, &failed), None),
        };
        span.record("events", self.count(&answers));
        (answers, commit)
    }

    fn one_by_one(&mut self, work: &[Work]) -> Vec<Answer> {
        let mut answers = Vec::with_capacity(work.len());
        let mut rest = work.iter();
        for piece in &mut rest {
            let piece = slice::from_ref(piece);
            match self.together(piece, Judging::ByLooking) {
                Ok((own, _)) => answers.extend(own),
                Err(failed) => {
                    answers.extend(self.refuse(piece, &failed));
                    if failed.stage == Stage::Begin {
                        // Each further piece would wait for the same lock as long again.
                        answers.extend(self.refuse(rest.as_slice(), &failed));
                        break;
                    }
                }
            }
        }
        answers
    }

    fn together(
        &mut self,
        work: &[Work],
        judging: Judging,
    ) -> Result<(Vec<Answer>, Duration), Failed> {
        let done = self.attempt(work, judging);
        if done.is_err() && !self.conn.is_autocommit() {
            // What cannot be rolled back now will be when the connection closes.
            let _ = self.conn.execute_batch("ROLLBACK");
        }
        done
    }

    fn attempt(
        &mut self,
        work: &[Work],
        judging: Judging,
    ) -> Result<(Vec<Answer>, Duration), Failed> {
        self.begin.execute([]).map_err(Failed::at(Stage::Begin))?;
        self.appender.catch_up().map_err(Failed::at(Stage::Work))?;
        let answers = work
            .iter()
            .map(|piece| self.piece(piece, judging))
            .collect::<Result<_, _>>()
            .map_err(Failed::at(Stage::Work))?;
        let written = Instant::now();
        self.commit.execute([]).map_err(Failed::at(Stage::Commit))?;
        self.appender.committed();
        self.counters.commits.fetch_add(1, Ordering::Relaxed);
        Ok((answers, written.elapsed() / OF_ITSELF))
    }

    fn piece(&mut self, work: &Work, judging: Judging) -> Result<Answer, Error> {
        match work {
            Work::Append(request, json) => {
                let judged = self.appender.append(request, json, judging)?;
                return Ok(judged.map(Done::Appended));
            }
            Work::AppendWith(request, json, step) => {
                let judged = self.append_with(request, json, &**step, judging)?;
                return Ok(judged.map(Done::Appended));
            }
            Work::SaveSnapshot(snapshot) => snapshot::save(self.conn, snapshot)?,
            Work::DeleteSnapshot(stream) => snapshot::delete(self.conn, stream)?,
            Work::Change(change) => change.run(self.conn, self.place, judging)?,
            Work::Close => {}
        }
        Ok(Ok(Done::Kept))
    }

    /// Appends, and does what is to happen with it, or neither.
    fn append_with(
        &mut self,
        request: &AppendRequest,
        json: &[JsonParts],
        step: &dyn AppendStep,
        judging: Judging,
    ) -> Result<Result<Appended, AppendError>, Error> {
        let (conn, place, to) = (self.conn, self.place, &mut self.appender);
        let mut append = || {
            let appended = match to.append(request, json, judging)? {
                Ok(appended) => appended,
                Err(refused) => return Ok(Err(refused)),
            };
            let appending = Appending::new(request, &appended);
            let taken = subscriptions::take(conn, place, step, appending)?;
            Ok::<_, Error>(taken.map(|()| appended).map_err(AppendError::from))
        };
        if judging == Judging::ByWriting {
            let done = append()?;
            return match done {
                // What was written of it goes with all else, which is then judged by looking.
                Err(AppendError::Step(_)) => Err(change::refused()),
                done => Ok(done),
            };
        }
        let mut done = None;
        let stands = change::in_savepoint(conn, || Ok(done.insert(append()?).is_ok()))?;
        if !stands {
            // Its positions are free again.
            self.appender.catch_up()?;
        }
        done.ok_or(Error::QueryReturnedNoRows)
    }

    fn refuse(&self, work: &[Work], failed: &Failed) -> Vec<Answer> {
        work.iter()
            .map(|piece| {
                let (attempt, source) = (piece.attempt(), failed.source.clone());
                Err(match failed.stage {
                    Stage::Commit => self.place.commit_failed(attempt, source),
                    Stage::Begin | Stage::Work => self.place.failed(attempt, source),
                }
                .into())
            })
            .collect()
    }

    /// Adds up what was written, and rings for it; how many events.
    fn count(&self, answers: &[Answer]) -> u64 {
        let (mut count, mut events, mut last) = (0, 0, None);
        for answer in answers {
            if let Ok(Done::Appended(appended)) = answer {
                count += 1;
                events += events_of(appended);
                last = last.max(last_of(appended));
            }
        }
        if let Some(last) = last {
            self.counters.bell.ring(last);
        }
        self.counters.appends.fetch_add(count, Ordering::Relaxed);
        self.counters.events.fetch_add(events, Ordering::Relaxed);
        events
    }
}

fn last_of(appended: &Appended) -> Option<Position> {
    let positions = appended.streams.iter().flat_map(|stream| &stream.positions);
    positions.max().copied()
}

fn events_of(appended: &Appended) -> u64 {
    appended
        .streams
        .iter()
        .map(|stream| stream.positions.len() as u64)
        .sum()
}
