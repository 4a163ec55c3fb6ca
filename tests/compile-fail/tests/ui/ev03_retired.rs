mod common;

use common::*;
use eventide::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(retired)]
struct OrderPrinted;

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(retired)]
struct OrderFaxed;

#[derive(Outcome)]
enum Sent {
    Printed(OrderPrinted),
    Nothing,
}

#[derive(Default, Clone, Aggregate)]
#[aggregate(
    id = OrderId,
    error = OrderError,
    events(OrderPlaced, OrderPrinted, OrderFaxed),
    commands(PlaceOrder, AddLine, Send, SendAll),
)]
struct Order;

#[derive(Debug, Clone, Deserialize, Command)]
struct Send {
    #[command(id)]
    order: OrderId,
}

#[derive(Debug, Clone, Deserialize, Command)]
struct SendAll {
    #[command(id)]
    order: OrderId,
}

#[handlers]
impl Order {
    fn place(&self, _: PlaceOrder) -> Result<OrderPrinted, OrderError> {
        Err(OrderError)
    }
    fn add_line(&self, _: AddLine) -> Option<(OrderPlaced, Vec<OrderFaxed>)> {
        None
    }
    fn send(&self, _: Send) -> Result<Sent, OrderError> {
        Ok(Sent::Nothing)
    }
    fn send_all(&self, _: SendAll) -> Vec<OrderEvent> {
        Vec::new()
    }
    fn placed(&mut self, _: &OrderPlaced) {}
    fn printed(&mut self, _: &OrderPrinted) {}
    fn faxed(&mut self, _: &OrderFaxed) {}
}

fn main() {}
