use std::collections::HashMap;

mod common;

use common::*;
use eventide::prelude::*;
use serde::{Deserialize, Serialize};
use eventide::schema::UpcastWith;

struct Prices;

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(name = "Priced")]
struct PricedV1;

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(version = 2, previous = PricedV1, services = Prices)]
struct Priced;

impl UpcastWith<PricedV1> for Priced {
    type Services = Prices;
    type Key = u32;
    type Found = u32;
    type Error = String;

    fn key(_: &PricedV1) -> u32 {
        0
    }
    async fn look_up(_: &Prices, _: Vec<u32>) -> Result<HashMap<u32, u32>, String> {
        Ok(HashMap::new())
    }
    fn upcast_with(_: PricedV1, _: Option<u32>) -> Result<Self, String> {
        Ok(Self)
    }
}

#[derive(Default, Clone, Aggregate)]
#[aggregate(id = OrderId, error = OrderError, events(Priced), commands())]
struct Order;

#[handlers]
impl Order {
    fn priced(&mut self, _: &Priced) {}
}

fn main() {}
