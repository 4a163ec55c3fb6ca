mod common;

use common::*;
use eventide::prelude::*;

struct Order;

#[handlers]
impl Order {
    fn place(&self, _: PlaceOrder) -> Result<OrderPlaced, OrderError> {
        Ok(OrderPlaced)
    }
}

fn main() {}
