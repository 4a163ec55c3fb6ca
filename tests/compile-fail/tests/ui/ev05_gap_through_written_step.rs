use eventide::prelude::*;
use serde::{Deserialize, Serialize};
use eventide::schema::Upcast;

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(name = "OrderPlaced")]
struct OrderPlacedV1 {
    client: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(version = 4, previous = OrderPlacedV1)]
struct OrderPlaced {
    customer: String,
    #[event(since = 4, default)]
    country: String,
}

impl Upcast<OrderPlacedV1> for OrderPlacedV3 {
    fn upcast(old: OrderPlacedV1) -> Self {
        Self { customer: old.client }
    }
}

fn main() {}
