//! The SQL of appending: judge a request, and write it if it stands.

use std::sync::Arc;

use eventide_core::store::{
    AppendError, AppendRequest, Appended, AppendedStream, CommandMark, ExpectedVersion,
    HandledCommand, StreamAppend,
};
use eventide_core::time::Clock;
use eventide_core::{NewEvent, Position, StreamId, Version};
use jiff::Timestamp;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, Error, OptionalExtension, Statement, params};

use crate::commands;
use crate::row::{JsonParts, signed};
use crate::schema_versions::Notes;

/// How what is asked is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Judging {
    /// By the constraints and triggers of the tables, while it is written: one that does not stand
    /// fails the whole transaction. Most requests stand, and most looks would be in vain.
    ByWriting,
    /// By looking first: each gets its own verdict.
    ByLooking,
}

/// A request's own verdict, or a failure of the whole transaction.
type Judged = Result<Result<Appended, AppendError>, Error>;

/// Appends within a transaction that the caller begins and ends.
#[derive(Debug)]
pub(crate) struct Appender<'conn> {
    clock: Arc<dyn Clock>,
    /// The last position, and when it was recorded, as this transaction sees it.
    position: i64,
    recorded_at: i64,
    last: Statement<'conn>,
    version: Statement<'conn>,
    command: Statement<'conn>,
    insert_event: Statement<'conn>,
    insert_tag: Statement<'conn>,
    insert_command: Statement<'conn>,
    notes: Notes<'conn>,
}

impl<'conn> Appender<'conn> {
    pub(crate) fn new(conn: &'conn Connection, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        Ok(Self {
            clock,
            position: 0,
            recorded_at: i64::MIN,
            last: conn.prepare(LAST)?,
            version: conn.prepare(VERSION)?,
            command: conn.prepare(commands::SELECT)?,
            insert_event: conn.prepare(INSERT_EVENT)?,
            insert_tag: conn.prepare(INSERT_TAG)?,
            insert_command: conn.prepare(INSERT_COMMAND)?,
            notes: Notes::new(conn)?,
        })
    }

    /// To be called first in every transaction: another process may have appended since the last.
    pub(crate) fn catch_up(&mut self) -> Result<(), Error> {
        let (position, recorded_at) = self
            .last
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?
            .unwrap_or((0, i64::MIN));
        self.position = position;
        self.recorded_at = self.clock.now().as_microsecond().max(recorded_at);
        self.notes.begin();
        Ok(())
    }

    /// To be called when the transaction is committed.
    pub(crate) fn committed(&mut self) {
        self.notes.commit();
    }

    /// Appends `request` unless its commands are known or its versions stale. By looking, it writes
    /// nothing before all of it is judged.
    pub(crate) fn append(
        &mut self,
        request: &AppendRequest,
        json: &[JsonParts],
        judging: Judging,
    ) -> Judged {
        let looking = judging == Judging::ByLooking;
        if looking {
            let handled = self.handled(request)?;
            if !handled.is_empty() {
                return Ok(Err(AppendError::AlreadyHandled(handled)));
            }
        }
        let mut versions = Vec::with_capacity(request.streams.len());
        for part in &request.streams {
            if let (false, ExpectedVersion::Exact(expected), [_, ..]) =
                (looking, part.expected, &*part.events)
            {
                versions.push(expected);
                continue;
            }
            let actual = version(&mut self.version, &part.stream)?;
            if !part.expected.matches(actual) {
                // Before anything is written the tables cannot have told of a known command.
                let handled = if looking {
                    Vec::new()
                } else {
                    self.handled(request)?
                };
                if !handled.is_empty() {
                    return Ok(Err(AppendError::AlreadyHandled(handled)));
                }
                let stream = part.stream.clone();
                return Ok(Err(AppendError::conflict(stream, part.expected, actual)));
            }
            versions.push(actual);
        }
        let recorded_at = timestamp(self.recorded_at)?;
        let mut json = json.iter();
        let mut streams = Vec::with_capacity(versions.len());
        for (part, after) in request.streams.iter().zip(versions) {
            let mut positions = Vec::with_capacity(part.events.len());
            let mut version = after;
            for (event, json) in part.events.iter().zip(&mut json) {
                version = version.next();
                self.insert(&part.stream, version, event, json)?;
                positions.push(Position::from_raw(self.position.unsigned_abs()));
            }
            self.remember(part, after, &positions)?;
            streams.push(AppendedStream {
                stream: part.stream.clone(),
                version,
                positions,
            });
        }
        Ok(Ok(Appended {
            streams,
            recorded_at,
        }))
    }

    fn handled(&mut self, request: &AppendRequest) -> Result<Vec<HandledCommand>, Error> {
        let mut handled = Vec::new();
        for mark in request.streams.iter().flat_map(|part| &part.commands) {
            handled.extend(commands::find(&mut self.command, mark.id)?);
        }
        Ok(handled)
    }

    fn insert(
        &mut self,
        stream: &StreamId,
        version: Version,
        event: &NewEvent,
        json: &JsonParts,
    ) -> Result<(), Error> {
        self.position = self.position.saturating_add(1);
        self.insert_event.execute(params![
            self.position,
            stream.aggregate_type(),
            stream.aggregate_id(),
            signed(version.get()),
            event.id.as_uuid().as_bytes().as_slice(),
            &*event.event_type,
            event.schema_version.get(),
            readable(&event.payload),
            self.recorded_at,
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
            self.insert_tag
                .execute(params![tag.as_str(), self.position])?;
        }
        self.notes
            .note(stream, &event.event_type, event.schema_version)
    }

    fn remember(
        &mut self,
        part: &StreamAppend,
        mut after: Version,
        mut positions: &[Position],
    ) -> Result<(), Error> {
        for CommandMark { id, events } in &part.commands {
            let (own, rest) = positions.split_at_checked(*events).unwrap_or_default();
            self.insert_command.execute(params![
                id.as_uuid().as_bytes().as_slice(),
                part.stream.aggregate_type(),
                part.stream.aggregate_id(),
                signed(after.get()),
                signed(own.len() as u64),
                own.last().map(|last| signed(last.as_raw())),
            ])?;
            after = after.plus(own.len() as u64);
            positions = rest;
        }
        Ok(())
    }
}

