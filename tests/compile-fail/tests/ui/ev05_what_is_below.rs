use eventide::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
struct OrderPlacedV1;

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(version = 2, previous = OrderPlacedV1, raw, services = u8)]
struct OrderPlaced;

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(version = 2, services = u8, first = "why")]
struct LineAdded;

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(previous = OrderPlacedV1)]
struct Shipped;

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(version = 3, raw)]
struct Paid {
    #[event(since = 2, default)]
    amount: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(name = "OrderPlaced", version = 3, previous = OrderPlacedV1)]
struct OrderPlacedV3 {
    #[event(since = 2, default)]
    amount: u32,
}

fn main() {}
