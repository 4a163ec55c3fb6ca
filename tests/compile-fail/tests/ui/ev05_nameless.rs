use eventide::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(version = 2)]
struct OrderPlaced(#[event(since = 2, default)] u32);

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(version = 2, removed(since = 2, name = note, ty = String))]
struct LineAdded;

fn main() {}
