//! The commands that were handled.

use std::collections::HashMap;

use eventide_core::store::{HandledCommand, StoreError};
use eventide_core::{CommandId, Position, StreamId, Version};
use tokio_postgres::Row;
use tokio_postgres::types::Type;
use uuid::Uuid;

use crate::error::Place;
use crate::link::Rows;
use crate::row::ReadError;
use crate::sql::{Schema, Sql};
use crate::value::{Wrong, unsigned};

pub(crate) fn statement(schema: &Schema) -> Sql {
    schema.sql(
        "SELECT command_id, aggregate_type, aggregate_id, after_version, events, position \
         FROM @schema@.commands WHERE command_id = ANY ($1)",
        [Type::UUID_ARRAY],
    )
}

/// Those of `ids` that were handled, in the order asked.
pub(crate) async fn find(
    session: &impl Rows,
    place: &Place,
    statement: &Sql,
    ids: &[CommandId],
) -> Result<Vec<HandledCommand>, ReadError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let asked: Vec<Uuid> = ids.iter().map(|id| *id.as_uuid()).collect();
    let mut found = HashMap::new();
    for row in session.rows(statement, &[&asked]).await? {
        let command = of_row(place, &row)?;
        found.insert(command.id, command);
    }
    Ok(ids.iter().filter_map(|id| found.get(id).cloned()).collect())
}

/// The command in `row`, whose columns are those of [`statement`].
pub(crate) fn of_row(place: &Place, row: &Row) -> Result<HandledCommand, StoreError> {
    columns(row).map_err(|source| {
        let id: Option<Uuid> = row.try_get(0).ok();
        let what = format!("the handled command {}", id.unwrap_or_default());
        place
            .damaged(&what, "a column has the wrong form")
            .with_source(source)
    })
}

fn columns(row: &Row) -> Result<HandledCommand, Wrong> {
    let position: Option<i64> = row.try_get(5)?;
    Ok(HandledCommand {
        id: CommandId::from_uuid(row.try_get(0)?),
        stream: StreamId::new(row.try_get::<_, &str>(1)?, row.try_get::<_, &str>(2)?)?,
        after: Version::new(unsigned(row.try_get(3)?)?),
        events: unsigned(row.try_get(4)?)?,
        position: position.map(unsigned).transpose()?.map(Position::from_raw),
    })
}
