use eventide::prelude::*;
use serde::{Deserialize, Serialize};

fn write<S: serde::Serializer>(_: &u64, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u8(0)
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(version = 2)]
struct OrderPlaced {
    #[event(opaque = "number", changed(since = 2, from = u8, with = u64::from))]
    #[serde(serialize_with = "write")]
    total: u64,
    #[event(since = 2, default)]
    #[serde(skip)]
    seen: bool,
}

#[derive(Default, Debug, Clone, Serialize, Deserialize, Event)]
#[serde(default)]
#[event(version = 2)]
struct LineAdded {
    #[event(renamed(since = 2, from = article))]
    sku: String,
}

fn main() {}
