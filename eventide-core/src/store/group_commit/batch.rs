//! A batch on its way to the writer, and its answers on their way back.

use std::mem;
use std::time::Duration;

use tokio::sync::oneshot;

/// So many answers are delivered one after another.
const DELIVERED_TOGETHER: usize = 32;

/// What is written together, and who waits for it.
#[derive(Debug)]
pub struct Batch<W, A> {
    work: Vec<W>,
    replies: Vec<oneshot::Sender<A>>,
    weight: u64,
}

impl<W, A> Default for Batch<W, A> {
    fn default() -> Self {
        Self {
            work: Vec::new(),
            replies: Vec::new(),
            weight: 0,
        }
    }
}

impl<W, A> Batch<W, A> {
    pub(super) fn push(&mut self, work: W, reply: oneshot::Sender<A>, weight: u32) {
        self.work.push(work);
        self.replies.push(reply);
        self.weight = self.weight.saturating_add(u64::from(weight));
    }

    pub(super) fn weight(&self) -> u64 {
        self.weight
    }

    /// What is to be written, in the order it was asked.
    pub fn work(&self) -> &[W] {
        &self.work
    }

    /// How many pieces of work it holds.
    pub fn len(&self) -> usize {
        self.work.len()
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.work.is_empty()
    }

    /// Takes out the last piece, if `wanted` says so.
    #[must_use]
    pub fn split_last(&mut self, wanted: impl FnOnce(&W) -> bool) -> Option<Self> {
        if !self.work.last().is_some_and(wanted) {
            return None;
        }
        Some(Self {
            work: self.work.pop().into_iter().collect(),
            replies: self.replies.pop().into_iter().collect(),
            weight: 0,
        })
    }

    /// Answers each piece of work by itself, when nothing was written together.
    #[must_use = "the answers are delivered when they are dropped"]
    pub fn answer_each(self, answer: impl FnMut(&W) -> A) -> Answered<W, A> {
        let answers = self.work.iter().map(answer).collect();
        self.answer(answers, None)
    }

    /// Pairs the answers, one for each piece of work, with those who wait for them. `commit` is
    /// what a commit takes by itself, as far as it is known: so much longer it takes to write the same
    /// in two batches.
    #[must_use = "the answers are delivered when they are dropped"]
    pub fn answer(self, answers: Vec<A>, commit: Option<Duration>) -> Answered<W, A> {
        Answered {
            commit,
            answers: self.replies.into_iter().zip(answers).collect(),
            work: self.work,
        }
    }
}

/// Answers on their way. Whoever drops them delivers them, so that none gets lost with a runtime.
#[derive(Debug)]
pub struct Answered<W, A> {
    commit: Option<Duration>,
    answers: Vec<(oneshot::Sender<A>, A)>,
    /// Done with. Freed after the answers are delivered, where nobody waits for it.
    work: Vec<W>,
}

impl<W, A> Answered<W, A> {
    pub(super) fn len(&self) -> usize {
        self.answers.len()
    }

    pub(super) fn commit(&self) -> Option<Duration> {
        self.commit
    }

    /// Takes the first answers off, if there are many.
    pub(super) fn split_first(&mut self) -> Option<Self> {
        if self.answers.len() <= DELIVERED_TOGETHER {
            return None;
        }
        let answers = self.answers.split_off(DELIVERED_TOGETHER);
        let work = self.work.split_off(DELIVERED_TOGETHER.min(self.work.len()));
        Some(Self {
            commit: self.commit,
            answers: mem::replace(&mut self.answers, answers),
            work: mem::replace(&mut self.work, work),
        })
    }
}

impl<W, A> Drop for Answered<W, A> {
    fn drop(&mut self) {
        for (reply, answer) in self.answers.drain(..) {
            // A caller that went away does not want its answer.
            let _ = reply.send(answer);
        }
    }
}
