mod common;

use common::*;
use eventide::prelude::*;

#[derive(Debug, Clone)]
struct NoEvent;

#[derive(Debug, Clone)]
struct NoCommand;

#[derive(Default, Clone, Aggregate)]
#[aggregate(id = OrderId, error = OrderError, events(NoEvent), commands(NoCommand))]
struct Order;

#[handlers]
impl Order {
    fn decide(&self, _: NoCommand) {}
    fn fold(&mut self, _: &NoEvent) {}
}

fn main() {}
