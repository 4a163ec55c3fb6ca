use eventide::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(version = 3, removed(since = 2, name = note, ty = String, added = 2, default))]
struct OrderPlaced {
    #[event(since = 4, default)]
    country: String,
    #[event(renamed(since = 3, from = client), renamed(since = 2, from = buyer))]
    customer: String,
    #[event(since = 3, default, changed(since = 2, from = u8, with = u64::from))]
    total: u64,
}

fn main() {}
