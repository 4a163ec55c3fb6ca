mod common;

use common::*;
use eventide::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(name)]
#[event]
struct OrderShipped {
    #[event(tag(order))]
    order: u32,
}

#[derive(Debug, Clone, Deserialize, Command)]
#[command(creates = true, name = "ship", name = "send")]
struct ShipOrder {
    #[command(id)]
    order: OrderId,
}

#[derive(Default, Clone, Aggregate)]
#[aggregate(
    id = OrderId,
    error = "OrderError",
    events(OrderPlaced, LineAdded),
    commands(PlaceOrder, AddLine),
)]
struct Order;

#[handlers]
impl Order {
    fn place(&self, _: PlaceOrder) -> Result<OrderPlaced, OrderError> {
        Ok(OrderPlaced)
    }
    fn add_line(&self, _: AddLine) -> Result<LineAdded, OrderError> {
        Ok(LineAdded)
    }
    fn placed(&mut self, _: &OrderPlaced) {}
    fn line_added(&mut self, _: &LineAdded) {}
}

#[derive(Debug, Default, Clone, Serialize, Deserialize, View)]
#[view(key = OrderId, observes = Order, version = "2", name("sales"))]
struct Sales {
    #[view(index = "code")]
    code: String,
}

fn main() {}
