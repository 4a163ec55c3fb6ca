//! A view of orders, written as a user writes it.

use eventide::prelude::*;
use serde::{Deserialize, Serialize};

use crate::order::{
    AddressChanged, DiscountGranted, LineAdded, LineRemoved, NoteWritten, Order, OrderConfirmed,
    OrderId, OrderPlaced, OrderShipped,
};

/// One document for each order.
#[derive(Debug, Default, Clone, Serialize, Deserialize, View)]
#[view(key = OrderId, observes(Order))]
pub(crate) struct OrderTotals {
    customer: u32,
    #[view(index)]
    country: String,
    #[view(index)]
    total: i64,
    pub(crate) lines: u32,
    discount: u8,
    notes: u32,
    confirmed: bool,
    parcels: u32,
}

#[folds]
impl OrderTotals {
    fn placed(&mut self, event: &OrderPlaced) {
        self.customer = event.customer;
        self.country.clone_from(&event.country);
    }

    fn line_added(&mut self, event: &LineAdded) {
        self.lines += 1;
        self.total += i64::from(event.quantity) * event.unit_price;
    }

    fn line_removed(&mut self, event: &LineRemoved) {
        self.lines = self.lines.saturating_sub(1);
        self.total -= i64::from(event.quantity) * event.unit_price;
    }

    fn discount_granted(&mut self, event: &DiscountGranted) {
        self.discount = self.discount.max(event.percent);
    }

    fn address_changed(&mut self, event: &AddressChanged) {
        self.country.clone_from(&event.country);
    }

    fn note_written(&mut self, _: &NoteWritten) {
        self.notes += 1;
    }

    fn confirmed(&mut self, _: &OrderConfirmed) {
        self.confirmed = true;
    }

    fn shipped(&mut self, event: &OrderShipped) {
        self.parcels += u32::from(event.parcels);
    }
}

#[derive(Domain)]
#[domain(name = "shop", aggregates(Order), views(OrderTotals))]
pub(crate) struct Shop;
