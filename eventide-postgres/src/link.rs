//! The way to the server: connections from the pool, statements on them, and patience while the
//! server is away.

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Client, Pool, PoolError};
use eventide_core::store::{StoreError, StoreErrorKind};
use futures_util::TryStreamExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Row, RowStream, Transaction};

use crate::connect::{Dialer, Messages};
use crate::error::{Place, is_of_tls, is_transient, kind_of};
use crate::options::{Pooler, PostgresOptions};
use crate::sql::Sql;

/// The first pause before another try, and the longest.
const PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The way to one server.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    pool: Pool,
    spare: Pool,
    dialer: Option<Arc<Dialer>>,
    pub(crate) place: Arc<Place>,
    prepares: bool,
    patience: Duration,
    answer_timeout: Duration,
    turns: Arc<Semaphore>,
}

/// So many at once have a connection to wait for the log's lock with, beside the writer: one that has it,
/// and one that is ready when that is done.
const TURNS: usize = 2;

/// The writer has a connection, and one is left for readers.
const OTHERS: usize = 2;

impl Link {
    pub(crate) fn new(
        [pool, spare]: [Pool; 2],
        dialer: Option<Dialer>,
        options: &PostgresOptions,
        place: &Place,
    ) -> Self {
        let turns = pool.status().max_size.saturating_sub(OTHERS);
        Self {
            pool,
            spare,
            turns: Arc::new(Semaphore::new(turns.clamp(1, TURNS))),
            dialer: dialer.map(Arc::new),
            place: Arc::new(place.clone()),
            prepares: options.pooler == Pooler::None,
            patience: options.patience,
            answer_timeout: options.answer_timeout,
        }
    }

    /// The same way by a connection beside the pool, for whoever holds one of the pool's already:
    /// where all do, there is none to wait for. In a pool of the caller's there is no such.
    pub(crate) fn beside(&self) -> Self {
        Self {
            pool: self.spare.clone(),
            ..self.clone()
        }
    }

    /// The same way, for what another role of the store may do.
    pub(crate) fn for_role(&self, role: &'static str) -> Self {
        let mut place = (*self.place).clone();
        place.role = role;
        Self {
            place: Arc::new(place),
            ..self.clone()
        }
    }

    /// Starts an attempt ("append to", "read") that is patient.
    pub(crate) fn retry(&self, attempt: &'static str) -> Retry<'_> {
        Retry {
            link: self,
            attempt,
            until: Instant::now() + self.patience,
            pause: PAUSE,
        }
    }

    /// The writer's turn to wait for the log's lock on a second connection, if there is one now.
    pub(crate) fn turn_now(&self) -> Option<OwnedSemaphorePermit> {
        if self.pool.status().max_size <= OTHERS {
            return None;
        }
        self.turns.clone().try_acquire_owned().ok()
    }

    /// Does `work`, with an end to the waiting: `None` if it did not come to an end in time.
    pub(crate) async fn in_time<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        timeout(self.answer_timeout, work).await.ok()
    }

    /// Whether what is set on a connection stays there.
    pub(crate) fn keeps_sessions(&self) -> bool {
        self.prepares
    }

    /// Whether connections are ours from the start, with what we set on them.
    pub(crate) fn makes_sessions(&self) -> bool {
        self.prepares && self.dialer.is_some()
    }

    /// A connection to listen on, beside the pool; `None` if the pool is not ours.
    pub(crate) async fn listener(
        &self,
    ) -> Option<Result<(tokio_postgres::Client, Messages), Error>> {
        Some(self.dialer.as_ref()?.dial().await)
    }

    pub(crate) fn close(&self) {
        self.pool.close();
        self.spare.close();
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.pool.is_closed()
    }
}

/// Tries again, after growing pauses, until the patience ends.
#[derive(Debug)]
pub(crate) struct Retry<'a> {
    link: &'a Link,
    attempt: &'static str,
    until: Instant,
    pause: Duration,
}

