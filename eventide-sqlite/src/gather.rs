//! Group commit: what callers ask at the same time is written in one transaction.
//!
//! The batch gathers by yielding, not by a timer: a lone client pays for no wait, and many clients
//! that were just answered are all there again before the next transaction starts.

use std::collections::VecDeque;
use std::mem;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use eventide_core::store::{StoreError, StoreErrorKind};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::yield_now;

use crate::error::{Place, of_store};
use crate::rhythm::Rhythm;
use crate::work::{Answer, Answered, Batch, Reply, Work};

/// A woken client may be three tasks away from asking again (the one that answers it, the one that
/// runs its aggregate, its own), so the batch is complete once this many yields brought nothing.
const QUIET_YIELDS: u32 = 4;

/// What goes to the writer's thread: a batch, and where its answers go.
pub(crate) type Job = (Batch, oneshot::Sender<Answered>);

/// What waits for the writer.
#[derive(Debug)]
pub(crate) struct Queue {
    place: Place,
    state: Mutex<State>,
    room: Semaphore,
    max_batch: usize,
    writer: Sender<Job>,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<(Work, Reply)>,
    /// What was learnt about the sizes of batches, kept for the next who gathers.
    rhythm: Option<Rhythm>,
    /// Whether somebody is gathering. It takes what is pushed; else the pusher starts.
    gathering: bool,
    closed: bool,
}

impl Queue {
    pub(crate) fn new(place: Place, room: usize, max_batch: usize, writer: Sender<Job>) -> Self {
        Self {
            place,
            state: Mutex::default(),
            room: Semaphore::new(room.min(Semaphore::MAX_PERMITS)),
            max_batch,
            writer,
        }
    }

    /// Has `work` done. Once it is in the queue it is done whether or not the caller waits.
    pub(crate) async fn submit(self: &Arc<Self>, attempt: &str, work: Work) -> Answer {
        let Ok(permit) = self.room.acquire().await else {
            return Err(self.place.closed(attempt).into());
        };
        let Some(answer) = self.push(work, false) else {
            return Err(self.place.closed(attempt).into());
        };
        permit.forget();
        match answer.await {
            Ok(answer) => answer,
            Err(_) => Err(self.writer_died(attempt, StoreErrorKind::Unknown).into()),
        }
    }

    /// Has everything done that was asked so far, and nothing after it.
    pub(crate) async fn close(self: &Arc<Self>) -> Result<(), StoreError> {
        let Some(answer) = self.push(Work::Close, true) else {
            return Ok(());
        };
        match answer.await {
            Ok(answer) => answer.map(|_| ()).map_err(of_store),
            Err(_) => Err(self.writer_died("close", StoreErrorKind::Other)),
        }
    }

    fn push(self: &Arc<Self>, work: Work, last: bool) -> Option<oneshot::Receiver<Answer>> {
        let (reply, answer) = oneshot::channel();
        let mut state = self.state();
        if state.closed {
            return None;
        }
        state.closed = last;
        state.waiting.push_back((work, reply));
        let begin = !state.gathering;
        state.gathering = true;
        let rhythm = if begin { state.rhythm.take() } else { None };
        drop(state);
        if begin {
            let mut turn = Turn {
                queue: self.clone(),
                batch: Batch::default(),
                under_way: None,
                rhythm: rhythm.unwrap_or_else(|| Rhythm::new(self.max_batch)),
            };
            if turn.rhythm.is_lone() {
                // Nobody to gather: the writer begins before the turn's task does.
                turn.take(1);
                turn.hand_over();
            }
            // Without a runtime the turn is dropped, which hands everything to the writer at once.
            if let Ok(runtime) = Handle::try_current() {
                runtime.spawn(turn.gather());
            }
        }
        Some(answer)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn waiting(&self) -> usize {
        self.state().waiting.len()
    }

    fn hand_over(&self, batch: Batch) -> oneshot::Receiver<Answered> {
        let (done, answered) = oneshot::channel();
        if let Err(unsent) = self.writer.send((batch, done)) {
            let (batch, _) = unsent.0;
            batch.refuse(|| self.writer_died("write to", StoreErrorKind::Closed));
        }
        answered
    }

    fn writer_died(&self, attempt: &str, kind: StoreErrorKind) -> StoreError {
        self.place
            .error(kind, attempt, "its writer has ended; open the store anew")
    }
}

/// The right to gather. Dropping it, also with the runtime it ran on, passes everything that waits
/// to the writer and lets the next caller gather.
#[derive(Debug)]
struct Turn {
    queue: Arc<Queue>,
    batch: Batch,
    under_way: Option<UnderWay>,
    rhythm: Rhythm,
}

/// A batch that is being written, and its size.
type UnderWay = (oneshot::Receiver<Answered>, usize);

impl Turn {
    async fn gather(mut self) {
        loop {
            self.fill().await;
            let full = self.batch.len() >= self.rhythm.full();
            if !full && let Some(written) = self.under_way.take() {
                // What is written now may bring more; a small batch would be a commit of its own.
                self.deliver(written).await;
                continue;
            }
            if self.batch.is_empty() {
                return;
            }
            let before = self.hand_over();
            let written = if full { before } else { self.under_way.take() };
            if let Some(written) = written {
                self.deliver(written).await;
            }
        }
    }

    /// Hands the batch to the writer; gives back the one that was under way before.
    fn hand_over(&mut self) -> Option<UnderWay> {
        let asked = self.batch.len();
        self.rhythm.gathered(asked);
        let answered = self.queue.hand_over(mem::take(&mut self.batch));
        self.under_way.replace((answered, asked))
    }

    /// Takes what is asked until it makes a full batch, everybody expected is there, or nobody
    /// comes any more.
    async fn fill(&mut self) {
        // A lone caller is the only one who comes; it starts the next turn itself.
        let patience = if self.rhythm.is_lone() {
            0
        } else {
            QUIET_YIELDS
        };
        let mut quiet = 0;
        loop {
            quiet = if self.take(self.rhythm.full()) {
                0
            } else {
                quiet + 1
            };
            if quiet > patience || self.batch.len() >= self.rhythm.enough() {
                return;
            }
            yield_now().await;
        }
    }

    /// Waits until a batch is written, and delivers its answers here, where waking a task is cheap.
    async fn deliver(&mut self, (written, _): UnderWay) {
        if let Ok(answered) = written.await {
            let others = self.under_way.as_ref().map_or(0, |(_, asked)| *asked);
            let waiting = self.batch.len() + self.queue.waiting();
            self.rhythm.answered(&answered, others + waiting);
        }
    }

    /// Takes what waits, as far as it fits; whether there was anything.
    fn take(&mut self, full: usize) -> bool {
        let room = full.saturating_sub(self.batch.len());
        let mut state = self.queue.state();
        let taken = room.min(state.waiting.len());
        for item in state.waiting.drain(..taken) {
            self.batch.push(item);
        }
        drop(state);
        self.queue.room.add_permits(taken);
        taken > 0
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.queue.state();
        let taken = state.waiting.len();
        for item in state.waiting.drain(..) {
            self.batch.push(item);
        }
        if !self.batch.is_empty() {
            // Under the lock, so that nobody else's close overtakes it.
            drop(self.queue.hand_over(mem::take(&mut self.batch)));
        }
        state.gathering = false;
        self.rhythm.pause();
        state.rhythm = Some(self.rhythm.clone());
        drop(state);
        self.queue.room.add_permits(taken);
    }
}
