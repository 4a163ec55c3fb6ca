//! What became of a request whose answer was lost: found by its own event ids.

use std::collections::HashMap;

use eventide_core::store::{Appended, AppendedStream};
use eventide_core::{Position, Version};
use tokio_postgres::Error;
use tokio_postgres::types::Type;
use uuid::Uuid;

use super::item::Item;
use crate::link::Rows;
use crate::sql::{Schema, Sql};
use crate::value::Micros;

pub(crate) fn statement(schema: &Schema) -> Sql {
    schema.sql(
        "SELECT event_id, position, version, recorded_at, aggregate_type, aggregate_id \
         FROM @schema@.events WHERE event_id = ANY ($1)",
        [Type::UUID_ARRAY],
    )
}

/// What was stored of `item`, if it was: all of it, because an append is atomic.
pub(crate) async fn find(
    session: &impl Rows,
    statement: &Sql,
    item: &Item,
) -> Result<Option<Appended>, Error> {
    let ids: Vec<Uuid> = item.events().map(|event| *event.id.as_uuid()).collect();
    let mut found = HashMap::with_capacity(ids.len());
    for row in session.rows(statement, &[&ids]).await? {
        let stream: (String, String) = (row.try_get(4)?, row.try_get(5)?);
        let numbers: (i64, i64) = (row.try_get(1)?, row.try_get(2)?);
        let recorded_at: Micros = row.try_get(3)?;
        found.insert(row.try_get::<_, Uuid>(0)?, (stream, numbers, recorded_at));
    }
    let mut streams = Vec::with_capacity(item.request.streams.len());
    let mut recorded = None;
    for part in &item.request.streams {
        let mut appended = AppendedStream {
            stream: part.stream.clone(),
            version: Version::ZERO,
            positions: Vec::with_capacity(part.events.len()),
        };
        for event in &part.events {
            let Some((stream, (position, version), at)) = found.get(event.id.as_uuid()) else {
                return Ok(None);
            };
            if stream.0 != part.stream.aggregate_type() || stream.1 != part.stream.aggregate_id() {
                return Ok(None);
            }
            let position = Position::from_raw(position.unsigned_abs());
            appended.positions.push(position);
            appended.version = Version::new(version.unsigned_abs());
            recorded = Some(*at);
        }
        streams.push(appended);
    }
    // Without events there is nothing to find; its commands tell, as for any repeated request.
    let recorded_at = recorded.and_then(|at| at.timestamp().ok());
    Ok(recorded_at.map(|recorded_at| Appended {
        streams,
        recorded_at,
    }))
}
