use eventide::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(was("OrderPlaced", "OrderOpened", "OrderOpened", ""))]
struct OrderPlaced;

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(was(OrderOpened))]
struct Opened;

fn main() {}
