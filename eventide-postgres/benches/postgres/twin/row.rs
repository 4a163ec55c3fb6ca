//! An event and the command that caused it, on their way into the tables.

use std::error::Error;

use bytes::{BufMut, BytesMut};
use serde::Serialize;
use tokio_postgres::types::{IsNull, ToSql, Type, accepts, to_sql_checked};
use uuid::Uuid;

use crate::native::AGGREGATE_TYPE;

pub(super) struct Row {
    pub(super) aggregate_type: &'static str,
    pub(super) aggregate_id: String,
    pub(super) version: i64,
    pub(super) event_id: Uuid,
    pub(super) command_id: Uuid,
    pub(super) event_type: &'static str,
    pub(super) payload: Json,
}

impl Row {
    pub(super) fn new(
        aggregate_id: String,
        version: i64,
        event_type: &'static str,
        payload: Vec<u8>,
    ) -> Self {
        Self {
            aggregate_type: AGGREGATE_TYPE,
            aggregate_id,
            version,
            event_id: Uuid::now_v7(),
            command_id: Uuid::now_v7(),
            event_type,
            payload: Json(payload),
        }
    }

    pub(super) fn of_event<E: Serialize>(
        order: u64,
        version: i64,
        event_type: &'static str,
        event: &E,
    ) -> Self {
        let payload = serde_json::to_vec(event).unwrap();
        Self::new(order.to_string(), version, event_type, payload)
    }
}

/// The text of a JSON value.
#[derive(Debug)]
pub(super) struct Json(pub(super) Vec<u8>);

impl ToSql for Json {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Send + Sync>> {
        out.put_slice(&self.0);
        Ok(IsNull::No)
    }

    accepts!(JSON);
    to_sql_checked!();
}
