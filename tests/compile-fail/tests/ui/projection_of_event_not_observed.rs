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
#[projection(target = Outside, observes(), ignores(LineAdded))]
struct Mailer;

#[projects]
impl Mailer {
    async fn placed(&self, _: &OrderPlaced, _: &Delivery) {}
}

fn main() {}
