//! Statements that take effect together: a transaction in as few round trips as its decisions allow.

use eventide_core::store::StoreError;
use futures_util::future::{join, join_all};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Row, Transaction};

use crate::link::{Retry, Rows, Session};
use crate::sql::Sql;

/// A parameter of a statement.
pub(crate) type Param<'a> = Box<dyn ToSql + Sync + Send + 'a>;

/// How many statements are sent before the first answer.
const AT_ONCE: usize = 16;

/// A statement with its parameters.
#[derive(Debug)]
pub(crate) struct Statement<'a> {
    sql: Sql,
    params: Vec<Param<'a>>,
}

impl<'a> Statement<'a> {
    pub(crate) fn new(sql: Sql, params: Vec<Param<'a>>) -> Self {
        Self { sql, params }
    }

    pub(crate) async fn rows(&self, session: &Session) -> Result<Vec<Row>, Error> {
        let params = self.params.iter();
        let params: Vec<&(dyn ToSql + Sync)> = params.map(|it| &**it as _).collect();
        session.rows(&self.sql, &params).await
    }

    /// In a transaction that somebody else writes in as well.
    pub(crate) async fn rows_in(&self, transaction: &Transaction<'_>) -> Result<Vec<Row>, Error> {
        let params = self.params.iter();
        let params: Vec<&(dyn ToSql + Sync)> = params.map(|it| &**it as _).collect();
        transaction.rows(&self.sql, &params).await
    }
}

/// Why a transaction came to nothing.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The server refused, or the connection failed.
    Failed(Error),
    /// Nothing was answered in time.
    Silence,
}

impl Retry<'_> {
    /// Waits before the next try, unless there is no point in one.
    pub(crate) async fn after(&mut self, trouble: Trouble) -> Result<(), StoreError> {
        match trouble {
            Trouble::Failed(source) => self.again(source).await,
            Trouble::Silence => self.silence().await,
        }
    }
}

/// A transaction that was begun. If it is dropped before its end, its connection is given up, and
/// the server rolls it back.
#[derive(Debug)]
pub(crate) struct Whole(Option<Session>);

impl Whole {
    /// Begins one by this statement; both are sent at once.
    pub(crate) async fn begin(
        session: Session,
        first: &Statement<'_>,
    ) -> Result<(Self, Vec<Row>), Trouble> {
        let mut whole = Self(None);
        let session = whole.0.insert(session);
        // The server may be set to another isolation, and a pooler's connections are not ours to set.
        let begin = session
            .client
            .batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED");
        let both = join(begin, first.rows(session));
        match session.in_time(both).await {
            Some((Ok(()), Ok(rows))) => Ok((whole, rows)),
            Some((Err(source), _) | (Ok(()), Err(source))) => Err(whole.failed(source).await),
            None => Err(whole.silent()),
        }
    }

    /// Does the statements in their order; all are sent before the first is answered.
    pub(crate) async fn rows(
        &mut self,
        statements: &[Statement<'_>],
    ) -> Result<Vec<Vec<Row>>, Trouble> {
        let mut answers = Vec::new();
        for statements in statements.chunks(AT_ONCE) {
            let Some(session) = &self.0 else {
                return Err(Trouble::Silence);
            };
            let work = async {
                // What has to be prepared first would be overtaken by what is.
                for statement in statements {
                    session.prepare(&statement.sql).await?;
                }
                let sent = statements.iter().map(|statement| statement.rows(session));
                // So few are begun in their order. After a refusal, the server refuses all that
                // follow: the first one has the reason.
                join_all(sent).await.into_iter().collect()
            };
            let answered: Option<Result<Vec<_>, Error>> = session.in_time(work).await;
            match answered {
                Some(Ok(rows)) => answers.extend(rows),
                Some(Err(source)) => return Err(self.failed(source).await),
                None => return Err(self.silent()),
            }
        }
        Ok(answers)
    }

    /// Does statements without parameters.
    pub(crate) async fn script(&mut self, text: &str) -> Result<(), Trouble> {
        let Some(session) = &self.0 else {
            return Err(Trouble::Silence);
        };
        match session.in_time(session.client.batch_execute(text)).await {
            Some(Ok(())) => Ok(()),
            Some(Err(source)) => Err(self.failed(source).await),
            None => Err(self.silent()),
        }
    }

    /// Makes it durable. Where the connection is lost or nothing is answered, it may be so all the
    /// same.
    pub(crate) async fn commit(mut self) -> Result<(), Trouble> {
        self.script("COMMIT").await?;
        drop(self.0.take());
        Ok(())
    }

    /// Ends it; nothing was done.
    pub(crate) async fn undo(mut self) {
        self.end().await;
    }

    async fn failed(&mut self, source: Error) -> Trouble {
        if let Some(session) = self.end().await {
            session.leave_if_useless(&source);
        }
        Trouble::Failed(source)
    }

    fn silent(&mut self) -> Trouble {
        if let Some(session) = self.0.take() {
            session.leave();
        }
        Trouble::Silence
    }

    /// Rolls it back, and gives the session for others to use; gives it up if that fails.
    async fn end(&mut self) -> Option<Session> {
        let session = self.0.as_ref()?;
        let ended = session
            .in_time(session.client.batch_execute("ROLLBACK"))
            .await;
        let session = self.0.take()?;
        if let Some(Ok(())) = ended {
            return Some(session);
        }
        session.disconnect();
        None
    }
}

impl Drop for Whole {
    fn drop(&mut self) {
        if let Some(session) = self.0.take() {
            session.disconnect();
        }
    }
}
