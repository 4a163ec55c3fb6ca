//! The commands that were handled.

use eventide_core::store::HandledCommand;
use eventide_core::{CommandId, Position, StreamId, Version};
use rusqlite::types::Type;
use rusqlite::{Connection, Error, OptionalExtension, Row, Statement, params};

use crate::row::{Wrong, signed, unsigned, uuid};

pub(crate) const SELECT: &str = "SELECT aggregate_type, aggregate_id, after_version, events, \
                                 position FROM commands WHERE command_id = ?1";

/// Runs [`SELECT`].
pub(crate) fn find(
    statement: &mut Statement<'_>,
    id: CommandId,
) -> Result<Option<HandledCommand>, Error> {
    statement
        .query_row([id.as_uuid().as_bytes().as_slice()], |row| handled(id, row))
        .optional()
}

/// Those of `ids` that were handled, in the order asked.
pub(crate) fn find_all(conn: &Connection, ids: &[CommandId]) -> Result<Vec<HandledCommand>, Error> {
    let mut statement = conn.prepare_cached(SELECT)?;
    ids.iter()
        .filter_map(|id| find(&mut statement, *id).transpose())
        .collect()
}

/// The first `limit` commands by their ids, of those with ids above `after`.
pub(crate) fn page(
    conn: &Connection,
    after: Option<CommandId>,
    limit: usize,
) -> Result<Vec<HandledCommand>, Error> {
    let mut select = conn.prepare_cached(
        "SELECT aggregate_type, aggregate_id, after_version, events, position, command_id \
         FROM commands WHERE command_id > ?1 ORDER BY command_id LIMIT ?2",
    )?;
    // An empty blob is below every other.
    let after = after.as_ref().map_or(&[][..], |id| id.as_uuid().as_bytes());
    let rows = select.query_map(params![after, signed(limit as u64)], |row| {
        let id = uuid(row.get_ref(5)?).map_err(|wrong| wrong_in(5, Type::Blob, wrong))?;
        handled(CommandId::from_uuid(id), row)
    })?;
    rows.collect()
}

/// Inserts a command by [`INSERT_COMMAND`](crate::append::INSERT_COMMAND).
pub(crate) fn insert(
    statement: &mut Statement<'_>,
    command: &HandledCommand,
) -> Result<usize, Error> {
    statement.execute(params![
        command.id.as_uuid().as_bytes().as_slice(),
        command.stream.aggregate_type(),
        command.stream.aggregate_id(),
        signed(command.after.get()),
        signed(command.events),
        command.position.map(|last| signed(last.as_raw())),
    ])
}

fn handled(id: CommandId, row: &Row<'_>) -> Result<HandledCommand, Error> {
    let (aggregate_type, aggregate_id): (String, String) = (row.get(0)?, row.get(1)?);
    let number = |column| -> Result<u64, Error> {
        unsigned(row.get(column)?).map_err(|wrong| wrong_in(column, Type::Integer, wrong))
    };
    Ok(HandledCommand {
        id,
        stream: StreamId::new(aggregate_type, aggregate_id)
            .map_err(|wrong| wrong_in(0, Type::Text, wrong.into()))?,
        after: Version::new(number(2)?),
        events: number(3)?,
        position: match row.get::<_, Option<i64>>(4)? {
            None => None,
            Some(_) => Some(Position::from_raw(number(4)?)),
        },
    })
}

fn wrong_in(column: usize, found: Type, wrong: Wrong) -> Error {
    Error::FromSqlConversionFailure(column, found, wrong)
}
