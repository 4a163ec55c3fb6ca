mod common;

use common::*;
use eventide::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(name = "LineAdded")]
struct PositionAdded;

#[derive(Default, Clone, Aggregate)]
#[aggregate(id = OrderId, error = OrderError, events(OrderPlaced, LineAdded), commands(PlaceOrder, AddLine))]
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

#[derive(Default, Clone, Aggregate)]
#[aggregate(id = OrderId, error = OrderError, events(PositionAdded), commands())]
struct Invoice;

#[handlers]
impl Invoice {
    fn added(&mut self, _: &PositionAdded) {}
}

#[derive(Domain)]
#[domain(aggregates(Order, Invoice))]
struct Shop;

fn main() {}
