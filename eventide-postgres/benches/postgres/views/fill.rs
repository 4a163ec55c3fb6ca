//! A log of orders.

use eventide::event::EventSet;
use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

use crate::fill::settle;
use crate::history::{BEGAN, Happened, history};
use crate::order::OrderEvent;
use crate::server::connect;

/// How many rows are inserted at once.
const AT_ONCE: usize = 20_000;

const EVENTS: &str = "\
INSERT INTO eventide.events (
    position, version, recorded_at, schema_version, event_id, correlation_id, causation_id,
    aggregate_type, aggregate_id, event_type, payload
)
SELECT position, version, to_timestamp(($7 + position * 1000) / 1e6), 1, event_id, command_id, command_id,
    'Order', aggregate_id, event_type, payload::json
FROM unnest($1, $2, $3, $4, $5, $6, $8)
    AS e (position, version, event_id, command_id, aggregate_id, event_type, payload)";

const SHAPES: &str = "\
INSERT INTO eventide.schema_versions (aggregate_type, event_type, schema_version)
SELECT 'Order', *, 1 FROM unnest($1)";

/// Puts `events` events of `orders` orders into the empty tables of a store.
pub(crate) async fn fill(address: &str, events: u64, orders: u64) {
    let client = connect(address).await;
    let types = [
        Type::INT8_ARRAY,
        Type::INT8_ARRAY,
        Type::UUID_ARRAY,
        Type::UUID_ARRAY,
        Type::TEXT_ARRAY,
        Type::TEXT_ARRAY,
        Type::INT8,
        Type::TEXT_ARRAY,
    ];
    let insert = client.prepare_typed(EVENTS, &types).await.unwrap();
    let mut history = history(events, orders);
    loop {
        let rows: Vec<Happened> = history.by_ref().take(AT_ONCE).collect();
        if rows.is_empty() {
            break;
        }
        let positions: Vec<i64> = rows.iter().map(|it| it.position).collect();
        let versions: Vec<i64> = rows.iter().map(|it| it.version).collect();
        let ids: Vec<Uuid> = rows.iter().map(|it| it.event_id).collect();
        let commands: Vec<Uuid> = rows.iter().map(|it| it.command_id).collect();
        let orders: Vec<&str> = rows.iter().map(|it| &*it.order).collect();
        let names: Vec<&str> = rows.iter().map(|it| it.event_type).collect();
        let payloads: Vec<&str> = rows.iter().map(|it| &*it.payload).collect();
        let params: [&(dyn ToSql + Sync); 8] = [
            &positions, &versions, &ids, &commands, &orders, &names, &BEGAN, &payloads,
        ];
        client.execute(&insert, &params).await.unwrap();
    }
    let names: Vec<&str> = OrderEvent::INFOS.iter().map(|info| info.name).collect();
    let shapes = client.prepare_typed(SHAPES, &[Type::TEXT_ARRAY]).await;
    client.execute(&shapes.unwrap(), &[&names]).await.unwrap();
    settle(address).await;
}
