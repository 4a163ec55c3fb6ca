//! What the cases have in common: an id, an error, two events, two commands.
#![allow(dead_code)]

use eventide::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
pub struct OrderId(String);

#[derive(Debug)]
pub struct OrderError;

impl From<OrderError> for BoxError {
    fn from(_: OrderError) -> Self {
        "refused".into()
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
pub struct OrderPlaced;

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
pub struct LineAdded;

#[derive(Debug, Clone, Deserialize, Command)]
pub struct PlaceOrder {
    #[command(id)]
    pub order: OrderId,
}

#[derive(Debug, Clone, Deserialize, Command)]
pub struct AddLine {
    #[command(id)]
    pub order: OrderId,
}
