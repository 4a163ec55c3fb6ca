use eventide::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(version = 4)]
struct OrderPlaced;

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(version = 0)]
struct LineAdded;

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(version = 2)]
struct Shipped {
    #[event(since = 1, default)]
    parcels: u32,
    #[event(renamed(since = 0, from = weight))]
    grams: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(version = 2, first = " ")]
struct Paid;

fn main() {}
