//! The same order without the framework: a struct and a `match`.

use serde_json::{Error, from_slice};

use crate::order::{
    AddLine, AddressChanged, DiscountGranted, LineAdded, LineRemoved, NoQuantity, NoteWritten,
    OrderConfirmed, OrderEvent, OrderPlaced, OrderShipped,
};

/// The state.
#[derive(Debug, Default)]
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

impl Order {
    pub(crate) fn apply(&mut self, event: &OrderEvent) {
        match event {
            OrderEvent::OrderPlaced(event) => self.placed(event),
            OrderEvent::LineAdded(event) => self.line_added(event),
            OrderEvent::LineRemoved(event) => self.line_removed(event),
            OrderEvent::DiscountGranted(event) => self.discount_granted(event),
            OrderEvent::AddressChanged(event) => self.address_changed(event),
            OrderEvent::NoteWritten(event) => self.note_written(event),
            OrderEvent::OrderConfirmed(event) => self.confirmed(event),
            OrderEvent::OrderShipped(event) => self.shipped(event),
        }
    }

    pub(crate) fn apply_json(&mut self, event_type: &str, json: &[u8]) -> Result<(), Error> {
        match event_type {
            "OrderPlaced" => self.placed(&from_slice(json)?),
            "LineAdded" => self.line_added(&from_slice(json)?),
            "LineRemoved" => self.line_removed(&from_slice(json)?),
            "DiscountGranted" => self.discount_granted(&from_slice(json)?),
            "AddressChanged" => self.address_changed(&from_slice(json)?),
            "NoteWritten" => self.note_written(&from_slice(json)?),
            "OrderConfirmed" => self.confirmed(&from_slice(json)?),
            "OrderShipped" => self.shipped(&from_slice(json)?),
            other => unreachable!("no event is called {other}"),
        }
        Ok(())
    }

    #[expect(
        clippy::unused_self,
        reason = "the rule has no need of the state, as in the contest"
    )]
    pub(crate) fn add_line(&self, command: AddLine) -> Result<LineAdded, NoQuantity> {
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

    pub(crate) fn placed(&mut self, event: &OrderPlaced) {
        self.customer = event.customer;
        self.country.clone_from(&event.country);
    }

    pub(crate) fn line_added(&mut self, event: &LineAdded) {
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
