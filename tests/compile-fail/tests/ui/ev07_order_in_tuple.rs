mod common;

use common::{OrderError, OrderId};
use eventide::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
struct OrderPlaced (String, u32);

#[derive(Default, Clone, Aggregate)]
#[aggregate(id = OrderId, error = OrderError, events(OrderPlaced), commands())]
struct Order;

#[handlers]
impl Order {
    fn on_order_placed(&mut self, _: &OrderPlaced) {}
}

#[derive(Domain)]
#[domain(aggregates(Order), lock = "./ev07_order_in_tuple.lock")]
struct Shop;

fn main() {}
