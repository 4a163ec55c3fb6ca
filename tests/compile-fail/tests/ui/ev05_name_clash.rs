use eventide::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(version = 3, removed(since = 2, name = customer, ty = u8), removed(since = 3, name = note, ty = String))]
struct OrderPlaced {
    customer: String,
    #[event(since = 2, default)]
    country: String,
    #[event(renamed(since = 3, from = country))]
    land: String,
    #[event(renamed(since = 3, from = total))]
    total: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[serde(rename_all = "camelCase")]
#[event(version = 2, removed(since = 2, name = old, ty = String, rename = "unitPrice"))]
struct LineAdded {
    unit_price: u32,
    #[serde(rename = "unitPrice")]
    price: u32,
}

fn main() {}
