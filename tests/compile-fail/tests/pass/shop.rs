//! A whole domain: every form of handler, every key.
#![deny(warnings)]

use eventide::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
pub struct OrderId(String);

/// A customer placed an order.
///
/// It has no lines yet.
#[derive(Debug, Clone, Serialize, Deserialize, Event)]
pub struct OrderPlaced {
    #[event(tag)]
    pub customer: u32,
    #[event(tag = "land")]
    pub country: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(name = "line-added")]
pub struct LineAdded(pub u32);

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
pub struct OrderConfirmed;

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
pub struct OrderCancelled;

#[derive(Debug, Clone, Deserialize, Command)]
#[command(creates)]
pub struct PlaceOrder {
    #[command(id)]
    pub order: OrderId,
    pub customer: u32,
}

#[derive(Debug, Clone, Deserialize, Command)]
#[command(upserts, name = "add-lines")]
pub struct AddLines {
    #[command(id)]
    pub order: OrderId,
    pub quantities: Vec<u32>,
}

#[derive(Debug, Clone, Deserialize, Command)]
pub struct ConfirmOrder {
    #[command(id)]
    pub order: OrderId,
}

#[derive(Debug, Clone, Deserialize, Command)]
pub struct TouchOrder(#[command(id)] pub OrderId);

#[derive(Debug)]
pub struct Refused;

impl From<Refused> for BoxError {
    fn from(_: Refused) -> Self {
        "refused".into()
    }
}

pub struct Prices {
    pub of_a_line: u32,
}

#[derive(Outcome)]
pub enum Confirmed {
    Yes(OrderConfirmed),
    No(OrderCancelled),
    Already,
}

type Res<T> = Result<T, Refused>;

#[derive(Debug, Default, Clone, Serialize, Deserialize, Aggregate)]
#[aggregate(
    id = OrderId,
    error = Refused,
    services = Prices,
    name = "order",
    events(OrderPlaced, LineAdded, OrderConfirmed, OrderCancelled),
    commands(PlaceOrder, AddLines, ConfirmOrder, TouchOrder),
    snapshot(every = 200, version = 2),
)]
pub struct Order {
    lines: u32,
    confirmed: bool,
}

#[handlers]
impl Order {
    fn place(&self, command: PlaceOrder) -> Res<(OrderPlaced, Option<LineAdded>)> {
        let country = String::from("DE");
        let placed = OrderPlaced {
            customer: command.customer,
            country,
        };
        Ok((placed, None))
    }

    async fn add_lines(&self, command: AddLines, ctx: &Context<'_, Prices>) -> Res<Vec<LineAdded>> {
        if ctx.services().of_a_line == 0 {
            return Err(Refused);
        }
        std::future::ready(()).await;
        Ok(command.quantities.into_iter().map(LineAdded).collect())
    }

    fn confirm(&self, _: ConfirmOrder, _: &Context<Prices>) -> Confirmed {
        if self.confirmed {
            Confirmed::Already
        } else if self.lines > 0 {
            Confirmed::Yes(OrderConfirmed)
        } else {
            Confirmed::No(OrderCancelled)
        }
    }

    fn touch(&self, _: TouchOrder) {}

    fn placed(&mut self, _: &OrderPlaced) {}

    fn line_added(&mut self, LineAdded(quantity): &LineAdded) {
        self.lines += quantity;
    }

    fn confirmed(&mut self, _: &OrderConfirmed) {
        self.confirmed = true;
    }

    fn cancelled(&mut self, _: &OrderCancelled) {}
}

#[derive(Domain)]
#[domain(name = "shop", aggregates(Order), services = Prices)]
pub struct Shop;

fn main() {
    assert_eq!(Shop::NAME, "shop");
    assert_eq!(Order::INFO.name, "order");
    assert_eq!(OrderPlaced::INFO.doc, "A customer placed an order.");
    let names: Vec<_> = Order::INFO.events.iter().map(|event| event.name).collect();
    assert_eq!(names, ["OrderPlaced", "line-added", "OrderConfirmed", "OrderCancelled"]);
}
