//! The domain of the contests, written as a user writes it.

use eventide::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
pub(crate) struct OrderId(pub(crate) u64);

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
pub(crate) struct OrderPlaced {
    pub(crate) customer: u32,
    pub(crate) country: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
pub(crate) struct LineAdded {
    pub(crate) sku: String,
    pub(crate) description: String,
    pub(crate) quantity: u32,
    pub(crate) unit_price: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
pub(crate) struct LineRemoved {
    pub(crate) sku: String,
    pub(crate) quantity: u32,
    pub(crate) unit_price: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
pub(crate) struct DiscountGranted {
    pub(crate) percent: u8,
    pub(crate) reason: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
pub(crate) struct AddressChanged {
    pub(crate) street: String,
    pub(crate) city: String,
    pub(crate) country: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
pub(crate) struct NoteWritten {
    pub(crate) text: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
pub(crate) struct OrderConfirmed {
    pub(crate) total: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
pub(crate) struct OrderShipped {
    pub(crate) carrier: String,
    pub(crate) parcels: u8,
}

#[derive(Debug, Clone, Serialize, Deserialize, Command)]
#[command(creates)]
pub(crate) struct PlaceOrder {
    #[command(id)]
    pub(crate) order: OrderId,
    pub(crate) customer: u32,
    pub(crate) country: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, Command)]
pub(crate) struct AddLine {
    #[command(id)]
    pub(crate) order: OrderId,
    pub(crate) sku: String,
    pub(crate) description: String,
    pub(crate) quantity: u32,
    pub(crate) unit_price: i64,
}

/// Nothing can be added in that quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a quantity of nothing cannot be ordered")]
pub(crate) struct NoQuantity;

#[derive(Debug, Default, Clone, Aggregate)]
#[aggregate(
    id = OrderId,
    error = NoQuantity,
    events(
        OrderPlaced, LineAdded, LineRemoved, DiscountGranted, AddressChanged, NoteWritten,
        OrderConfirmed, OrderShipped
    ),
    commands(PlaceOrder, AddLine)
)]
pub(crate) struct Order {
    customer: u32,
    country: String,
    lines: u32,
    pub(crate) total: i64,
    discount: u8,
    notes: u32,
    confirmed: bool,
    parcels: u32,
}

#[handlers]
impl Order {
    fn place(&self, command: PlaceOrder) -> OrderPlaced {
        let PlaceOrder {
            customer, country, ..
        } = command;
        OrderPlaced { customer, country }
    }

    fn add_line(&self, command: AddLine) -> Result<LineAdded, NoQuantity> {
        if command.quantity == 0 {
            return Err(NoQuantity);
        }
        let AddLine {
            sku,
            description,
            quantity,
            unit_price,
            ..
        } = command;
        Ok(LineAdded {
            sku,
            description,
            quantity,
            unit_price,
        })
    }

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
