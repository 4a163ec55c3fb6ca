use eventide::prelude::*;
use serde::{Deserialize, Serialize};
use eventide::schema::Upcast;

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
struct OrderOpened;

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(version = 2, previous = OrderOpened)]
struct OrderPlaced;

impl Upcast<OrderOpened> for OrderPlaced {
    fn upcast(_: OrderOpened) -> Self {
        Self
    }
}

fn main() {}
