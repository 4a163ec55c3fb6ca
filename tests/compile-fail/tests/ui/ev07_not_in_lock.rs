mod common;

use common::{OrderError, OrderId};
use eventide::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
struct OrderPlaced {
    customer: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
struct LineAdded {
    sku: String,
}

#[derive(Default, Clone, Aggregate)]
#[aggregate(id = OrderId, error = OrderError, events(OrderPlaced, LineAdded), commands())]
struct Order;

#[handlers]
impl Order {
    fn on_order_placed(&mut self, _: &OrderPlaced) {}
    fn on_line_added(&mut self, _: &LineAdded) {}
}

#[derive(Domain)]
#[domain(aggregates(Order), lock = "./ev07_not_in_lock.lock")]
struct Shop;

fn main() {}
