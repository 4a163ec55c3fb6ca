//! The commands that were handled.

use eventide_core::store::HandledCommand;
use eventide_core::{CommandId, Position, StreamId, Version};
use rusqlite::types::Type;
use rusqlite::{Connection, Error, OptionalExtension, Row, Statement};

use crate::row::{Wrong, unsigned};

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
