use std::collections::HashMap;

use eventide::prelude::*;
use serde::{Deserialize, Serialize};
use eventide::schema::UpcastWith;

struct Prices;
struct Rates;

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(name = "Priced")]
struct PricedV1;

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(version = 2, previous = PricedV1, services = Rates)]
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

fn main() {}
