//! Appending in a transaction of the store's own, with what is to happen in it.

use std::sync::atomic::Ordering;
use std::time::Duration;

use eventide_core::store::{
    AppendError, AppendRequest, AppendStep, Appended, Appending, StepError, StoreError,
    StoreErrorKind,
};
use futures_util::future::join;
use tokio_postgres::{Client, Error, IsolationLevel, Transaction};

use crate::PostgresStore;
use crate::link::Session;

const APPEND: &str = "append to";

/// For so long the transaction may wait for this process: meanwhile nobody else can append, and the
/// process may have been stopped.
const IDLE: &str = "SET LOCAL idle_in_transaction_session_timeout = '5s'";

impl PostgresStore {
    /// Appends and takes the step. Tried again while the server is away, or somebody in the way, as long as
    /// nothing was committed.
    pub(crate) async fn append_taking(
        &self,
        request: &AppendRequest,
        step: &dyn AppendStep,
    ) -> Result<Appended, AppendError> {
        self.may_write(APPEND)?;
        let mut retry = self.shared().link.retry(APPEND);
        loop {
            let turn = retry.turn().await?;
            let mut held = Held(None);
            let session = held.0.insert(retry.session().await?);
            let tried = self.try_taking(session, request, step).await;
            drop(turn);
            match tried {
                Ok(appended) => {
                    held.give_back();
                    self.count(&appended);
                    return Ok(appended);
                }
                Err(error) => {
                    let again = held.let_go(&error);
                    if !again || !retry.rest().await {
                        return Err(error);
                    }
                }
            }
        }
    }

    async fn try_taking(
        &self,
        session: &mut Session,
        request: &AppendRequest,
        step: &dyn AppendStep,
    ) -> Result<Appended, AppendError> {
        let patience = session.answer_timeout;
        let transaction = self.begin(session, patience).await?;
        let limit = transaction.batch_execute(IDLE);
        // Both are sent at once.
        let (limited, pending) = join(limit, self.append_in(&transaction, request.clone())).await;
        let pending = pending?;
        limited.map_err(|source| self.failed(source))?;
        let appended = pending.appended().clone();
        let appending = Appending::new(request, &appended);
        if !appending.events.is_empty() {
            let inside = self.read_side().inside(&transaction);
            inside.take(step, appending).await?;
        }
        self.commit(transaction, &[pending]).await?;
        Ok(appended)
    }

    async fn begin<'s>(
        &self,
        session: &'s mut Session,
        patience: Duration,
    ) -> Result<Transaction<'s>, StoreError> {
        let client: &mut Client = &mut session.client;
        let begin = client
            .build_transaction()
            .isolation_level(IsolationLevel::ReadCommitted)
            .start();
        match tokio::time::timeout(patience, begin).await {
            Ok(answer) => answer.map_err(|source| self.failed(source)),
            Err(_) => Err(self.shared().place.silent(APPEND)),
        }
    }

    fn failed(&self, source: Error) -> StoreError {
        self.shared().place.failed(APPEND, source)
    }

    fn count(&self, appended: &Appended) {
        let counters = &self.shared().appender.counters;
        let events = appended
            .streams
            .iter()
            .map(|part| part.positions.len() as u64);
        counters.commits.fetch_add(1, Ordering::Relaxed);
        counters.appends.fetch_add(1, Ordering::Relaxed);
        counters.events.fetch_add(events.sum(), Ordering::Relaxed);
    }
}

/// A connection with a transaction on it. If the caller goes away before its end, it is given up: what was
/// asked on it may wait for the log's lock, and whoever had the connection next would wait behind it.
struct Held(Option<Session>);

impl Held {
    /// For others to use.
    fn give_back(mut self) {
        drop(self.0.take());
    }

    /// After an error, by which nothing was committed; whether there is a point in another try.
    fn let_go(mut self, error: &AppendError) -> bool {
        let (AppendError::Store(error) | AppendError::Step(StepError::Store(error))) = error else {
            self.give_back();
            return false;
        };
        match error.kind() {
            // What it still does nobody knows; another one is better.
            StoreErrorKind::Unavailable => true,
            StoreErrorKind::Unknown => false,
            StoreErrorKind::ReadOnly => {
                self.0.take().into_iter().for_each(Session::leave);
                true
            }
            kind => {
                self.give_back();
                kind == StoreErrorKind::Locked
            }
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(session) = self.0.take() {
            session.disconnect();
        }
    }
}
