mod common;

use common::*;
use eventide::prelude::*;

#[derive(Outcome)]
#[outcome(name = "placed")]
enum Placed {
    Both(OrderPlaced, LineAdded),
    Named { event: OrderPlaced },
    Once(OrderPlaced),
}

#[derive(Outcome)]
struct Shipped(OrderPlaced);

fn main() {}
