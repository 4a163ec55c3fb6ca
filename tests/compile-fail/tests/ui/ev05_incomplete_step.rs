use eventide::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(version = 2, removed(name = note), removed = 2)]
struct OrderPlaced {
    #[event(renamed(since = 2))]
    customer: String,
    #[event(changed(since = 2, from = u8))]
    total: u64,
    #[event(changed(since = 2, from = u8, with = u64::from, try_with = u64::try_from))]
    paid: u64,
    #[event(changed(from = u8, wiht = u64::from))]
    due: u64,
    #[event(since = "2", default)]
    country: String,
}

fn main() {}
