//! An order: placed, filled line by line, confirmed.

use eventide::prelude::*;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::document::{CustomerNo, DocumentNo};
use super::money::{Money, Quantity};

/// A customer placed an order.
#[derive(Debug, Clone, Serialize, Deserialize, Event)]
pub struct OrderPlaced {
    /// Who ordered, if the shop knows.
    pub customer: Option<CustomerNo>,
    /// Where the goods go.
    #[event(tag)]
    pub country: String,
}

/// An article went onto the order.
#[derive(Debug, Clone, Serialize, Deserialize, Event)]
pub struct LineAdded {
    /// The article.
    pub stock_code: String,
    /// What it is, in the shop's words.
    pub description: String,
    /// How many pieces.
    pub quantity: Quantity,
    /// The price of one.
    pub unit_price: Money,
    /// The price of all.
    pub amount: Money,
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
    pub stock_code: String,
    /// What it is.
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
    /// Nothing can be sold in that quantity.
    #[error("a quantity of {0} cannot be sold")]
    QuantityNotPositive(i64),
    /// The shop does not pay for being bought from.
    #[error("a price of {0} is negative")]
    NegativePrice(Money),
    /// Final is final.
    #[error("the order is confirmed already")]
    AlreadyConfirmed,
    /// There is nothing to deliver.
    #[error("the order has no lines")]
    NoLines,
    /// The sum has more digits than a ledger has columns.
    #[error("the order comes to more than can be written down")]
    TooLarge,
}

impl OrderError {
    /// The rule behind it, without the particulars: for counting.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::QuantityNotPositive(_) => "quantity not positive",
            Self::NegativePrice(_) => "negative price",
            Self::AlreadyConfirmed => "already confirmed",
            Self::NoLines => "no lines",
            Self::TooLarge => "too large",
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
            country: command.country,
        }
    }

    fn add_line(&self, command: AddLine) -> Result<LineAdded, OrderError> {
        let AddLine {
            stock_code,
            description,
            quantity,
            unit_price,
            ..
        } = command;
        let quantity = Quantity::new(quantity).ok_or(OrderError::QuantityNotPositive(quantity))?;
        if unit_price.is_negative() {
            return Err(OrderError::NegativePrice(unit_price));
        }
        if self.confirmed {
            return Err(OrderError::AlreadyConfirmed);
        }
        let amount = unit_price
            .times(quantity.get())
            .ok_or(OrderError::TooLarge)?;
        self.total.plus(amount).ok_or(OrderError::TooLarge)?;
        Ok(LineAdded {
            stock_code,
            description,
            quantity,
            unit_price,
            amount,
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
        self.country.clone_from(&event.country);
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