impl<'a> Retry<'a> {
    /// A connection; waits for the server to come back, or for another task to give one free.
    pub(crate) async fn session(&mut self) -> Result<Session, StoreError> {
        loop {
            let place = &self.link.place;
            let error = match timeout_at(self.until, self.link.pool.get()).await {
                Ok(Ok(client)) => return Ok(Session::new(client, self.link)),
                Ok(Err(PoolError::Closed)) => return Err(place.closed(self.attempt)),
                Ok(Err(PoolError::Backend(source))) => {
                    let failed = |source| place.failed(self.attempt, source);
                    // Until the first byte is answered, any failure may be a server that starts.
                    if is_transient(&source) || source.code().is_none() && !is_hopeless(&source) {
                        failed(source)
                    } else {
                        return Err(failed(source));
                    }
                }
                Ok(Err(source)) => place
                    .error(
                        StoreErrorKind::Unavailable,
                        self.attempt,
                        "no connection was made or became free in time; the server may be slow, or \
                         `connections` too few",
                    )
                    .with_source(source),
                Err(_) => place.error(
                    StoreErrorKind::Unavailable,
                    self.attempt,
                    "no connection became free in time; raise `connections`, or `patience`",
                ),
            };
            if !self.rest().await {
                return Err(error);
            }
        }
    }

    /// One's turn to wait for the log's lock on a connection of the pool. If all did who append, nobody
    /// could read.
    pub(crate) async fn turn(&self) -> Result<SemaphorePermit<'a>, StoreError> {
        match timeout_at(self.until, self.link.turns.acquire()).await {
            Ok(Ok(turn)) => Ok(turn),
            Ok(Err(_)) => Err(self.link.place.closed(self.attempt)),
            Err(_) => Err(self.link.place.error(
                StoreErrorKind::Unavailable,
                self.attempt,
                "others that append were not done in time; raise `patience`",
            )),
        }
    }

    /// After a failed statement: waits before the next try, unless there is no point in one.
    pub(crate) async fn again(&mut self, source: Error) -> Result<(), StoreError> {
        if is_transient(&source) && self.rest().await {
            return Ok(());
        }
        Err(self.link.place.failed(self.attempt, source))
    }

    /// After an answer that did not come in time: waits before the next try, if there is one.
    pub(crate) async fn silence(&mut self) -> Result<(), StoreError> {
        if self.rest().await {
            return Ok(());
        }
        Err(self.link.place.silent(self.attempt))
    }

    /// Waits before the next try; false if the patience has ended.
    pub(crate) async fn rest(&mut self) -> bool {
        // Many clients that were cut off together should not come back together.
        let pause = self.pause.mul_f64(0.5 + fastrand::f64() / 2.0);
        self.pause = LONGEST_PAUSE.min(self.pause * 2);
        if Instant::now() + pause >= self.until || self.link.is_closed() {
            return false;
        }
        sleep(pause).await;
        true
    }
}

/// Whether a connection can never be made this way: authentication, configuration, certificates.
fn is_hopeless(source: &Error) -> bool {
    let text = source.to_string();
    is_of_tls(source) || text.contains("configuration") || text.contains("authentication")
}

/// Does `$work` on a session, again and again until it succeeds or the patience of `$retry` ends.
macro_rules! patiently {
    ($retry:expr, |$session:ident| $work:expr) => {{
        let retry: &mut $crate::link::Retry<'_> = $retry;
        loop {
            let $session = retry.session().await?;
            let work = async { $work.await.map_err($crate::row::ReadError::from) };
            match $session.in_time(work).await {
                Some(Ok(done)) => break Ok(done),
                Some(Err($crate::row::ReadError::Store(error))) => break Err(error),
                Some(Err($crate::row::ReadError::Failed(source))) => {
                    $session.leave_if_useless(&source);
                    retry.again(source).await?;
                }
                None => {
                    $session.leave();
                    retry.silence().await?;
                }
            }
        }
    }};
}
pub(crate) use patiently;

