//! The queue before the writer, and the gathering of batches.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use futures_util::FutureExt;
use futures_util::future::{Either, ready, select};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::yield_now;

use super::drive::{Driven, TakeOver};
use super::rhythm::Rhythm;
use super::{BatchWriter, Writing, Written};

/// A woken client may be three tasks away from asking again (the one that answers it, the one that
/// runs its aggregate, its own), so the batch is complete once this many yields brought nothing.
const QUIET_YIELDS: u32 = 4;

/// How much a [`GroupCommit`] holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The weight that may wait before callers are held back.
    pub queue: usize,
    /// How many pieces of work make a full batch.
    pub batch: usize,
    /// The weight that makes a full batch.
    pub batch_weight: u64,
}

impl Limits {
    /// At most `queue` may wait, and `batch` pieces are written together.
    pub fn new(queue: usize, batch: usize) -> Self {
        Self {
            queue: queue.max(1),
            batch: batch.max(1),
            batch_weight: u64::MAX,
        }
    }

    /// A batch is full at this weight as well.
    #[must_use]
    pub fn batch_weight(mut self, weight: u64) -> Self {
        self.batch_weight = weight.max(1);
        self
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAnswered {
    /// It was closed before; nothing was done.
    Closed,
    /// The writer has ended; whether the work was done is not known.
    WriterEnded,
}

/// Has work done in batches by one [`BatchWriter`].
pub struct GroupCommit<W: BatchWriter> {
    state: Mutex<State<W>>,
    room: Semaphore,
    /// The queue's room in all: no piece of work takes more.
    queue: u32,
    limits: Limits,
    writer: W,
}

impl<W: BatchWriter + fmt::Debug> fmt::Debug for GroupCommit<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupCommit")
            .field("limits", &self.limits)
            .field("writer", &self.writer)
            .finish_non_exhaustive()
    }
}

struct State<W: BatchWriter> {
    waiting: VecDeque<Waiting<W>>,
    /// What was learnt about the sizes of batches, kept for the next who gathers.
    rhythm: Option<Rhythm>,
    /// Whether somebody is gathering. It takes what is pushed; else the pusher starts.
    gathering: bool,
    /// If a lone caller gathers in its own task, which it may leave alone at any moment: whoever comes
    /// next does not depend on it.
    driven: Option<TakeOver>,
    closed: bool,
}

struct Waiting<W: BatchWriter> {
    work: W::Work,
    reply: oneshot::Sender<W::Answer>,
    weight: u32,
}

impl<W: BatchWriter> GroupCommit<W> {
    /// A queue before `writer`.
    pub fn new(writer: W, limits: Limits) -> Self {
        let room = limits.queue.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            state: Mutex::new(State {
                waiting: VecDeque::new(),
                rhythm: None,
                gathering: false,
                driven: None,
                closed: false,
            }),
            room: Semaphore::new(room),
            queue: u32::try_from(room).unwrap_or(u32::MAX),
            limits,
            writer,
        }
    }

    /// Has `work` done. Once it is in the queue it is done whether or not the caller waits; before,
    /// a caller that goes away takes it along.
    ///
    /// # Errors
    /// There is no answer.
    pub async fn submit(self: &Arc<Self>, work: W::Work) -> Result<W::Answer, NotAnswered> {
        let weight = self.writer.weight(&work).clamp(1, self.queue);
        let permit = self.room.acquire_many(weight).await;
        let permit = permit.map_err(|_| NotAnswered::Closed)?;
        let (answer, turn) = self.push(work, weight, false).ok_or(NotAnswered::Closed)?;
        permit.forget();
        let answer = match turn {
            None => answer.await,
            // In a box of its own: of many callers few do, and what all carry along should be small.
            Some(turn) if turn.rhythm.is_lone() => Box::pin(turn.drive(answer)).await,
            Some(turn) => {
                turn.start();
                answer.await
            }
        };
        answer.map_err(|_| NotAnswered::WriterEnded)
    }

    /// Has everything done that was asked so far, then `last`, and nothing after it.
    ///
    /// # Errors
    /// There is no answer; [`NotAnswered::Closed`] if it was closed before.
    pub async fn close(self: &Arc<Self>, last: W::Work) -> Result<W::Answer, NotAnswered> {
        let (answer, turn) = self.push(last, 0, true).ok_or(NotAnswered::Closed)?;
        if let Some(turn) = turn {
            turn.start();
        }
        answer.await.map_err(|_| NotAnswered::WriterEnded)
    }

    /// The writer.
    pub fn writer(&self) -> &W {
        &self.writer
    }

    /// The turn is the pusher's, if nobody is gathering.
    fn push(self: &Arc<Self>, work: W::Work, weight: u32, last: bool) -> Option<Pushed<W>> {
        let (reply, answer) = oneshot::channel();
        let mut state = self.state();
        if state.closed {
            return None;
        }
        state.closed = last;
        state.waiting.push_back(Waiting {
            work,
            reply,
            weight,
        });
        if mem::replace(&mut state.gathering, true) {
            let driven = state.driven.take();
            drop(state);
            if let Some(driven) = driven {
                driven.start();
            }
            return Some((answer, None));
        }
        let rhythm = state.rhythm.take();
        drop(state);
        let turn = Turn {
            queue: self.clone(),
            batch: Written::<W>::default(),
            under_way: None,
            rhythm: rhythm.unwrap_or_else(|| Rhythm::new(self.limits.batch)),
        };
        Some((answer, Some(turn)))
    }

    fn state(&self) -> MutexGuard<'_, State<W>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn waiting(&self) -> usize {
        self.state().waiting.len()
    }
}

