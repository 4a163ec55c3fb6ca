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
#[view(key = OrderId, observes(Order), ignores(OrderPlaced, LineAdded))]
struct Sales;

#[derive(Domain)]
#[domain(aggregates(Order), views(Sales, Sales))]
struct Shop;

fn main() {}
