//! What is asked of the shop: a document for each order, each country and each month.

use eventide::RecordedEvent;
use eventide::prelude::*;
use serde::{Deserialize, Serialize};

use super::credit_note::{
    CreditLineAdded, CreditNote, CreditNoteOpened, CreditNoteSettled, RefundDue,
};
use super::order::{LineAdded, Order, OrderConfirmed, OrderPlaced};
use super::past::CreditNoteIssued;
use super::{DocumentNo, Money};

/// An order, as one looks it up.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize, View)]
#[view(key = DocumentNo, observes(Order))]
pub struct OrderSummary {
    /// Where the goods go.
    #[view(index)]
    pub country: String,
    /// The month it was confirmed in, such as `2010-12`.
    #[view(index)]
    pub month: Option<String>,
    /// How many lines it has.
    pub lines: u32,
    /// What it comes to, if it is confirmed.
    pub total: Option<Money>,
}

#[folds]
impl OrderSummary {
    fn placed(&mut self, event: &OrderPlaced) {
        self.country.clone_from(&event.destination.country);
    }
    fn line_added(&mut self, _: &LineAdded) {
        self.lines += 1;
    }
    fn confirmed(&mut self, event: &OrderConfirmed, recorded: &RecordedEvent) {
        self.month = Some(month(recorded));
        self.total = Some(event.total);
    }
}

/// What a country orders, and gives back.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize, View)]
#[view(key = String, observes(Order, CreditNote), ignores(CreditNoteSettled))]
pub struct CountrySales {
    /// How many orders were placed.
    #[view(index)]
    pub orders: i64,
    /// How many of them are confirmed.
    pub orders_confirmed: u64,
    /// How many lines they have.
    pub order_lines: u64,
    /// What the confirmed ones come to.
    pub revenue: Money,
    /// How many credit notes there are.
    pub credit_notes: u64,
    /// How many lines they have.
    pub credit_lines: u64,
    /// What was given back.
    pub credits: Money,
}

#[folds]
impl CountrySales {
    fn of_order(event: &OrderPlaced) -> Remember<String> {
        Remember(event.destination.country.clone())
    }
    fn of_credit_note(event: &CreditNoteOpened) -> Remember<String> {
        Remember(event.country.clone())
    }
    fn of_older_credit_note(event: &CreditNoteIssued) -> Remember<String> {
        Remember(event.country.clone())
    }
    fn placed(&mut self, _: &OrderPlaced) {
        self.orders += 1;
    }
    fn line_added(&mut self, _: &LineAdded) {
        self.order_lines += 1;
    }
    fn confirmed(&mut self, event: &OrderConfirmed) -> Result<(), Overflow> {
        self.orders_confirmed += 1;
        self.revenue = sum(self.revenue, event.total)?;
        Ok(())
    }
    fn opened(&mut self, _: &CreditNoteOpened) {
        self.credit_notes += 1;
    }
    fn issued(&mut self, _: &CreditNoteIssued) {
        self.credit_notes += 1;
    }
    fn credited(&mut self, _: &CreditLineAdded) {
        self.credit_lines += 1;
    }
    fn refunded(&mut self, event: &RefundDue) -> Result<(), Overflow> {
        self.credits = sum(self.credits, event.total)?;
        Ok(())
    }
}

/// What is confirmed in a month.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize, View)]
#[view(key = String, observes(Order), ignores(OrderPlaced, LineAdded))]
pub struct MonthlySales {
    /// How many orders.
    pub orders: u64,
    /// What they come to.
    pub revenue: Money,
}

#[folds]
impl MonthlySales {
    fn month(_: &OrderConfirmed, recorded: &RecordedEvent) -> String {
        month(recorded)
    }
    fn confirmed(&mut self, event: &OrderConfirmed) -> Result<(), Overflow> {
        self.orders += 1;
        self.revenue = sum(self.revenue, event.total)?;
        Ok(())
    }
}

/// A sum that cannot be written down.
#[derive(Debug, thiserror::Error)]
#[error("{0} and {1} come to more than can be written down")]
pub struct Overflow(Money, Money);

fn sum(a: Money, b: Money) -> Result<Money, Overflow> {
    a.plus(b).ok_or(Overflow(a, b))
}

fn month(recorded: &RecordedEvent) -> String {
    recorded.occurred_at().strftime("%Y-%m").to_string()
}
