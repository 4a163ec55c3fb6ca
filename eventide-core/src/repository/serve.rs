//! Serving a slot's queue: decide all that waits, append it in one go, answer when it is durable.
//!
//! Commands on one aggregate so cost each other nothing within a process: no conflict, no reload,
//! one commit for many. Appends of other processes are caught by the expected version.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::task::yield_now;
use tracing::{Instrument, debug_span};

use super::decide::Round;
use super::error::ExecuteError;
use super::job::Job;
use super::replay::ReplayError;
use super::slot::{Folded, Service, Slot};
use super::{Inner, Receipt, snapshots};
use crate::aggregate::Aggregate;
use crate::command::{CommandSet, Existence};
use crate::ids::Version;
use crate::store::{
    AppendError, AppendRequest, Appended, ExpectedVersion, StepError, StoreError, StoreErrorKind,
    StreamAppend,
};
use crate::stream::StreamId;

/// The most callers one append answers.
const MAX_JOBS: usize = 512;

/// How many turns of the runtime without a new command end the gathering: a caller that was just
/// answered needs one to be woken and one to send its next command.
const IDLE_TURNS: u32 = 2;

/// Serves a queue until nobody waits.
pub(super) async fn serve<A: Aggregate>(inner: Arc<Inner<A>>, mut service: Service<A>) {
    // A lone caller is not made to wait for others; where several met, they are waited for.
    let mut crowded = false;
    loop {
        if crowded {
            gather(&service.slot).await;
        }
        let jobs = service.take(MAX_JOBS);
        if jobs.is_empty() {
            return;
        }
        let together = jobs.len();
        inner.settle(&service.slot, jobs).await;
        crowded = together > 1 || service.slot.waiting() > 0;
    }
}

/// Waits until no woken task adds a command any more. No timer: a lone caller loses nothing.
async fn gather<A: Aggregate>(slot: &Slot<A>) {
    let (mut seen, mut idle) = (slot.waiting(), 0);
    while idle < IDLE_TURNS && seen < MAX_JOBS {
        yield_now().await;
        let now = slot.waiting();
        idle = if now == seen { idle + 1 } else { 0 };
        seen = now;
    }
}

/// What an attempt came to.
enum Attempt<E: std::fmt::Debug> {
    Done,
    /// Others appended, or it is not known what became of the append.
    TryAgain(Box<dyn Fn(u32) -> ExecuteError<E> + Send>),
    /// Some jobs got their answer otherwise; the rest is decided anew.
    DecideAgain,
    /// One of several jobs is to blame: each is to be appended on its own.
    Apart,
    Failed(Box<dyn Fn() -> ExecuteError<E> + Send>),
}

impl<A: Aggregate> Inner<A> {
    /// Brings `jobs` to an end: each is answered.
    async fn settle(&self, slot: &Slot<A>, mut jobs: Vec<Job<A>>) {
        let mut state = slot.folded.lock().await;
        let (mut attempts, mut at_once) = (0, jobs.len());
        while !jobs.is_empty() {
            attempts += 1;
            let together = at_once.min(jobs.len());
            let (now, _) = jobs.split_at_mut(together);
            match self.attempt(slot, &mut state, now, attempts).await {
                // What is still open was put off, and starts afresh.
                Attempt::Done => attempts = 0,
                Attempt::DecideAgain => attempts -= 1,
                Attempt::Apart => (attempts, at_once) = (0, 1),
                Attempt::TryAgain(error) if attempts < self.retry.attempts.max(1) => {
                    drop(error);
                    self.counters.conflicts.fetch_add(1, Ordering::Relaxed);
                    let pause = self.retry.pause(attempts);
                    if !pause.is_zero() {
                        tokio::time::sleep(pause).await;
                    }
                }
                Attempt::TryAgain(error) => {
                    fail_all(now, &|| error(attempts));
                    attempts = 0;
                }
                Attempt::Failed(error) => {
                    fail_all(now, &*error);
                    attempts = 0;
                }
            }
            for job in std::mem::take(&mut jobs) {
                if job.is_answered() || job.is_abandoned() {
                    job.send();
                } else {
                    jobs.push(job);
                }
            }
        }
        if !self.cache.keeps_state() && slot.waiting() == 0 {
            *state = None;
        }
    }

