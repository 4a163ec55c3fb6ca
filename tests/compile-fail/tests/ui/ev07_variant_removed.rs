mod common;

use common::{OrderError, OrderId};
use eventide::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(rename_all = "snake_case")]
enum Status {
    Open,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
struct OrderPlaced {
    status: Status,
}

#[derive(Default, Clone, Aggregate)]
#[aggregate(id = OrderId, error = OrderError, events(OrderPlaced), commands())]
struct Order;

#[handlers]
impl Order {
    fn on_order_placed(&mut self, _: &OrderPlaced) {}
}

#[derive(Domain)]
#[domain(aggregates(Order), lock = "./ev07_variant_removed.lock")]
struct Shop;

fn main() {}
