use eventide::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(name = "", nmae = "placed")]
enum Placed {
    Once,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
struct Shipped(#[event(tag)] u32, #[event(tag = "a:b")] u32);

fn main() {}
