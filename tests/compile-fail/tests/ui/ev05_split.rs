mod common;

use common::*;
use eventide::prelude::*;
use serde::{Deserialize, Serialize};
use eventide::schema::Split;

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(name = "OrderMoved")]
struct OrderMovedV1;

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(version = 2, raw)]
struct OrderMoved;

impl eventide::schema::UpcastRaw for OrderMoved {
    type Error = String;

    fn upcast_raw(_: eventide::SchemaVersion, payload: serde_json::Value) -> Result<serde_json::Value, String> {
        Ok(payload)
    }
}

impl Split<Order> for OrderMovedV1 {
    type Into = ();

    fn split(self) {}
}

#[derive(Default, Clone, Aggregate)]
#[aggregate(id = OrderId, error = OrderError, events(OrderMoved), split(OrderMovedV1), commands())]
struct Order;

#[handlers]
impl Order {
    fn moved(&mut self, _: &OrderMoved) {}
}

fn main() {}