pub(crate) const INSERT_EVENT: &str = "INSERT INTO events (position, aggregate_type, \
     aggregate_id, version, event_id, event_type, schema_version, payload, recorded_at, \
     correlation_id, causation_id, metadata, tags) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
pub(crate) const INSERT_TAG: &str = "INSERT INTO event_tags (tag, position) VALUES (?1, ?2)";
pub(crate) const INSERT_COMMAND: &str = "INSERT INTO commands (command_id, aggregate_type, \
     aggregate_id, after_version, events, position) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

/// The last position, and when it was recorded.
pub(crate) const LAST: &str =
    "SELECT position, recorded_at FROM events ORDER BY position DESC LIMIT 1";

/// The version of a stream; NULL if it has no event.
pub(crate) const VERSION: &str =
    "SELECT max(version) FROM events WHERE aggregate_type = ?1 AND aggregate_id = ?2";

/// Runs [`VERSION`].
pub(crate) fn version(statement: &mut Statement<'_>, stream: &StreamId) -> Result<Version, Error> {
    let last: Option<i64> = statement
        .query_row([stream.aggregate_type(), stream.aggregate_id()], |row| {
            row.get(0)
        })?;
    Ok(Version::new(last.unwrap_or_default().unsigned_abs()))
}

/// JSON as text, which a person can read in the database's shell; anything else as it is.
pub(crate) fn readable(payload: &[u8]) -> ToSqlOutput<'_> {
    ToSqlOutput::Borrowed(match std::str::from_utf8(payload) {
        Ok(_) => ValueRef::Text(payload),
        Err(_) => ValueRef::Blob(payload),
    })
}

pub(crate) fn timestamp(microsecond: i64) -> Result<Timestamp, Error> {
    Timestamp::from_microsecond(microsecond)
        .map_err(|_| Error::IntegralValueOutOfRange(1, microsecond))
}
