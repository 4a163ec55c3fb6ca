//! Copying from and to a file.

use std::sync::Arc;

use async_trait::async_trait;
use eventide_core::store::transfer::{ImportError, TransferStore, check_import};
use eventide_core::store::{HandledCommand, PageSize, StoreError, StoreErrorKind};
use eventide_core::{CommandId, Position, RecordedEvent};
use rusqlite::{
    Connection, OptionalExtension, Statement, Transaction, TransactionBehavior, params,
};

use crate::append::{self, INSERT_COMMAND, INSERT_EVENT, INSERT_TAG, LAST, VERSION};
use crate::error::Place;
use crate::row::{JsonParts, signed};
use crate::schema_versions::Notes;
use crate::{SqliteStore, commands, connect};

/// For messages: what was attempted.
const ATTEMPT: &str = "import into";

#[async_trait]
impl TransferStore for SqliteStore {
    async fn commands_after(
        &self,
        after: Option<CommandId>,
        page: PageSize,
    ) -> Result<Vec<HandledCommand>, StoreError> {
        self.read(move |conn, place| {
            commands::page(conn, after, page.get()).map_err(|source| place.failed("read", source))
        })
        .await
    }

    async fn import_events(
        &self,
        after: Position,
        events: Vec<RecordedEvent>,
    ) -> Result<(), ImportError> {
        self.import(move |conn, place| import_events(conn, place, after, &events))
            .await
    }

    async fn import_commands(&self, commands: Vec<HandledCommand>) -> Result<(), ImportError> {
        self.import(move |conn, place| import_commands(conn, place, &commands))
            .await
    }
}

impl SqliteStore {
    /// Runs `import` in a transaction of its own, on a connection that lives as long: the writer's
    /// batches are no place for pages that take long, and must not fail with them.
    async fn import<F>(&self, import: F) -> Result<(), ImportError>
    where
        F: FnOnce(&Connection, &Place) -> Result<(), ImportError> + Send + 'static,
    {
        let options = self.to_write(ATTEMPT)?;
        // In a reader's turn, so that closing the store waits for it.
        self.read(move |_, place| {
            let conn = connect::writer(place, &options)?;
            Ok(in_transaction(&conn, place, import))
        })
        .await?
    }
}

fn in_transaction(
    conn: &Connection,
    place: &Place,
    import: impl FnOnce(&Connection, &Place) -> Result<(), ImportError>,
) -> Result<(), ImportError> {
    let begin = Transaction::new_unchecked(conn, TransactionBehavior::Immediate);
    let transaction = begin.map_err(|source| place.failed(ATTEMPT, source))?;
    import(&transaction, place)?;
    transaction
        .commit()
        .map_err(|source| place.commit_failed(ATTEMPT, Arc::new(source)).into())
}

fn import_events(
    conn: &Connection,
    place: &Place,
    after: Position,
    events: &[RecordedEvent],
) -> Result<(), ImportError> {
    let failed = |source| place.failed(ATTEMPT, source);
    let firsts = check_import(after, events)?;
    let last: Option<(i64, i64)> = conn
        .query_row(LAST, [], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
        .map_err(failed)?;
    let head = last.map_or(0, |(position, _)| position);
    let head = Position::from_raw(head.unsigned_abs());
    if head != after {
        return Err(ImportError::not_at_end(after, head));
    }
    if let (Some((_, time)), Some(first)) = (last, events.first()) {
        let time = append::timestamp(time).map_err(failed)?;
        if first.recorded_at < time {
            return Err(ImportError::recorded_before(first, time));
        }
    }
    let mut version = conn.prepare(VERSION).map_err(failed)?;
    for first in firsts {
        let actual = append::version(&mut version, &first.stream).map_err(failed)?;
        if first.version != actual.next() {
            let stream = first.stream.clone();
            let expected = actual.next();
            return Err(ImportError::hole(
                first.position,
                stream,
                first.version,
                expected,
            ));
        }
    }
    let mut rows = Rows::of(conn).map_err(failed)?;
    for event in events {
        check_position(event.position)?;
        let json = JsonParts::of_parts(&event.metadata, &event.tags).map_err(|source| {
            let why = "an event's metadata does not become JSON";
            place
                .error(StoreErrorKind::Other, ATTEMPT, why)
                .with_source(source)
        })?;
        rows.insert(event, &json).map_err(failed)?;
    }
    Ok(())
}

fn check_position(position: Position) -> Result<(), ImportError> {
    match i64::try_from(position.as_raw()) {
        Ok(_) => Ok(()),
        Err(_) => Err(ImportError::invalid(
            position,
            "SQLite has no number as high as its position",
        )),
    }
}

/// Writes events to their tables.
struct Rows<'conn> {
    event: Statement<'conn>,
    tag: Statement<'conn>,
    notes: Notes<'conn>,
}

impl<'conn> Rows<'conn> {
    fn of(conn: &'conn Connection) -> Result<Self, rusqlite::Error> {
        Ok(Self {
            event: conn.prepare(INSERT_EVENT)?,
            tag: conn.prepare(INSERT_TAG)?,
            notes: Notes::new(conn)?,
        })
    }

    fn insert(&mut self, event: &RecordedEvent, json: &JsonParts) -> Result<(), rusqlite::Error> {
        let position = signed(event.position.as_raw());
        self.event.execute(params![
            position,
            event.stream.aggregate_type(),
            event.stream.aggregate_id(),
            signed(event.version.get()),
            event.id.as_uuid().as_bytes().as_slice(),
            &*event.event_type,
            event.schema_version.get(),
            append::readable(&event.payload),
            event.recorded_at.as_microsecond(),
            event
                .metadata
                .correlation_id
                .as_uuid()
                .as_bytes()
                .as_slice(),
            event.metadata.causation_id.as_uuid().as_bytes().as_slice(),
            json.metadata,
            json.tags,
        ])?;
        for tag in &event.tags {
            self.tag.execute(params![tag.as_str(), position])?;
        }
        self.notes
            .note(&event.stream, &event.event_type, event.schema_version)
    }
}

fn import_commands(
    conn: &Connection,
    place: &Place,
    commands: &[HandledCommand],
) -> Result<(), ImportError> {
    let failed = |source| place.failed(ATTEMPT, source);
    let mut find = conn.prepare(commands::SELECT).map_err(failed)?;
    let mut insert = conn.prepare(INSERT_COMMAND).map_err(failed)?;
    for given in commands {
        if let Some(position) = given.position {
            check_position(position)?;
        }
        match commands::find(&mut find, given.id).map_err(failed)? {
            Some(known) if known != *given => {
                return Err(ImportError::another_result(known, given.clone()));
            }
            Some(_) => {}
            None => {
                commands::insert(&mut insert, given).map_err(failed)?;
            }
        }
    }
    Ok(())
}