/// A connection for as long as it is needed.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) client: Client,
    prepares: bool,
    pub(crate) answer_timeout: Duration,
}

/// What came of a statement.
#[derive(Debug)]
pub(crate) enum Answer<T> {
    Rows(T),
    /// The server refused, or the connection failed.
    Failed(Error),
    /// Nothing came in time; the connection is not used again.
    Silence,
}

impl Session {
    fn new(client: Client, link: &Link) -> Self {
        Self {
            client,
            prepares: link.prepares,
            answer_timeout: link.answer_timeout,
        }
    }

    /// All rows, with an end to the waiting. Cancelling it does not cancel what was
    /// sent.
    pub(crate) async fn rows_in_time(
        self,
        sql: &Sql,
        params: &[&(dyn ToSql + Sync)],
    ) -> Answer<Vec<Row>> {
        let until = Instant::now() + self.answer_timeout;
        match timeout_at(until, self.rows(sql, params)).await {
            Ok(Ok(rows)) => Answer::Rows(rows),
            Ok(Err(source)) => {
                self.leave_if_useless(&source);
                Answer::Failed(source)
            }
            Err(_) => {
                self.leave();
                Answer::Silence
            }
        }
    }

    /// Does `work` on it, with an end to the waiting: `None` if it did not come to an end in time.
    pub(crate) async fn in_time<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        timeout(self.answer_timeout, work).await.ok()
    }

    /// Gives the connection up, for it may answer much later, or never: nobody else should wait
    /// behind it. Others that were made before it are likely to be no better.
    pub(crate) fn leave(self) {
        if let Some(pool) = Client::pool(&self.client) {
            pool.retain(|_, _| false);
        }
        drop(Client::take(self.client));
    }

    /// Gives the connection up; others may be as good as ever.
    pub(crate) fn disconnect(self) {
        drop(Client::take(self.client));
    }

    /// Gives the connection up if it leads to where nothing can be written: the one that can may be
    /// another by now.
    pub(crate) fn leave_if_useless(self, source: &Error) {
        if kind_of(source) == StoreErrorKind::ReadOnly {
            self.leave();
        }
    }

    /// Sees to it that nothing else has to be sent before the statement can be.
    pub(crate) async fn prepare(&self, sql: &Sql) -> Result<(), Error> {
        if self.prepares {
            let client = &self.client;
            client.prepare_typed_cached(&sql.text, &sql.types).await?;
        }
        Ok(())
    }

    /// Rows as they come.
    pub(crate) async fn stream(
        &self,
        sql: &Sql,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<RowStream, Error> {
        if self.prepares {
            let statement = self
                .client
                .prepare_typed_cached(&sql.text, &sql.types)
                .await?;
            let params = params.iter().copied();
            return self.client.query_raw(&statement, params).await;
        }
        let typed = params.iter().copied().zip(sql.types.iter().cloned());
        self.client.query_typed_raw(&sql.text, typed).await
    }
}

/// What statements run on.
pub(crate) trait Rows {
    /// All rows of a short answer.
    fn rows(
        &self,
        sql: &Sql,
        params: &[&(dyn ToSql + Sync)],
    ) -> impl Future<Output = Result<Vec<Row>, Error>> + Send;
}

impl Rows for Session {
    async fn rows(&self, sql: &Sql, params: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, Error> {
        self.stream(sql, params).await?.try_collect().await
    }
}

/// A transaction of the caller's, whose statements are not ours to prepare.
impl Rows for Transaction<'_> {
    async fn rows(&self, sql: &Sql, params: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, Error> {
        let typed: Vec<_> = params
            .iter()
            .copied()
            .zip(sql.types.iter().cloned())
            .collect();
        self.query_typed(&sql.text, &typed).await
    }
}
