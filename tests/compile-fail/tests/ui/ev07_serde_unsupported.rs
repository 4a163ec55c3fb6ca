mod common;

use common::{OrderError, OrderId};
use eventide::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
#[serde(try_from = "u64", into = "u64")]
struct Money(u64);

impl From<u64> for Money {
    fn from(minor: u64) -> Self {
        Self(minor)
    }
}

impl From<Money> for u64 {
    fn from(money: Money) -> Self {
        money.0
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
struct OrderPlaced {
    #[serde(skip_serializing)]
    total: Money,
}

#[derive(Default, Clone, Aggregate)]
#[aggregate(id = OrderId, error = OrderError, events(OrderPlaced), commands())]
struct Order;

#[handlers]
impl Order {
    fn on_order_placed(&mut self, _: &OrderPlaced) {}
}

#[derive(Domain)]
#[domain(aggregates(Order), lock = "./ev07_serde_unsupported.lock")]
struct Shop;

fn main() {}
