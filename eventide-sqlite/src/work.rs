//! What the writer is asked to do, and how the answers get back.

use std::time::Duration;

use eventide_core::StreamId;
use eventide_core::snapshot::Snapshot;
use eventide_core::store::{AppendError, AppendRequest, Appended, StoreError};
use tokio::sync::oneshot;

use crate::row::JsonParts;

/// One thing to write. Each is judged by itself, whatever shares its transaction.
#[derive(Debug)]
pub(crate) enum Work {
    /// The request, its events' tags without repeats, and the JSON parts of its events in order.
    Append(AppendRequest, Vec<JsonParts>),
    SaveSnapshot(Snapshot),
    DeleteSnapshot(StreamId),
    /// The last thing ever asked.
    Close,
}

impl Work {
    /// For messages: what was attempted.
    pub(crate) fn attempt(&self) -> &'static str {
        match self {
            Self::Append(..) => "append to",
            Self::SaveSnapshot(_) | Self::DeleteSnapshot(_) => "change a snapshot in",
            Self::Close => "close",
        }
    }
}

/// What became of it.
#[derive(Debug)]
pub(crate) enum Done {
    Appended(Appended),
    Kept,
}

pub(crate) type Answer = Result<Done, AppendError>;
pub(crate) type Reply = oneshot::Sender<Answer>;

/// What is written in one transaction, and who is told.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) work: Vec<Work>,
    replies: Vec<Reply>,
}

impl Batch {
    pub(crate) fn push(&mut self, (work, reply): (Work, Reply)) {
        self.work.push(work);
        self.replies.push(reply);
    }

    pub(crate) fn len(&self) -> usize {
        self.work.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.work.is_empty()
    }

    /// Takes out the last piece if it asks to close.
    pub(crate) fn split_close(&mut self) -> Option<Self> {
        if !matches!(self.work.last(), Some(Work::Close)) {
            return None;
        }
        self.work.pop();
        Some(Self {
            work: vec![Work::Close],
            replies: self.replies.pop().into_iter().collect(),
        })
    }

    /// Tells everybody that nothing was done.
    pub(crate) fn refuse(self, error: impl Fn() -> StoreError) {
        let answers = self.work.iter().map(|_| Err(error().into())).collect();
        drop(self.answer(answers, None));
    }

    /// Pairs the answers, one for each piece of work, with those who wait for them.
    pub(crate) fn answer(self, answers: Vec<Answer>, commit: Option<Duration>) -> Answered {
        Answered {
            commit,
            answers: self.replies.into_iter().zip(answers).collect(),
            _work: self.work,
        }
    }
}

/// Answers on their way. Whoever drops them delivers them, so that none gets lost with a runtime.
#[derive(Debug)]
pub(crate) struct Answered {
    commit: Option<Duration>,
    answers: Vec<(Reply, Answer)>,
    /// Done with. Freed after the answers are delivered, where nobody waits for it.
    _work: Vec<Work>,
}

impl Answered {
    pub(crate) fn len(&self) -> usize {
        self.answers.len()
    }

    /// How long it took to make it durable; `None` if it was not written in one go.
    pub(crate) fn commit(&self) -> Option<Duration> {
        self.commit
    }
}

impl Drop for Answered {
    fn drop(&mut self) {
        for (reply, answer) in self.answers.drain(..) {
            // A caller that went away does not want its answer.
            let _ = reply.send(answer);
        }
    }
}
