//! The same documents without the framework: a struct and a `match`.

use serde::Serialize;
use serde_json::{Error, from_slice};

use crate::order::{
    AddressChanged, DiscountGranted, LineAdded, LineRemoved, OrderPlaced, OrderShipped,
};

/// A document.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Totals {
    customer: u32,
    pub(crate) country: String,
    pub(crate) total: i64,
    lines: u32,
    discount: u8,
    notes: u32,
    confirmed: bool,
    parcels: u32,
}

impl Totals {
    pub(crate) fn apply_json(&mut self, event_type: &str, json: &[u8]) -> Result<(), Error> {
        match event_type {
            "OrderPlaced" => {
                let event: OrderPlaced = from_slice(json)?;
                self.customer = event.customer;
                self.country = event.country;
            }
            "LineAdded" => {
                let event: LineAdded = from_slice(json)?;
                self.lines += 1;
                self.total += i64::from(event.quantity) * event.unit_price;
            }
            "LineRemoved" => {
                let event: LineRemoved = from_slice(json)?;
                self.lines = self.lines.saturating_sub(1);
                self.total -= i64::from(event.quantity) * event.unit_price;
            }
            "DiscountGranted" => {
                let event: DiscountGranted = from_slice(json)?;
                self.discount = self.discount.max(event.percent);
            }
            "AddressChanged" => {
                let event: AddressChanged = from_slice(json)?;
                self.country = event.country;
            }
            "NoteWritten" => self.notes += 1,
            "OrderConfirmed" => self.confirmed = true,
            "OrderShipped" => {
                let event: OrderShipped = from_slice(json)?;
                self.parcels += u32::from(event.parcels);
            }
            other => unreachable!("no event is called {other}"),
        }
        Ok(())
    }
}
