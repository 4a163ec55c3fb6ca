use eventide::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(version = 3, removed(since = 3, name = note, ty = String, added = 2))]
struct OrderPlaced {
    #[event(since = 2)]
    country: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
struct LineAdded {
    #[event(default = 1)]
    quantity: u32,
}

fn main() {}
