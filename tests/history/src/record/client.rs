//! A client: appends, and logs what becomes of it.

use eventide_core::store::{AppendError, AppendRequest, Appended, EventStore};

use super::History;
use crate::entry::{Answer, Op, Requested};

/// Appends to a store and tells the history.
#[derive(Debug, Clone)]
pub struct Client<S> {
    store: S,
    history: History,
    number: u32,
}

impl<S: EventStore> Client<S> {
    /// A client of `store`. `number` must be its own among all that write to one history.
    pub fn new(store: S, history: &History, number: u32) -> Self {
        Self {
            store,
            history: history.clone(),
            number,
        }
    }

    /// The store.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// Goes on with another store: the same one, opened anew.
    pub fn reopen(&mut self, store: S) {
        self.store = store;
    }

    /// Appends, and logs it. If the future is dropped midway, the outcome is logged as unknown.
    ///
    /// # Errors
    /// As the store's own `append`.
    pub async fn append(&self, request: AppendRequest) -> Result<Appended, AppendError> {
        let op = self.history.invoked(self.number, Requested::of(&request));
        let mut pending = Pending {
            history: &self.history,
            op: Some(op),
        };
        let result = self.store.append(request).await;
        pending.answered(Answer::of(&result));
        result
    }
}

/// An append without an answer yet.
struct Pending<'a> {
    history: &'a History,
    op: Option<Op>,
}

impl Pending<'_> {
    fn answered(&mut self, answer: Answer) {
        if let Some(op) = self.op.take() {
            self.history.answered(op, answer);
        }
    }
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        self.answered(Answer::Unknown {
            why: "dropped before it was answered".to_owned(),
        });
    }
}
