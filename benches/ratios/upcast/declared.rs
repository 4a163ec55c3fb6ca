//! An event in its fourth version, with its steps declared.

use eventide::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(version = 4)]
pub(crate) struct LineAdded {
    #[event(renamed(since = 3, from = code))]
    sku: String,
    description: String,
    #[event(changed(since = 4, from = u32, with = Quantity::of))]
    quantity: Quantity,
    #[event(since = 2, default = Currency::Gbp)]
    currency: Currency,
}

#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
struct Quantity {
    pieces: u32,
}

impl Quantity {
    fn of(pieces: u32) -> Self {
        Self { pieces }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Shape)]
enum Currency {
    Gbp,
    Eur,
}
