mod common;

use common::*;
use eventide::prelude::*;
use serde::{Deserialize, Serialize};

mod other {
    pub struct OrderPlaced;
}

#[derive(Default, Clone, Serialize, Deserialize, Aggregate)]
#[aggregate(
    id = OrderId,
    events(OrderPlaced, LineAdded, OrderPlaced, other::OrderPlaced, 7),
    commands(PlaceOrder, #[doc = "why"] Sell, AddLine),
    snapshot(every = 0, evry = 1, version = "2"),
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

fn main() {}
