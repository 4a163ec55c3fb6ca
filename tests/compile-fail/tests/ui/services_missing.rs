mod common;

use common::*;
use eventide::prelude::*;

struct Prices;

#[derive(Default, Clone, Aggregate)]
#[aggregate(id = OrderId, error = OrderError, events(), commands(), services = Prices)]
struct Order;

#[derive(Domain)]
#[domain(aggregates(Order))]
struct Shop;

fn main() {}
