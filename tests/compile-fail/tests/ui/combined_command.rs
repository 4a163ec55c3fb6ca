mod common;

use common::*;
use eventide::prelude::*;
use serde::Deserialize;

#[derive(Debug, Clone, Deserialize, Command)]
#[command(creates, upserts, validate)]
struct Ship {
    order: OrderId,
}

#[derive(Debug, Clone, Deserialize, Command)]
struct Send {
    #[command(id)]
    order: OrderId,
    #[command(id)]
    other: OrderId,
}

#[derive(Default, Clone, Aggregate)]
#[aggregate(id = OrderId, error = OrderError, events(), commands(Ship, Send))]
struct Order;

#[handlers]
impl Order {
    fn ship(&self, _: Ship) {}
    fn send(&self, _: Send) {}
}

fn main() {}
