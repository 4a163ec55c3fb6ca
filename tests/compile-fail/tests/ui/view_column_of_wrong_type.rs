mod common;

use common::*;
use eventide::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Default, Clone, Aggregate)]
#[aggregate(id = OrderId, error = OrderError, events(OrderPlaced, LineAdded), commands())]
struct Order;

#[handlers]
impl Order {
    fn placed(&mut self, _: &OrderPlaced) {}
    fn line_added(&mut self, _: &LineAdded) {}
}

#[derive(Debug, Default, Clone, Serialize, Deserialize)]
struct Money(i64);

#[derive(Debug, Default, Clone, Serialize, Deserialize, View)]
#[view(key = OrderId, observes(Order), ignores(OrderPlaced, LineAdded))]
struct Sales {
    #[view(index)]
    total: Money,
    #[view(unique)]
    codes: Vec<String>,
}

fn main() {}
