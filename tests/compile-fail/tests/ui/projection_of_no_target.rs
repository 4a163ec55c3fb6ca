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

#[derive(Projection)]
#[projection(target = String, observes(Order), ignores(OrderPlaced, LineAdded))]
struct Mailer;

fn main() {}