    async fn attempt(
        &self,
        slot: &Slot<A>,
        state: &mut Option<Folded<A>>,
        jobs: &mut [Job<A>],
        attempts: u32,
    ) -> Attempt<A::Error> {
        let stream = &slot.stream;
        if let Err(error) = self.may_write().await {
            return Attempt::Failed(Box::new(move || error.clone().into_execute()));
        }
        let (mut folded, certain) = match state.take() {
            Some(folded) => (folded, false),
            // Creating needs no look at the store: the append finds out whether the stream exists.
            // Where it has to, that takes a second attempt.
            None if attempts == 1 && self.retry.attempts > 1 && starts_with_creation(jobs) => {
                (Folded::empty(), false)
            }
            None => match Box::pin(self.load_present(stream)).await {
                Ok(folded) => (folded, true),
                Err(error) => {
                    return Attempt::Failed(Box::new(move || ExecuteError::Load(error.clone())));
                }
            },
        };
        // In boxes, so that the task which serves stays small: it is made for most commands anew, and
        // allocators are quick only with small pieces.
        let mut round = Box::pin(self.decide(stream, &mut folded, jobs)).await;
        if round.spoilt {
            return Attempt::DecideAgain;
        }
        if let Err(error) = self.find_repeated(stream, jobs, &mut round).await {
            return Attempt::Failed(Box::new(move || error.clone().into_execute()));
        }
        if round.marks.is_empty() {
            let settled = self.answer_without_append(stream, state, folded, certain, jobs, round);
            return Box::pin(settled).await;
        }
        let request = AppendRequest::to(StreamAppend {
            stream: stream.clone(),
            expected: ExpectedVersion::Exact(round.base),
            events: std::mem::take(&mut round.events),
            commands: std::mem::take(&mut round.marks),
        });
        let span = debug_span!("append", %stream, events = request_events(&request));
        match self.store.append(request).instrument(span).await {
            Ok(appended) => {
                folded.recorded_at = appended.recorded_at;
                answer(stream, jobs, round, Some(&appended));
                *state = Some(snapshots::take_if_due(self, stream, folded));
                Attempt::Done
            }
            Err(AppendError::Conflict { stream, .. }) => {
                Attempt::TryAgain(Box::new(move |attempts| ExecuteError::Conflict {
                    stream: stream.clone(),
                    attempts,
                }))
            }
            Err(AppendError::AlreadyHandled(handled)) => {
                match Box::pin(self.replay(stream, jobs, &handled)).await {
                    Ok(true) => Attempt::DecideAgain,
                    Ok(false) => Attempt::Failed(Box::new(unexpected_answer)),
                    Err(error) => Attempt::Failed(Box::new(move || error.clone().into_execute())),
                }
            }
            Err(AppendError::Step(StepError::Refused { .. })) if jobs.len() > 1 => Attempt::Apart,
            Err(AppendError::Step(error)) => {
                Attempt::Failed(Box::new(move || ExecuteError::View(error.clone())))
            }
            Err(AppendError::Store(error)) if error.kind() == StoreErrorKind::Unknown => {
                // The command ids tell next time whether it was stored.
                for job in jobs {
                    job.may_be_repeated = true;
                }
                Attempt::TryAgain(Box::new(move |_| ExecuteError::Store(error.clone())))
            }
            Err(AppendError::Store(error)) => {
                Attempt::Failed(Box::new(move || ExecuteError::Store(error.clone())))
            }
            Err(AppendError::InvalidRequest { reason }) => Attempt::Failed(Box::new(move || {
                ExecuteError::Store(StoreError::new(StoreErrorKind::Other, &reason))
            })),
        }
    }