/// The answer to come, and the turn, if it is the pusher's.
type Pushed<W> = (
    oneshot::Receiver<<W as BatchWriter>::Answer>,
    Option<Turn<W>>,
);

/// The right to gather. Dropping it, also with the runtime it ran on, passes everything that waits
/// to the writer and lets the next caller gather.
struct Turn<W: BatchWriter> {
    queue: Arc<GroupCommit<W>>,
    batch: Written<W>,
    under_way: Option<UnderWay<W>>,
    rhythm: Rhythm,
}

/// A batch that is being written, and its size.
type UnderWay<W> = (Writing<W>, usize);

impl<W: BatchWriter> Turn<W> {
    /// Gathers in a task of its own. Without a runtime the turn is dropped, which hands everything
    /// to the writer at once.
    fn start(self) {
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(self.gather());
        }
    }

    /// Gathers for a lone caller, who waits for `answer`: in its own task, as long as it is the only
    /// one.
    async fn drive(
        mut self,
        answer: oneshot::Receiver<W::Answer>,
    ) -> Result<W::Answer, oneshot::error::RecvError> {
        if self.queue.writer.has_own_thread() {
            // The writer begins before the turn's task does.
            self.take(1);
            self.hand_over();
            self.start();
            return answer.await;
        }
        match select(answer, self.driven()).await {
            Either::Left((answer, _rest)) => answer,
            Either::Right(((), answer)) => answer.await,
        }
    }

    /// Gathers where it is waited for, until somebody else comes.
    fn driven(self) -> Driven {
        let queue = self.queue.clone();
        let driven = Driven::new(self.gather().boxed());
        let mut state = queue.state();
        // Besides its own request that of somebody who came meanwhile, and could not take it over.
        let crowded = state.waiting.len() > 1;
        state.driven = (!crowded).then(|| driven.take_over());
        drop(state);
        if crowded {
            driven.take_over().start();
        }
        driven
    }

    async fn gather(mut self) {
        loop {
            self.fill().await;
            let full = self.is_full(self.rhythm.full());
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
    fn hand_over(&mut self) -> Option<UnderWay<W>> {
        let asked = self.batch.len();
        let mut writing = self.queue.writer.begin(mem::take(&mut self.batch));
        // What is written in this task begins now, not when it is waited for.
        go_on::<W>(&mut writing, &mut Context::from_waker(Waker::noop()));
        self.rhythm.gathered(asked);
        self.under_way.replace((writing, asked))
    }

    fn is_full(&self, full: usize) -> bool {
        self.batch.len() >= full || self.batch.weight() >= self.queue.limits.batch_weight
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
            if quiet > patience || self.is_full(self.rhythm.enough()) {
                return;
            }
            yield_now().await;
        }
    }

    /// Waits until a batch is written, and delivers its answers: from tasks, where waking another is
    /// cheap, and from several if they are many. Workers of the runtime that take part find work of
    /// their own; were there but one, it would have to rouse another worker again and again.
    async fn deliver(&mut self, (mut written, _): UnderWay<W>) {
        let answered = poll_fn(|context| {
            if let Some((behind, _)) = &mut self.under_way {
                go_on::<W>(behind, context);
            }
            written.as_mut().poll(context)
        });
        if let Some(mut answered) = answered.await {
            let others = self.under_way.as_ref().map_or(0, |(_, asked)| *asked);
            let waiting = self.batch.len() + self.queue.waiting();
            self.rhythm
                .answered(answered.len(), answered.commit(), others + waiting);
            let runtime = Handle::try_current();
            while let (Ok(runtime), Some(first)) = (&runtime, answered.split_first()) {
                runtime.spawn(async { drop(first) });
            }
        }
    }

    /// Takes what waits, as far as it fits; whether there was anything.
    fn take(&mut self, full: usize) -> bool {
        let before = self.batch.len();
        let mut freed = 0;
        let mut state = self.queue.state();
        while !self.is_full(full)
            && let Some(waiting) = state.waiting.pop_front()
        {
            freed += waiting.weight as usize;
            self.batch.push(waiting.work, waiting.reply, waiting.weight);
        }
        drop(state);
        self.queue.room.add_permits(freed);
        self.batch.len() > before
    }
}

/// Lets a batch be written on, without waiting for it.
fn go_on<W: BatchWriter>(writing: &mut Writing<W>, context: &mut Context<'_>) {
    if let Poll::Ready(answered) = writing.as_mut().poll(context) {
        *writing = ready(answered).boxed();
    }
}

impl<W: BatchWriter> Drop for Turn<W> {
    fn drop(&mut self) {
        let mut freed = 0;
        let mut state = self.queue.state();
        for waiting in state.waiting.drain(..) {
            freed += waiting.weight as usize;
            self.batch.push(waiting.work, waiting.reply, waiting.weight);
        }
        if !self.batch.is_empty() {
            // Under the lock, so that nobody else's close overtakes it.
            let writer = &self.queue.writer;
            writer.finish(writer.begin(mem::take(&mut self.batch)));
        }
        if let Some((writing, _)) = self.under_way.take() {
            self.queue.writer.finish(writing);
        }
        state.gathering = false;
        state.driven = None;
        self.rhythm.pause();
        state.rhythm = Some(self.rhythm.clone());
        drop(state);
        self.queue.room.add_permits(freed);
    }
}
