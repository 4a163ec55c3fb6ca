mod common;

use common::*;
use eventide::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Default, Clone, Aggregate)]
#[aggregate(events(OrderPlaced, LineAdded), commands(PlaceOrder, AddLine))]
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
struct Invoice;

#[derive(Debug, Default, Clone, Serialize, Deserialize, View)]
struct Sales;

#[derive(Domain)]
struct Shop;

fn main() {}