    /// Nothing is to be stored, so no append proves that the state was the present one: ask.
    async fn answer_without_append(
        &self,
        stream: &StreamId,
        state: &mut Option<Folded<A>>,
        folded: Folded<A>,
        certain: bool,
        jobs: &mut [Job<A>],
        round: Round<A>,
    ) -> Attempt<A::Error> {
        if !certain {
            match self.store.stream_version(stream).await {
                Ok(version) if version == round.base => {}
                Ok(_) => {
                    let stream = stream.clone();
                    return Attempt::TryAgain(Box::new(move |attempts| ExecuteError::Conflict {
                        stream: stream.clone(),
                        attempts,
                    }));
                }
                Err(error) => {
                    return Attempt::Failed(Box::new(move || ExecuteError::Store(error.clone())));
                }
            }
        }
        answer(stream, jobs, round, None);
        if folded.version > Version::ZERO {
            *state = Some(folded);
        }
        Attempt::Done
    }

    /// A refused command whose id was used before was not refused then: its first result counts.
    async fn find_repeated(
        &self,
        stream: &StreamId,
        jobs: &mut [Job<A>],
        round: &mut Round<A>,
    ) -> Result<(), ReplayError> {
        let mut ids = Vec::new();
        for decided in round
            .decided
            .iter()
            .filter(|decided| decided.outcome.is_err())
        {
            if let Some(job) = jobs.get(decided.job).filter(|job| job.may_be_repeated) {
                ids.extend(job.units.get(decided.unit).map(|unit| unit.id));
            }
        }
        if ids.is_empty() {
            return Ok(());
        }
        let handled = self.store.handled_commands(&ids).await?;
        Box::pin(self.replay(stream, jobs, &handled)).await?;
        round.decided.retain(|decided| {
            jobs.get(decided.job)
                .and_then(|job| job.units.get(decided.unit))
                .is_some_and(|unit| unit.answer.is_none())
        });
        Ok(())
    }
}

fn answer<A: Aggregate>(
    stream: &StreamId,
    jobs: &mut [Job<A>],
    round: Round<A>,
    appended: Option<&Appended>,
) {
    let base = round.base;
    let positions = appended
        .and_then(|appended| appended.streams.first())
        .map(|s| &s.positions);
    for decided in round.decided {
        let Some(job) = jobs.get_mut(decided.job) else {
            continue;
        };
        let Job { units, options, .. } = job;
        let Some(unit) = units.get_mut(decided.unit) else {
            continue;
        };
        let id = unit.id;
        unit.answer = Some(decided.outcome.map(|events| {
            let last = usize::try_from(decided.version.since(base))
                .ok()
                .and_then(|n| n.checked_sub(1));
            let position = last
                .filter(|_| !events.is_empty())
                .and_then(|last| positions.and_then(|positions| positions.get(last).copied()));
            Receipt {
                command_id: id,
                correlation_id: options.correlation_id.unwrap_or_else(|| id.into()),
                stream: stream.clone(),
                version: decided.version,
                position,
                events,
                replayed: false,
            }
        }));
    }
}

fn starts_with_creation<A: Aggregate>(jobs: &[Job<A>]) -> bool {
    jobs.first()
        .and_then(|job| job.units.first())
        .and_then(|unit| unit.commands.first())
        .is_some_and(|command| command.info().existence == Existence::MustNot)
}

fn request_events(request: &AppendRequest) -> usize {
    request.streams.iter().map(|part| part.events.len()).sum()
}

fn fail_all<A: Aggregate>(jobs: &mut [Job<A>], error: &dyn Fn() -> ExecuteError<A::Error>) {
    for job in jobs {
        job.fail(error);
    }
}

fn unexpected_answer<E: std::fmt::Debug>() -> ExecuteError<E> {
    ExecuteError::Store(StoreError::new(
        StoreErrorKind::Other,
        "the store reports commands as handled that it was not asked to handle",
    ))
}
