use eventide::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(version = 2)]
struct OrderPlaced {
    #[event(renamed(since = 2, from = client), renamed(since = 2, from = buyer))]
    customer: String,
    #[event(changed(since = 2, from = u8, with = u64::from), changed(since = 2, from = u16, with = u64::from))]
    total: u64,
    #[event(since = 2, since = 2, default)]
    country: String,
}

fn main() {}
