use eventide::prelude::*;
use serde::{Deserialize, Serialize};
use eventide::schema::Upcast;

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(name = "OrderPlaced", version = 2, previous = Second)]
struct First;

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(name = "OrderPlaced", version = 3, previous = First)]
struct Second;

impl Upcast<Second> for First {
    fn upcast(_: Second) -> Self {
        Self
    }
}

impl Upcast<First> for Second {
    fn upcast(_: First) -> Self {
        Self
    }
}

fn main() {}
