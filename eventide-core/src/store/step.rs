//! A step that a store takes between an append and its commit: by it, a view is as far as the log at
//! any moment.
//!
//! The step is a future that asks its store nothing but [`Question`]s. The store has it go on by
//! [`RunningStep::turn`], answers inside the transaction, and writes what it comes to. So a store needs no
//! runtime where it appends, and a step can wait for nothing else.

use std::fmt;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use thiserror::Error;

use super::append::{AppendRequest, Appended};
use super::error::{StoreError, StoreErrorKind};
use super::subscriptions::Advance;
use crate::envelope::RecordedEvent;
use crate::ids::{Position, Version};
use crate::read_model::ReadModelError;
use crate::read_model::error::chain;
use crate::repository::panics::message_of;
use crate::stream::StreamId;
use crate::subscription::{Claimed, LeaseError, SubscriptionName, WorkerId};
use crate::view::{Document, ViewTable};

/// Something that happens in the transaction of an append, or the append does not happen either.
pub trait AppendStep: fmt::Debug + Send + Sync {
    /// Begins it. A store whose transaction failed begins it anew.
    fn begin(&self, appending: Appending) -> RunningStep;
}

/// What is written in the transaction, and not committed yet.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Appending {
    /// Where the log ended before.
    pub before: Position,
    /// The events, in the order of the log.
    pub events: Vec<RecordedEvent>,
}

impl Appending {
    /// What a request with events came to.
    pub fn new(request: &AppendRequest, appended: &Appended) -> Self {
        let mut events = Vec::new();
        for (part, as_recorded) in request.streams.iter().zip(&appended.streams) {
            let count = as_recorded.positions.len() as u64;
            let after = as_recorded.version.get().saturating_sub(count);
            let places = (1..).zip(&as_recorded.positions);
            events.extend(places.zip(&part.events).map(|((nth, &position), event)| {
                RecordedEvent::new(
                    position,
                    part.stream.clone(),
                    Version::new(after + nth),
                    appended.recorded_at,
                    event.clone(),
                )
            }));
        }
        events.sort_by_key(|event| event.position);
        let first = events.first().map_or(0, |event| event.position.as_raw());
        Self {
            before: Position::from_raw(first.saturating_sub(1)),
            events,
        }
    }
}

/// Why a step, and so its append, does not happen.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum StepError {
    /// The view has not come to the log's end: it has to catch up first.
    #[error(
        "view `{view}` is kept with the appends, and is behind the log: it has to catch up first"
    )]
    #[non_exhaustive]
    Behind {
        /// The view's name.
        view: String,
    },
    /// The view cannot take one of the events.
    #[error(
        "view `{view}` is kept with the appends, and cannot take what was to be appended: {reason}"
    )]
    #[non_exhaustive]
    Refused {
        /// The view's name.
        view: String,
        /// Why, each cause on a line of its own.
        reason: String,
    },
    /// The view could not be brought to the log's end.
    #[error("view `{view}` is kept with the appends, and cannot be brought to the end of the log")]
    #[non_exhaustive]
    Stuck {
        /// The view's name.
        view: String,
        /// Why.
        #[source]
        source: Arc<ReadModelError>,
    },
    /// The store cannot do it now.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl StepError {
    /// For stores: what it means that something a step came to is not written.
    pub fn of_advance(advance: &Advance, error: LeaseError) -> Self {
        let view = match &advance.table {
            Some(table) => table.name.clone(),
            None => advance.lease.subscription.to_string(),
        };
        match error {
            LeaseError::Lost { .. } => Self::Behind { view },
            LeaseError::Store(error) if error.kind() == StoreErrorKind::Constraint => {
                let reason = chain(&error);
                Self::Refused { view, reason }
            }
            LeaseError::Store(error) => Self::Store(error),
        }
    }
}

/// What a step asks.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Question {
    /// As [`SubscriptionStore::serving`](super::SubscriptionStore::serving).
    Serving {
        /// The view's name.
        view: &'static str,
        /// Its version.
        version: u32,
    },
    /// As [`SubscriptionStore::take_over`](super::SubscriptionStore::take_over), of its first partition.
    /// Whoever held it writes nothing any more, or waits for the end of the transaction.
    TakeOver {
        /// The subscription.
        name: SubscriptionName,
        /// For whom.
        worker: WorkerId,
        /// For how long.
        ttl: Duration,
    },
    /// As [`SubscriptionStore::documents`](super::SubscriptionStore::documents).
    Documents {
        /// Of which view.
        table: ViewTable,
        /// Their keys.
        keys: Vec<String>,
    },
    /// As [`SubscriptionStore::routes`](super::SubscriptionStore::routes).
    Routes {
        /// The subscription.
        name: SubscriptionName,
        /// The streams.
        streams: Vec<StreamId>,
    },
    /// As [`SubscriptionStore::parked_among`](super::SubscriptionStore::parked_among).
    Parked {
        /// The subscription.
        name: SubscriptionName,
        /// The keys.
        keys: Vec<String>,
    },
}

/// What the store answers: to each question in its own form.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// Which generation serves.
    Serving(u32),
    /// The partition, if there is one.
    TakenOver(Option<Claimed>),
    /// The documents, in the order asked.
    Documents(Vec<Option<Document>>),
    /// The keys, in the order asked.
    Routes(Vec<Option<String>>),
    /// Those that are parked.
    Parked(Vec<String>),
}

/// What a step comes to: what is to be written with the append.
pub type Taken = Result<Vec<Advance>, StepError>;

