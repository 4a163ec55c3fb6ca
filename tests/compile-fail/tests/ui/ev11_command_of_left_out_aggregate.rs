mod common;

use common::*;
use eventide::prelude::*;

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

#[derive(Domain)]
#[domain(aggregates(Invoice))]
struct Shop;

fn place(app: &App<Shop>, command: PlaceOrder) {
    let _ = app.execute(command);
}

fn main() {}
