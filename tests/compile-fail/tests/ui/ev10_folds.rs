mod common;

use common::*;
use eventide::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Default, Clone, Aggregate)]
#[aggregate(id = OrderId, error = OrderError, events(OrderPlaced, LineAdded), commands())]
struct Order;

#[handlers]
impl Order {
    fn placed(&mut self, _: &OrderPlaced) {}
    fn line_added(&mut self, _: &LineAdded) {}
}

#[derive(Debug, Default, Clone, Serialize, Deserialize, View)]
#[view(key = String, observes(Order))]
struct Sales;

#[folds]
impl Sales {
    fn placed(self, _: &OrderPlaced) {}
    fn line_added(&self, _: &LineAdded) {}
}

#[derive(Debug, Default, Clone, Serialize, Deserialize, View)]
#[view(key = String, observes(Order))]
struct Months;

#[folds]
impl Months {
    async fn month(_: OrderPlaced) -> String {
        String::new()
    }
    async fn placed(&mut self, _: &mut OrderPlaced, _: RecordedEvent, _: u32) {}
    fn key(&self, _: &LineAdded) -> String {
        String::new()
    }
    fn helper(&self) {}
    fn kept(&self, _: &LineAdded) -> Change {
        Change::Keep
    }
    fn generic<E>(&mut self, _: &E) {}
}

#[derive(Debug, Default, Clone, Serialize, Deserialize, View)]
#[view(key = String, observes(Order))]
struct Years;

#[folds]
impl Years {
    fn year(_: &OrderPlaced) -> impl Into<String> {
        "2026"
    }
    unsafe fn placed(&mut self, _: &OrderPlaced) {}
    fn line_added(_: &LineAdded) {}
}

#[folds]
impl Clone for Order {
    fn clone(&self) -> Self {
        Self
    }
}

#[folds]
impl<T> Vec<T> {}

fn main() {}
