mod common;

use common::*;
use eventide::prelude::*;
use serde::{Deserialize, Serialize};

struct Prices;

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(name = "Priced")]
struct PricedV1;

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(name = "Priced", version = 2, previous = PricedV1)]
struct PricedV2;

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(version = 3, previous = PricedV2, services = Prices)]
struct Priced;

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(version = 2, raw)]
struct Counted;

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
struct Moved;

#[derive(Default, Clone, Aggregate)]
#[aggregate(id = OrderId, error = OrderError, services = Prices, events(Priced, Counted), split(Moved), commands())]
struct Order;

#[handlers]
impl Order {
    fn priced(&mut self, _: &Priced) {}
    fn counted(&mut self, _: &Counted) {}
}

fn main() {}
