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

#[derive(Debug, Default, Clone, Serialize, Deserialize, View)]
#[view(name = "Sales", version = 0, key, observes(Order, Order), ignores(OrderPlaced, LineAdded, LineAdded))]
struct Sales {
    #[view(index, unique)]
    code: String,
    #[view(indexed)]
    orders: i64,
}

#[derive(Debug, Default, Clone, Serialize, Deserialize, View)]
#[view(observes(#[cfg(all())] Order), ignores(OrderPlaced, LineAdded))]
struct Größe(#[view(index)] i64);

#[derive(Debug, Default, Clone, Serialize, Deserialize, View)]
#[view = "x"]
enum Months {
    #[default]
    January,
}

fn main() {}
