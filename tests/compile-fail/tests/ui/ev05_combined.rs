use eventide::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(
    version = 4,
    was("OrderPlaced"),
    raw,
    first = "nothing older",
    removed(since = 5, name = note, ty = String),
)]
struct OrderPlaced {
    #[event(since = 4)]
    country: String,
    #[event(renamed(since = 1, from = client))]
    customer: String,
    #[event(chagned(since = 4, from = u32, with = u64::from))]
    total: u64,
}

fn main() {}
