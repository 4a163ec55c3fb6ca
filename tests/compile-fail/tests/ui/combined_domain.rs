mod common;

use common::*;
use eventide::prelude::*;
use serde::{Deserialize, Serialize};

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
#[aggregate(id = OrderId, error = OrderError, events(), commands())]
struct Invoice;

#[derive(Debug, Default, Clone, Serialize, Deserialize, View)]
#[view(key = OrderId, observes(Order), ignores(OrderPlaced, LineAdded))]
struct Sales;

#[derive(Domain)]
#[domain(name = 7, aggregates(Order, Order, #[cfg(all())] Invoice), views(#[cfg(all())] Sales), servces = ())]
struct Shop {
    open: bool,
}

fn main() {}
