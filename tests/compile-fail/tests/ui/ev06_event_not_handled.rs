mod common;

use common::*;
use eventide::prelude::*;
use eventide::projection::{Delivery, Outside};

#[derive(Default, Clone, Aggregate)]
#[aggregate(id = OrderId, error = OrderError, events(OrderPlaced, LineAdded), commands())]
struct Order;

#[handlers]
impl Order {
    fn placed(&mut self, _: &OrderPlaced) {}
    fn line_added(&mut self, _: &LineAdded) {}
}

#[derive(Projection)]
#[projection(target = Outside, observes(Order))]
struct Mailer;

#[projects]
impl Mailer {
    async fn placed(&self, _: &OrderPlaced, _: &Delivery) {}
}

#[derive(Domain)]
#[domain(aggregates(Order), projections(Mailer))]
struct Shop;

fn main() {}
