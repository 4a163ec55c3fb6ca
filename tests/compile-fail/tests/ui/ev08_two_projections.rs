mod common;

use common::*;
use eventide::prelude::*;
use eventide::projection::Outside;

#[derive(Default, Clone, Aggregate)]
#[aggregate(id = OrderId, error = OrderError, events(OrderPlaced, LineAdded), commands())]
struct Order;

#[handlers]
impl Order {
    fn placed(&mut self, _: &OrderPlaced) {}
    fn line_added(&mut self, _: &LineAdded) {}
}

#[derive(Projection)]
#[projection(target = Outside, observes(Order), ignores(OrderPlaced, LineAdded))]
struct Mailer;

#[derive(Projection)]
#[projection(target = Outside, observes(Order), ignores(OrderPlaced, LineAdded), name = "mailer")]
struct Postman;

#[derive(Domain)]
#[domain(aggregates(Order), projections(Mailer, Postman))]
struct Shop;

fn main() {}
