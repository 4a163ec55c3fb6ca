use eventide::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(version = 3)]
struct OrderPlaced {
    #[event(since = 2, default)]
    country: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(version = 5, removed(since = 3, name = note, ty = String))]
struct LineAdded {
    #[event(renamed(since = 5, from = article))]
    sku: String,
}

fn main() {}
