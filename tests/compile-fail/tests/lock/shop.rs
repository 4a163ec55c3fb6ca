use eventide::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
pub struct OrderId(String);

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
pub struct Placed {
    pub quantity: u32,
}

#[derive(Debug, Default, Clone, Aggregate)]
#[aggregate(id = OrderId, error = String, events(Placed), commands())]
pub struct Order;

#[handlers]
impl Order {
    fn placed(&mut self, _: &Placed) {}
}

#[derive(Debug, Domain)]
#[domain(aggregates(Order), lock = "eventide.lock")]
pub struct Shop;
