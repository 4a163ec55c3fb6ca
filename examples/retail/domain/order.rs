//! An order: placed, filled line by line, confirmed.

use eventide::prelude::*;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::destination::Destination;
use super::document::{CustomerNo, DocumentNo};
use super::line::{Description, LineError, price};
use super::money::{Currency, Money, Quantity};
use super::past::OrderPlacedV1;

/// A customer placed an order.
#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(version = 2, previous = OrderPlacedV1)]
pub struct OrderPlaced {
    /// Who ordered, if the shop knows.
    pub customer: Option<CustomerNo>,
    /// Where the goods go.
    #[event(tag = "country")]
    pub destination: Destination,
}

/// An article went onto the order.
#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(version = 4)]
pub struct LineAdded {
    /// The article.
    #[event(renamed(since = 3, from = stock_code))]
    pub article: String,
    /// What it is, if somebody wrote it down.
    #[event(changed(since = 4, from = String, with = Description::of))]
    pub description: Option<Description>,
    /// How many pieces.
    pub quantity: Quantity,
    /// The price of one.
    pub unit_price: Money,
    /// The price of all.
    pub amount: Money,
    /// What it is priced in. Before it was said, that was pounds.
    #[event(since = 2, default = Currency::Gbp)]
    pub currency: Currency,
}

/// The order is final: it counts as revenue.
#[derive(Debug, Clone, Serialize, Deserialize, Event)]
pub struct OrderConfirmed {
    /// How many lines it has.
    pub lines: u32,
    /// What it comes to.
    pub total: Money,
}

/// Open an order for a customer.
#[derive(Debug, Clone, Serialize, Deserialize, Command)]
#[command(creates)]
pub struct PlaceOrder {
    /// The order's number.
    #[command(id)]
    pub order: DocumentNo,
    /// Who orders, if the shop knows.
    pub customer: Option<CustomerNo>,
    /// Where the goods go.
    pub country: String,
}

/// Put an article on the order.
#[derive(Debug, Clone, Serialize, Deserialize, Command)]
pub struct AddLine {
    /// The order's number.
    #[command(id)]
    pub order: DocumentNo,
    /// The article.
    pub article: String,
    /// What it is; blank if nobody wrote it down.
    pub description: String,
    /// How many pieces; whether that can be sold is the order's to say.
    pub quantity: i64,
    /// The price of one.
    pub unit_price: Money,
}

/// Make the order final.
#[derive(Debug, Clone, Serialize, Deserialize, Command)]
pub struct ConfirmOrder {
    /// The order's number.
    #[command(id)]
    pub order: DocumentNo,
}

/// Why an order refuses a command.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OrderError {
    /// The line itself is refused.
    #[error(transparent)]
    Line(#[from] LineError),
    /// Final is final.
    #[error("the order is confirmed already")]
    AlreadyConfirmed,
    /// There is nothing to deliver.
    #[error("the order has no lines")]
    NoLines,
}

impl OrderError {
    /// The rule behind it, without the particulars: for counting.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Line(error) => error.reason(),
            Self::AlreadyConfirmed => "already confirmed",
            Self::NoLines => "no lines",
        }
    }
}

/// What the rules of an order need to know of its past.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize, Aggregate)]
#[aggregate(
    id = DocumentNo,
    error = OrderError,
    events(OrderPlaced, LineAdded, OrderConfirmed),
    commands(PlaceOrder, AddLine, ConfirmOrder),
    snapshot(every = 200)
)]
pub struct Order {
    /// Where the goods go.
    pub country: String,
    /// How many lines it has.
    pub lines: u32,
    /// What they come to.
    pub total: Money,
    /// Whether it is final.
    pub confirmed: bool,
}

#[handlers]
impl Order {
    fn place(&self, command: PlaceOrder) -> OrderPlaced {
        OrderPlaced {
            customer: command.customer,
            destination: Destination::within(command.country),
        }
    }

    fn add_line(&self, command: AddLine) -> Result<LineAdded, OrderError> {
        let AddLine {
            article,
            description,
            quantity,
            unit_price,
            ..
        } = command;
        let (quantity, amount) = price(quantity, unit_price, self.total)?;
        if self.confirmed {
            return Err(OrderError::AlreadyConfirmed);
        }
        Ok(LineAdded {
            article,
            description: Description::of(description),
            quantity,
            unit_price,
            amount,
            currency: Currency::Gbp,
        })
    }

    fn confirm(&self, _: ConfirmOrder) -> Result<OrderConfirmed, OrderError> {
        if self.confirmed {
            return Err(OrderError::AlreadyConfirmed);
        }
        if self.lines == 0 {
            return Err(OrderError::NoLines);
        }
        Ok(OrderConfirmed {
            lines: self.lines,
            total: self.total,
        })
    }

    fn placed(&mut self, event: &OrderPlaced) {
        self.country.clone_from(&event.destination.country);
    }

    fn line_added(&mut self, event: &LineAdded) {
        self.lines += 1;
        // `add_line` let it through only because the sum exists.
        self.total = self.total.plus(event.amount).unwrap_or(self.total);
    }

    fn confirmed(&mut self, _: &OrderConfirmed) {
        self.confirmed = true;
    }
}
