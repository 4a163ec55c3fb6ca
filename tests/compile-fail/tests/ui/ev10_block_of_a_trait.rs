mod common;

use common::*;
use eventide::prelude::*;

#[derive(Default, Clone)]
struct Order;

#[handlers]
impl Drop for Order {
    fn drop(&mut self) {}
}

#[derive(Default, Clone)]
struct Any<T>(T);

#[handlers]
impl<T> Any<T> {
    fn place(&self, _: PlaceOrder) {}
}

fn main() {}
