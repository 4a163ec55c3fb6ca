mod common;

use common::{OrderError, OrderId};
use eventide::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(version = 2)]
struct OrderPlaced {
    customer: u32,
    #[event(since = 2, default)]
    note: String,
}

#[derive(Default, Clone, Aggregate)]
#[aggregate(id = OrderId, error = OrderError, events(OrderPlaced), commands())]
struct Order;

#[handlers]
impl Order {
    fn on_order_placed(&mut self, _: &OrderPlaced) {}
}

#[derive(Domain)]
#[domain(aggregates(Order), lock = "./ev07_history.lock")]
struct Shop;

fn main() {}
