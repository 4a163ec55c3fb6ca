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

#[derive(Domain)]
#[domain(aggregates(Order))]
struct Shop;

#[derive(Domain)]
#[domain(aggregates(), projections(Mailer))]
struct Empty;

fn run(app: &App<Shop>) {
    app.outside(Mailer);
}

fn main() {}
