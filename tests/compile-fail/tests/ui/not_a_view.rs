mod common;

use common::*;
use eventide::prelude::*;

#[derive(Default, Clone, Aggregate)]
#[aggregate(id = OrderId, error = OrderError, events(OrderPlaced, LineAdded), commands())]
struct Order;

#[handlers]
impl Order {
    fn placed(&mut self, _: &OrderPlaced) {}
    fn line_added(&mut self, _: &LineAdded) {}
}

struct Sales;

#[folds]
impl Sales {
    fn placed(&mut self, _: &OrderPlaced) {}
}

struct Months;

#[derive(Domain)]
#[domain(aggregates(Order), views(Months))]
struct Shop;

fn main() {}
