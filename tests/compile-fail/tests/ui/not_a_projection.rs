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

struct Mailer;

#[projects]
impl Mailer {
    async fn placed(&self, _: &OrderPlaced) {}
}

#[derive(Domain)]
#[domain(aggregates(Order), projections(Other))]
struct Shop;

struct Other;

fn main() {}
