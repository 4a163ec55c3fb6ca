use eventide::prelude::*;
use serde::{Deserialize, Serialize};
use eventide::schema::Upcast;

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(name = "OrderPlaced", version = 2, first = "version 1 was never stored")]
struct OldOrderPlaced {
    client: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(version = 2, previous = OldOrderPlaced)]
struct OrderPlaced {
    customer: String,
}

impl Upcast<OldOrderPlaced> for OrderPlaced {
    fn upcast(old: OldOrderPlaced) -> Self {
        Self { customer: old.client }
    }
}

fn main() {}
