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
#[view(key = String, observes(Order))]
struct Sales;

#[folds]
impl Sales {
    fn country(_: &OrderPlaced) -> Remember<String> {
        Remember("AT".to_owned())
    }
    fn line_added(&mut self, _: &LineAdded) {}
}

fn main() {}
