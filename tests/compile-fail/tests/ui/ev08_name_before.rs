mod common;

use common::*;
use eventide::prelude::*;
use serde::{Deserialize, Serialize};
use eventide::schema::Split;

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(was("OrderOpened", "OrderMade"))]
struct OrderCreated;

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
struct OrderOpened;

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(was("OrderMade"))]
struct OrderBegun;

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(was("OrderBegun"))]
struct OrderStarted;

impl Split<Cart> for OrderStarted {
    type Into = ();

    fn split(self) {}
}

#[derive(Default, Clone, Aggregate)]
#[aggregate(id = OrderId, error = OrderError, events(OrderCreated, OrderOpened), commands())]
struct Order;

#[derive(Default, Clone, Aggregate)]
#[aggregate(id = OrderId, error = OrderError, events(OrderBegun), commands())]
struct Sale;

#[derive(Default, Clone, Aggregate)]
#[aggregate(id = OrderId, error = OrderError, events(), split(OrderStarted), commands())]
struct Cart;

#[derive(Domain)]
#[domain(aggregates(Order, Sale, Cart))]
struct Shop;

#[handlers]
impl Order {
    fn created(&mut self, _: &OrderCreated) {}
    fn opened(&mut self, _: &OrderOpened) {}
}

#[handlers]
impl Sale {
    fn begun(&mut self, _: &OrderBegun) {}
}

fn main() {}
