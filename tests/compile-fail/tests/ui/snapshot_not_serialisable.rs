mod common;

use common::*;
use eventide::prelude::*;

#[derive(Default, Clone, Aggregate)]
#[aggregate(id = OrderId, error = OrderError, events(), commands(), snapshot(every = 100))]
struct Order;

fn main() {}
