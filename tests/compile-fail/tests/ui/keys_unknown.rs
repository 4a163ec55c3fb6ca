mod common;

use common::*;
use eventide::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(nam = "shipped", schema = 2)]
struct OrderShipped {
    #[event(tags)]
    order: u32,
}

#[derive(Debug, Clone, Deserialize, Command)]
#[command(create)]
struct ShipOrder {
    #[command(ids)]
    #[command(id)]
    order: OrderId,
}

#[derive(Default, Clone, Aggregate)]
#[aggregate(
    id = OrderId,
    error = OrderError,
    evnets(OrderPlaced, LineAdded),
    commands(PlaceOrder, AddLine),
    projections(Sales),
)]
struct Order;

#[handlers]
impl Order {
    fn place(&self, _: PlaceOrder) -> Result<OrderPlaced, OrderError> {
        Ok(OrderPlaced)
    }
    fn add_line(&self, _: AddLine) -> Result<LineAdded, OrderError> {
        Ok(LineAdded)
    }
    fn placed(&mut self, _: &OrderPlaced) {}
    fn line_added(&mut self, _: &LineAdded) {}
}

#[derive(Debug, Default, Clone, Serialize, Deserialize, View)]
#[view(key = OrderId, observes(Order), ignores(OrderPlaced, LineAdded), ignore(OrderShipped), table = "sales")]
struct Sales {
    #[view(uniqe)]
    code: String,
}

#[derive(Domain)]
#[domain(aggregate(Order), store = "shop.db")]
struct Shop;

fn main() {}
