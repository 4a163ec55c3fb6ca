mod common;

use common::*;
use eventide::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(name = "OrderPlaced")]
struct OrderMade;

#[derive(Debug, Clone, Deserialize, Command)]
#[command(name = "PlaceOrder")]
struct MakeOrder {
    #[command(id)]
    order: OrderId,
}

#[derive(Default, Clone, Aggregate)]
#[aggregate(
    id = OrderId,
    error = OrderError,
    events(OrderPlaced, OrderMade),
    commands(PlaceOrder, MakeOrder),
)]
struct Order;

#[handlers]
impl Order {
    fn place(&self, _: PlaceOrder) {}
    fn make(&self, _: MakeOrder) {}
    fn placed(&mut self, _: &OrderPlaced) {}
    fn made(&mut self, _: &OrderMade) {}
}

fn main() {}
