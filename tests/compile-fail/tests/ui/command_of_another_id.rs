mod common;

use common::*;
use eventide::prelude::*;
use serde::Deserialize;

#[derive(Debug, Clone, Deserialize, Command)]
struct Sell {
    #[command(id)]
    number: InvoiceId,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize, AggregateId)]
struct InvoiceId(u64);

#[derive(Default, Clone, Aggregate)]
#[aggregate(id = OrderId, error = OrderError, events(), commands(Sell))]
struct Order;

#[handlers]
impl Order {
    fn sell(&self, _: Sell) {}
}

fn main() {}
