//! Appending inside a transaction of the caller's, together with what else it writes.

use std::ops::{Deref, DerefMut};

use eventide_core::Version;
use eventide_core::store::{AppendError, AppendRequest, Appended, StoreError};
use tokio_postgres::{Client, Error, Transaction};

use super::appender::Appender;
use super::call::Call;
use super::item::Item;
use super::memory::{Judging, Memory};
use super::verdict::Answered;
use crate::PostgresStore;
use crate::commands;
use crate::error::{gave_way, lost_in_transit, not_unique};
use crate::link::{Retry, Rows, patiently};
use crate::row::ReadError;
use crate::store::Shared;

/// A connection of a store's own, given back when it is dropped; made by
/// [`PostgresStore::connection`].
#[derive(Debug)]
pub struct Connection(deadpool_postgres::Client);

impl Deref for Connection {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.0
    }
}

impl DerefMut for Connection {
    fn deref_mut(&mut self) -> &mut Client {
        &mut self.0
    }
}

/// An append that is written and not committed yet.
///
/// Nothing it holds is durable or visible to anybody else before
/// [`PostgresStore::commit`] returns.
#[derive(Debug)]
#[must_use = "give it to `PostgresStore::commit`"]
pub struct Pending {
    appended: Appended,
    item: Item,
}

impl Pending {
    /// What will have been appended, once it is committed.
    pub fn appended(&self) -> &Appended {
        &self.appended
    }
}

impl PostgresStore {
    /// A connection of the store's own, to begin a transaction on. Give it back soon: the store has
    /// only so many.
    ///
    /// # Errors
    /// The server cannot be reached, or no connection became free in time.
    pub async fn connection(&self) -> Result<Connection, StoreError> {
        let mut retry = self.shared().link.retry("connect to");
        Ok(Connection(retry.session().await?.client))
    }

    /// Appends inside `transaction`, so that the events are committed with what else it writes, or
    /// not at all. Finish with [`commit`](Self::commit).
    ///
    /// Do it last: from here to the end of the transaction nobody else appends to this log. It
    /// needs the isolation `READ COMMITTED`; at a higher one it conflicts with whatever was
    /// appended since the transaction began.
    ///
    /// ```no_run
    /// # use eventide_core::store::AppendRequest;
    /// # async fn doc(store: eventide_postgres::PostgresStore, request: AppendRequest)
    /// # -> Result<(), Box<dyn std::error::Error>> {
    /// let mut connection = store.connection().await?;
    /// let transaction = connection.transaction().await?;
    /// transaction.execute("INSERT INTO parcels DEFAULT VALUES", &[]).await?;
    /// let pending = store.append_in(&transaction, request).await?;
    /// store.commit(transaction, &[pending]).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`append`](eventide_core::store::EventStore::append). A serialisation failure, a
    /// deadlock or a version that was taken meanwhile is a [`Conflict`](AppendError::Conflict);
    /// the transaction must then be rolled back and done again.
    pub async fn append_in(
        &self,
        transaction: &Transaction<'_>,
        request: AppendRequest,
    ) -> Result<Pending, AppendError> {
        let shared = self.shared();
        let item = Item::new(request, &shared.place)?;
        self.may_write("append to")?;
        let writer = &shared.appender;
        let items = [&item];
        // What is committed is not known before it is: every shape is noted.
        let (head, nothing) = (writer.known_head(), Memory::default());
        let call = Call::new(
            &items,
            writer.now(),
            head,
            &nothing,
            Judging::ByLooking,
            writer.payload,
        );
        let params = call.params();
        let rows = transaction.rows(writer.statement(), &params);
        let rows = match shared.link.in_time(rows).await {
            Some(Ok(rows)) => rows,
            Some(Err(source)) => return Err(writer.refused(&item, source).await),
            None => return Err(shared.place.silent("append to").into()),
        };
        let answered = Answered::of_row(&shared.place, rows.first())?;
        let Some(judged) = answered.judge(&items).pop() else {
            return Err(shared.place.unknown("append to", None).into());
        };
        if !judged.stands {
            let ids: Vec<_> = item.commands().collect();
            let found = commands::find(transaction, &shared.place, &shared.commands, &ids).await;
            let handled = found.map_err(|error| match error {
                ReadError::Store(error) => error,
                ReadError::Failed(source) => shared.place.failed("read", source),
            })?;
            return Err(judged.refusal(handled));
        }
        Ok(Pending {
            appended: judged.appended(),
            item,
        })
    }

