mod common;

use common::{OrderError, OrderId};
use eventide::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
struct Line {
    sku: String,
    quantity: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
struct OrderPlaced {
    customer: u32,
    lines: Vec<Line>,
    note: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
struct OrderPaid {
    total: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
struct OrderShipped;

#[derive(Default, Clone, Aggregate)]
#[aggregate(id = OrderId, error = OrderError, events(OrderPlaced, OrderPaid, OrderShipped), commands())]
struct Order;

#[handlers]
impl Order {
    fn on_order_placed(&mut self, _: &OrderPlaced) {}
    fn on_order_paid(&mut self, _: &OrderPaid) {}
    fn on_order_shipped(&mut self, _: &OrderShipped) {}
}

#[derive(Domain)]
#[domain(aggregates(Order), lock = "./ev07_combined.lock")]
struct Shop;

fn main() {}
