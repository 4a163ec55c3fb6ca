mod common;

use common::*;
use eventide::prelude::*;
use serde::{Deserialize, Serialize};
use eventide::schema::Split;

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
struct OrderMoved;

impl Split<Order> for OrderMoved {
    type Into = ();

    fn split(self) {}
}

#[derive(Default, Clone, Aggregate)]
#[aggregate(id = OrderId, error = OrderError, events(OrderMoved, OrderPlaced), split(OrderMoved, OrderMoved), commands())]
struct Order;

#[handlers]
impl Order {
    fn moved(&mut self, _: &OrderMoved) {}
    fn placed(&mut self, _: &OrderPlaced) {}
}

fn main() {}
