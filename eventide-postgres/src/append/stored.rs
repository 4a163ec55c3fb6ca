//! What became of a request whose answer was lost: found by its own event and command ids.

use std::collections::HashMap;

use eventide_core::store::{Appended, AppendedStream, ExpectedVersion, StreamAppend};
use eventide_core::{Position, Version};
use jiff::Timestamp;
use tokio_postgres::types::Type;
use uuid::Uuid;

use super::item::Item;
use crate::link::Rows;
use crate::row::ReadError;
use crate::sql::{Schema, Sql};
use crate::stream;
use crate::value::Micros;

#[derive(Debug)]
pub(crate) struct Statements {
    events: Sql,
    commands: Sql,
}

impl Statements {
    pub(crate) fn new(schema: &Schema) -> Self {
        Self {
            events: schema.sql(
                "SELECT event_id, aggregate_type, aggregate_id, version, recorded_at, position \
                 FROM @schema@.events WHERE event_id = ANY ($1)",
                [Type::UUID_ARRAY],
            ),
            commands: schema.sql(
                "SELECT command_id, aggregate_type, aggregate_id, after_version + events, \
                 recorded_at, position FROM @schema@.commands WHERE command_id = ANY ($1)",
                [Type::UUID_ARRAY],
            ),
        }
    }

    /// All of them, each with the index it goes along.
    #[cfg(test)]
    pub(crate) fn all(&self) -> Vec<(Sql, &'static str)> {
        vec![
            (self.events.clone(), "events_id"),
            (self.commands.clone(), "commands_id"),
        ]
    }

    /// What is stored of `item`, if it is: all of it, because an append is atomic. Of a request
    /// with neither events nor commands nothing is ever stored.
    pub(crate) async fn find(
        &self,
        session: &impl Rows,
        streams: &stream::Statements,
        item: &Item,
    ) -> Result<Option<Appended>, ReadError> {
        let events = item.events().map(|event| *event.id.as_uuid()).collect();
        let commands = item.commands().map(|id| *id.as_uuid()).collect();
        let events = Found::look(session, &self.events, events).await?;
        // The versions of streams whose commands caused nothing stand with those.
        let commands = Found::look(session, &self.commands, commands).await?;
        let mut appended = Vec::with_capacity(item.request.streams.len());
        let mut recorded_at = None;
        for part in &item.request.streams {
            let ids = part.events.iter().map(|event| *event.id.as_uuid());
            let Some(stored) = events.all(part, ids) else {
                return Ok(None);
            };
            let ids = part.commands.iter().map(|mark| *mark.id.as_uuid());
            let Some(handled) = commands.all(part, ids) else {
                return Ok(None);
            };
            let last = stored.last().or(handled.last());
            recorded_at = last.map(|last| last.recorded_at).or(recorded_at);
            let version = match (last, part.expected) {
                (Some(last), _) => last.version,
                (None, ExpectedVersion::Exact(version)) => version,
                (None, ExpectedVersion::Any) => streams.version(session, &part.stream).await?,
            };
            appended.push(AppendedStream {
                stream: part.stream.clone(),
                version,
                positions: stored.iter().filter_map(|stored| stored.position).collect(),
            });
        }
        Ok(recorded_at.map(|recorded_at| Appended {
            streams: appended,
            recorded_at,
        }))
    }
}

/// Events or commands, by their ids.
struct Found(HashMap<Uuid, Stored>);

/// Where an event or a command stands.
struct Stored {
    stream: (String, String),
    /// Of its stream, after it.
    version: Version,
    recorded_at: Timestamp,
    position: Option<Position>,
}

impl Found {
    async fn look(session: &impl Rows, sql: &Sql, ids: Vec<Uuid>) -> Result<Self, ReadError> {
        let mut found = HashMap::with_capacity(ids.len());
        if ids.is_empty() {
            return Ok(Self(found));
        }
        for row in session.rows(sql, &[&ids]).await? {
            let version: i64 = row.try_get(3)?;
            let recorded_at: Option<Micros> = row.try_get(4)?;
            let position: Option<i64> = row.try_get(5)?;
            let stored = Stored {
                stream: (row.try_get(1)?, row.try_get(2)?),
                version: Version::new(version.unsigned_abs()),
                // A command that came by a copy of another store was not recorded lately.
                recorded_at: recorded_at
                    .and_then(|at| at.timestamp().ok())
                    .unwrap_or(Timestamp::MIN),
                position: position.map(|position| Position::from_raw(position.unsigned_abs())),
            };
            found.insert(row.try_get(0)?, stored);
        }
        Ok(Self(found))
    }

    /// Those of `ids`, if all are there and of the stream of `part`.
    fn all(&self, part: &StreamAppend, ids: impl Iterator<Item = Uuid>) -> Option<Vec<&Stored>> {
        let of_stream = |stored: &&Stored| {
            stored.stream.0 == part.stream.aggregate_type()
                && stored.stream.1 == part.stream.aggregate_id()
        };
        ids.map(|id| self.0.get(&id).filter(of_stream)).collect()
    }
}
