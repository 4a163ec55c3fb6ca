//! One step of a partition with what a projection writes in it.

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use eventide_core::projection::{self, Attempt, AttemptError, Target, TransactionStore};
use eventide_core::store::{Advance, EventStore, StoreError, StoreErrorKind};
use eventide_core::{BoxError, LogId};
use futures_util::future::BoxFuture;
use tokio::time::timeout;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Error, IsolationLevel, Transaction};

use super::ReadSide;
use super::advance::ADVANCE;
use super::lease::lost;
use crate::PostgresStore;
use crate::error::{gave_way, lost_in_transit};
use crate::link::Session;
use crate::whole::{Statement, Trouble};

/// The target of a projection that writes to tables in the store's database, in the transaction that
/// moves its checkpoint: its handlers take a `&tokio_postgres::Transaction<'_>`.
///
/// The transaction has the isolation `READ COMMITTED`, and ends by itself: a handler begins and
/// commits none. The server ends one in which nothing happens for a minute.
#[derive(Debug, Clone, Copy)]
pub enum Postgres {}

impl Target for Postgres {
    type Tx<'t> = Transaction<'t>;
    type Handling<'a> = BoxFuture<'a, Result<(), BoxError>>;
}

#[async_trait]
impl TransactionStore<Postgres> for PostgresStore {
    async fn log_id(&self) -> Result<Option<LogId>, StoreError> {
        EventStore::log_id(self).await.map(Some)
    }

    async fn advance_with(
        &self,
        advance: &Advance,
        attempt: Arc<dyn Attempt<Postgres>>,
    ) -> Result<(), AttemptError> {
        self.may_write(ADVANCE)?;
        self.read_side().advance_with(advance, &*attempt).await
    }
}

/// How long the transaction may wait for a handler that does nothing in it.
const IDLE: &str = "SET LOCAL idle_in_transaction_session_timeout = '60s'";

/// What came of one try.
enum Tried {
    Done,
    /// The lease does not count.
    Lost,
    /// A handler failed.
    Failed(BoxError),
    /// The connection or another transaction is to blame, and not the handler.
    InTheWay(BoxError),
    /// Certainly nothing was written.
    Nothing(Trouble),
    /// It may have been written.
    Unknown(Trouble),
}

impl ReadSide {
    async fn advance_with(
        &self,
        step: &Advance,
        attempt: &dyn Attempt<Postgres>,
    ) -> Result<(), AttemptError> {
        let lock = self.lock(step);
        let writes = self.writes(step)?;
        let mut retry = self.link.retry(ADVANCE);
        loop {
            let mut session = retry.session().await?;
            let tried = tried(&mut session, &lock, &writes, attempt).await;
            match tried {
                Tried::Done => return Ok(()),
                Tried::Lost => return Err(lost(&step.lease).into()),
                Tried::Failed(error) => return Err(AttemptError::Failed(error)),
                Tried::InTheWay(source) => {
                    let kind = StoreErrorKind::Unavailable;
                    let why = "a projection's transaction was cut off";
                    let error = self.place().error(kind, ADVANCE, why);
                    return Err(error.with_source(source).into());
                }
                Tried::Nothing(trouble) => {
                    match &trouble {
                        Trouble::Failed(source) => session.leave_if_useless(source),
                        Trouble::Silence => session.leave(),
                    }
                    retry.after(trouble).await?;
                }
                Tried::Unknown(trouble) => {
                    session.disconnect();
                    return Err(self.unanswered(trouble).into());
                }
            }
        }
    }
}

/// The lease first: whoever has lost it does no work. The checkpoint last: a statement after the
/// handlers' tells a transaction that one of them broke, whose commit would be a silent rollback.
async fn tried(
    session: &mut Session,
    lock: &Statement<'_>,
    writes: &[Statement<'_>],
    attempt: &dyn Attempt<Postgres>,
) -> Tried {
    let patience = session.answer_timeout;
    let begin = session
        .client
        .build_transaction()
        .isolation_level(IsolationLevel::ReadCommitted)
        .start();
    let transaction = match timeout(patience, begin).await {
        Ok(Ok(transaction)) => transaction,
        Ok(Err(source)) => return Tried::Nothing(Trouble::Failed(source)),
        Err(_) => return Tried::Nothing(Trouble::Silence),
    };
    // A process that is stopped in the middle must not keep the partition's row for ever.
    if let Err(trouble) = limit_idleness(&transaction, patience).await {
        return Tried::Nothing(trouble);
    }
    match timeout(patience, lock.rows_in(&transaction)).await {
        Ok(Ok(held)) if held.is_empty() => return Tried::Lost,
        Ok(Ok(_)) => {}
        Ok(Err(source)) => return Tried::Nothing(Trouble::Failed(source)),
        Err(_) => return Tried::Nothing(Trouble::Silence),
    }
    if let Err(error) = projection::attempt(attempt, &transaction).await {
        return if is_in_the_way(&*error) {
            Tried::InTheWay(error)
        } else {
            Tried::Failed(error)
        };
    }
    for write in writes {
        match timeout(patience, write.rows_in(&transaction)).await {
            Ok(Ok(_)) => {}
            Ok(Err(source)) if is_aborted(&source) => {
                let why = "a handler went on after a statement of its transaction had failed, and \
                           nothing it wrote can be kept: give the statement's error";
                return Tried::Failed(why.into());
            }
            Ok(Err(source)) => return Tried::Nothing(Trouble::Failed(source)),
            Err(_) => return Tried::Nothing(Trouble::Silence),
        }
    }
    match timeout(patience, transaction.commit()).await {
        Ok(Ok(())) => Tried::Done,
        Ok(Err(source)) if lost_in_transit(&source) => Tried::Unknown(Trouble::Failed(source)),
        // A deferred constraint of the user's own, or a conflict.
        Ok(Err(source)) if gave_way(&source) => Tried::Nothing(Trouble::Failed(source)),
        Ok(Err(source)) => Tried::Failed(source.into()),
        Err(_) => Tried::Unknown(Trouble::Silence),
    }
}

async fn limit_idleness(transaction: &Transaction<'_>, patience: Duration) -> Result<(), Trouble> {
    let limit = transaction.batch_execute(IDLE);
    match timeout(patience, limit).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(source)) => Err(Trouble::Failed(source)),
        Err(_) => Err(Trouble::Silence),
    }
}

/// Whether something below the error is a lost connection, or two transactions in each other's way.
fn is_in_the_way(error: &(dyn StdError + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(source) = error.downcast_ref::<Error>()
            && (lost_in_transit(source) || gave_way(source))
        {
            return true;
        }
        next = error.source();
    }
    false
}

fn is_aborted(source: &Error) -> bool {
    source.code() == Some(&SqlState::IN_FAILED_SQL_TRANSACTION)
}
