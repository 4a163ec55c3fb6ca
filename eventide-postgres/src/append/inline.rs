//! Appending in a transaction of the store's own, with what is to happen in it.

use std::time::Duration;

use eventide_core::store::{
    AppendError, AppendRequest, AppendStep, Appended, Appending, StoreError, StoreErrorKind,
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
    /// Appends and takes the step. Tried again while the server is away, as long as nothing was committed.
    pub(crate) async fn append_taking(
        &self,
        request: &AppendRequest,
        step: &dyn AppendStep,
    ) -> Result<Appended, AppendError> {
        self.may_write(APPEND)?;
        let mut retry = self.shared().link.retry(APPEND);
        loop {
            let mut session = retry.session().await?;
            let tried = self.try_taking(&mut session, request, step).await;
            match tried {
                Err(AppendError::Store(error)) => {
                    // What it still does nobody knows; another one is better.
                    session.disconnect();
                    let again = error.kind() == StoreErrorKind::Unavailable;
                    if !again || !retry.rest().await {
                        return Err(error.into());
                    }
                }
                done => return done,
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
}