    /// Commits a transaction in which all of `pending` was appended, and nothing of it rolled back to
    /// a savepoint. It must be the outermost one: the commit of a savepoint makes nothing durable.
    ///
    /// A transaction that a failed statement has spoilt is an error, whose COMMIT PostgreSQL would
    /// take and roll back. So one round trip more than a COMMIT alone.
    ///
    /// If the connection is lost on the way, it is found out whether the commit took place: the
    /// log's lock is free only once the transaction has ended, one way or the other.
    ///
    /// # Errors
    /// [`Conflict`](AppendError::Conflict) if the database had to give up the transaction because of
    /// another; [`Store`](AppendError::Store) for anything else. Nothing is committed then, unless
    /// it is of kind [`Unknown`](eventide_core::store::StoreErrorKind::Unknown).
    pub async fn commit(
        &self,
        transaction: Transaction<'_>,
        pending: &[Pending],
    ) -> Result<(), AppendError> {
        let Shared {
            appender,
            link,
            place,
            ..
        } = self.shared();
        let commit = async {
            // One that a failed statement has spoilt is rolled back, and its COMMIT no error.
            transaction.batch_execute("SELECT").await?;
            transaction.commit().await
        };
        let failed = match link.in_time(commit).await {
            Some(Ok(())) => {
                appender.all_committed(pending);
                return Ok(());
            }
            Some(Err(source)) if !lost_in_transit(&source) => {
                return Err(match pending.first() {
                    Some(first) => appender.refused(&first.item, source).await,
                    None => place.failed("commit to", source).into(),
                });
            }
            Some(Err(source)) => place.failed("commit to", source),
            None => place.silent("commit to"),
        };
        let Some(traced) = pending.iter().find(|pending| pending.item.leaves_a_trace()) else {
            return Err(place.unknown("commit to", None).with_source(failed).into());
        };
        if appender
            .came_through(&traced.item, &mut link.beside().retry("commit to"))
            .await?
        {
            appender.all_committed(pending);
            return Ok(());
        }
        Err(failed.into())
    }
}

impl Appender {
    fn all_committed(&self, pending: &[Pending]) {
        for Pending { appended, item } in pending {
            self.committed(item, appended);
        }
    }

    /// What a failed statement means for `item`: a race that was lost is a conflict.
    async fn refused(&self, item: &Item, source: Error) -> AppendError {
        match not_unique(&source) {
            Some("events_position" | "events_version") => {}
            Some("commands_id") => match self.handled(item).await {
                Ok(handled) if !handled.is_empty() => return AppendError::AlreadyHandled(handled),
                Ok(_) => {}
                Err(error) => return error.into(),
            },
            _ if gave_way(&source) => {}
            _ => return self.place().failed("append to", source).into(),
        }
        let Some(part) = item.request.streams.first() else {
            return self.place().failed("append to", source).into();
        };
        match self.version(&part.stream).await {
            Ok(actual) => AppendError::conflict(part.stream.clone(), part.expected, actual),
            Err(error) => error.into(),
        }
    }

    async fn handled(
        &self,
        item: &Item,
    ) -> Result<Vec<eventide_core::store::HandledCommand>, StoreError> {
        let ids: Vec<_> = item.commands().collect();
        self.find_handled(&ids, &mut self.link().beside().retry("read"))
            .await
    }

    async fn version(&self, stream: &eventide_core::StreamId) -> Result<Version, StoreError> {
        let link = self.link().beside();
        patiently!(&mut link.retry("read"), |session| {
            self.streams().version(&session, stream)
        })
    }

    /// Whether the transaction that appended `item` was committed. Waits until it has ended.
    async fn came_through(&self, item: &Item, retry: &mut Retry<'_>) -> Result<bool, StoreError> {
        let mut last = None;
        loop {
            let Ok(mut session) = retry.session().await else {
                return Err(self.place().unknown("commit to", last));
            };
            let look = async {
                let client: &mut Client = &mut session.client;
                let transaction = client.transaction().await?;
                transaction.rows(self.lock(), &[]).await?;
                let stored = self.find_stored(&transaction, item).await?.is_some();
                if stored {
                    transaction.rows(self.settle(), &[]).await?;
                }
                transaction.commit().await?;
                Ok(stored)
            };
            match self.link().in_time(look).await {
                Some(Ok(stored)) => return Ok(stored),
                Some(Err(ReadError::Store(error))) => return Err(error),
                Some(Err(ReadError::Failed(source))) => last = Some(source),
                None => session.leave(),
            }
            if !retry.rest().await {
                return Err(self.place().unknown("commit to", last));
            }
        }
    }
}