/// A step on its way.
pub struct RunningStep {
    work: Pin<Box<dyn Future<Output = Taken> + Send>>,
    asked: Within,
}

/// What a step does next.
#[derive(Debug)]
pub enum Turn {
    /// It asks, and wants the answer with the next turn.
    Asks(Question),
    /// It is done. What it gives is to be written, each as by
    /// [`SubscriptionStore::advance`](super::SubscriptionStore::advance), before the commit.
    Done(Taken),
}

impl RunningStep {
    /// A step that does this work.
    pub fn new<F>(work: impl FnOnce(Within) -> F) -> Self
    where
        F: Future<Output = Taken> + Send + 'static,
    {
        let asked = Within(Arc::default());
        Self {
            work: Box::pin(work(asked.clone())),
            asked,
        }
    }

    /// Goes on with it, with the answer to what it asked before. A panic of its is a [`StoreError`].
    pub fn turn(&mut self, answer: Option<Result<Answer, StoreError>>) -> Turn {
        self.asked.slot().answer = answer;
        let mut context = Context::from_waker(Waker::noop());
        let work = AssertUnwindSafe(|| self.work.as_mut().poll(&mut context));
        // The thread is the store's, and others wait for it.
        match catch_unwind(work) {
            Ok(Poll::Ready(taken)) => return Turn::Done(taken),
            Ok(Poll::Pending) => {}
            Err(panic) => {
                let words = message_of(&*panic);
                return Turn::Done(Err(other(&format!("it panicked: {words}")).into()));
            }
        }
        match self.asked.slot().question.take() {
            Some(question) => Turn::Asks(question),
            None => Turn::Done(Err(
                other("it waits for something else than its store").into()
            )),
        }
    }

    /// Has it go on to its end, for a store that answers at once.
    ///
    /// # Errors
    /// See [`StepError`].
    pub fn run(mut self, mut answer: impl FnMut(Question) -> Result<Answer, StoreError>) -> Taken {
        let mut given = None;
        loop {
            match self.turn(given.take()) {
                Turn::Asks(question) => given = Some(answer(question)),
                Turn::Done(taken) => return taken,
            }
        }
    }
}

impl fmt::Debug for RunningStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunningStep").finish_non_exhaustive()
    }
}

/// The transaction, as a step sees it.
#[derive(Debug, Clone)]
pub struct Within(Arc<Mutex<Slot>>);

/// What is asked, and what is answered.
#[derive(Debug, Default)]
struct Slot {
    question: Option<Question>,
    answer: Option<Result<Answer, StoreError>>,
}

impl Within {
    fn slot(&self) -> std::sync::MutexGuard<'_, Slot> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn ask(&self, question: Question) -> Result<Answer, StoreError> {
        self.slot().question = Some(question);
        poll_fn(|_| match self.slot().answer.take() {
            Some(answer) => Poll::Ready(answer),
            None => Poll::Pending,
        })
        .await
    }

    /// Which generation of a view serves. Once its partition is [taken over](Self::take_over), nobody chooses
    /// another before the end of the transaction.
    ///
    /// # Errors
    /// The store cannot tell.
    pub async fn serving(&self, view: &'static str, version: u32) -> Result<u32, StoreError> {
        match self.ask(Question::Serving { view, version }).await? {
            Answer::Serving(generation) => Ok(generation),
            _ => Err(wrong()),
        }
    }

    /// Takes the first partition of a subscription over.
    ///
    /// # Errors
    /// There is no such subscription; the store cannot do it now.
    pub async fn take_over(
        &self,
        name: &SubscriptionName,
        worker: &WorkerId,
        ttl: Duration,
    ) -> Result<Option<Claimed>, StoreError> {
        let (name, worker) = (name.clone(), worker.clone());
        match self.ask(Question::TakeOver { name, worker, ttl }).await? {
            Answer::TakenOver(claimed) => Ok(claimed),
            _ => Err(wrong()),
        }
    }

    /// The documents of these keys, in the order asked.
    ///
    /// # Errors
    /// The store cannot do it now.
    pub async fn documents(
        &self,
        table: &ViewTable,
        keys: &[String],
    ) -> Result<Vec<Option<Document>>, StoreError> {
        let (table, keys) = (table.clone(), keys.to_vec());
        match self.ask(Question::Documents { table, keys }).await? {
            Answer::Documents(documents) => Ok(documents),
            _ => Err(wrong()),
        }
    }

    /// The keys that the events of these streams belong to, in the order asked.
    ///
    /// # Errors
    /// The store cannot do it now.
    pub async fn routes(
        &self,
        name: &SubscriptionName,
        streams: &[StreamId],
    ) -> Result<Vec<Option<String>>, StoreError> {
        let (name, streams) = (name.clone(), streams.to_vec());
        match self.ask(Question::Routes { name, streams }).await? {
            Answer::Routes(keys) => Ok(keys),
            _ => Err(wrong()),
        }
    }

    /// Those of `keys` that are parked.
    ///
    /// # Errors
    /// The store cannot do it now.
    pub async fn parked_among(
        &self,
        name: &SubscriptionName,
        keys: &[String],
    ) -> Result<Vec<String>, StoreError> {
        let (name, keys) = (name.clone(), keys.to_vec());
        match self.ask(Question::Parked { name, keys }).await? {
            Answer::Parked(parked) => Ok(parked),
            _ => Err(wrong()),
        }
    }
}

fn wrong() -> StoreError {
    other("its store answers something else than was asked")
}

fn other(why: &str) -> StoreError {
    let why = format_args!("what happens with an append cannot be done: {why}");
    StoreError::new(StoreErrorKind::Other, why)
}
