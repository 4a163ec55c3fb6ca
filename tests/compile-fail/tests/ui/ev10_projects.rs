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
    async fn exclusive(&mut self, _: &OrderPlaced) {}
    async fn by_value(&self, _: LineAdded) {}
    async fn nothing(&self) {}
}

#[projects]
impl Clone for Mailer {
    fn clone(&self) -> Self {
        Mailer
    }
}

fn main() {}
