mod common;

use common::*;
use eventide::prelude::*;
use eventide::projection::Outside;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
struct OrderShipped;

/// It has learnt to be shipped, and its observers have not.
#[derive(Default, Clone, Aggregate)]
#[aggregate(id = OrderId, error = OrderError, events(OrderPlaced, LineAdded, OrderShipped), commands())]
struct Order;

#[handlers]
impl Order {
    fn placed(&mut self, _: &OrderPlaced) {}
    fn line_added(&mut self, _: &LineAdded) {}
    fn shipped(&mut self, _: &OrderShipped) {}
}

#[derive(Debug, Default, Clone, Serialize, Deserialize, View)]
#[view(key = OrderId, observes(Order))]
struct Lines(u32);

#[folds]
impl Lines {
    fn placed(&mut self, _: &OrderPlaced) {}
    fn line_added(&mut self, _: &LineAdded) {
        self.0 += 1;
    }
}

#[derive(Debug, Default, Clone, Serialize, Deserialize, View)]
#[view(key = OrderId, observes(Order), ignores(LineAdded))]
struct Sales;

#[folds]
impl Sales {
    fn placed(&mut self, _: &OrderPlaced) {}
}

#[derive(Projection)]
#[projection(target = Outside, observes(Order), ignores(LineAdded))]
struct Mailer;

#[projects]
impl Mailer {
    async fn placed(&self, _: &OrderPlaced) {}
}

#[derive(Domain)]
#[domain(aggregates(Order), views(Lines, Sales), projections(Mailer))]
struct Shop;

fn main() {}
