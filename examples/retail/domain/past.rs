//! Events as earlier versions of this program wrote them, and what they are read as.
//!
//! Nothing here is written any more, and all of it may be stored: it stays. What could be said on a
//! field, such as every version of `LineAdded`, is said there.

use std::collections::HashMap;
use std::convert::Infallible;

use eventide::prelude::*;
use eventide::schema::{Split, Upcast, UpcastWith};
use serde::{Deserialize, Serialize};

use super::credit_note::{CreditLineAdded, CreditNote, CreditNoteSettled, RefundDue};
use super::destination::Destination;
use super::document::CustomerNo;
use super::line::Description;
use super::money::{Money, Quantity};
use super::order::OrderPlaced;
use super::price_list::PriceList;

/// [`OrderPlaced`] before the shop sorted its parcels by zone.
#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(name = "OrderPlaced")]
pub struct OrderPlacedV1 {
    /// Who ordered, if the shop knows.
    pub customer: Option<CustomerNo>,
    /// Where the goods go.
    pub country: String,
}

/// A written step: the zone follows from the country.
impl Upcast<OrderPlacedV1> for OrderPlaced {
    fn upcast(old: OrderPlacedV1) -> Self {
        Self {
            customer: old.customer,
            destination: Destination::within(old.country),
        }
    }
}

/// The shop issued a credit note, without a word about why: today it is
/// [`CreditNoteOpened`](super::credit_note::CreditNoteOpened).
#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(retired)]
pub struct CreditNoteIssued {
    /// To whom, if the shop knows.
    pub customer: Option<CustomerNo>,
    /// Where the customer is.
    #[event(tag)]
    pub country: String,
}

/// [`CreditLineAdded`] before it said what the article costs by the list.
#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(name = "CreditLineAdded")]
pub struct CreditLineAddedV1 {
    /// The article, or the kind of adjustment.
    pub stock_code: String,
    /// What it is; blank if nobody wrote it down.
    pub description: String,
    /// How many pieces came back.
    pub quantity: Quantity,
    /// The price of one.
    pub unit_price: Money,
    /// What is given back for all.
    pub amount: Money,
}

/// A step that asks the price list: once for a page of old events, whatever their number.
impl UpcastWith<CreditLineAddedV1> for CreditLineAdded {
    type Services = PriceList;
    type Key = String;
    type Found = Money;
    type Error = Infallible;

    fn key(old: &CreditLineAddedV1) -> String {
        old.stock_code.clone()
    }

    async fn look_up(
        prices: &PriceList,
        articles: Vec<String>,
    ) -> Result<HashMap<String, Money>, Infallible> {
        prices.prices(articles).await
    }

    fn upcast_with(old: CreditLineAddedV1, list_price: Option<Money>) -> Result<Self, Infallible> {
        Ok(Self {
            article: old.stock_code,
            description: Description::of(old.description),
            quantity: old.quantity,
            unit_price: old.unit_price,
            list_price,
            amount: old.amount,
        })
    }
}

/// [`CreditNoteSettled`] when to settle a note was to pay it.
#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(name = "CreditNoteSettled")]
pub struct CreditNoteSettledV1 {
    /// How many lines it has.
    pub lines: u32,
    /// What is given back.
    pub total: Money,
}

/// One event told as two.
impl Split<CreditNote> for CreditNoteSettledV1 {
    type Into = (CreditNoteSettled, RefundDue);

    fn split(self) -> Self::Into {
        let settled = CreditNoteSettled { lines: self.lines };
        (settled, RefundDue { total: self.total })
    }
}
