//! Events and commands as they come in a shop.

use crate::order::{
    AddLine, AddressChanged, DiscountGranted, LineAdded, LineRemoved, NoteWritten, OrderConfirmed,
    OrderEvent, OrderId, OrderPlaced, OrderShipped, PlaceOrder,
};

/// Event number `n` of a long history: half of them add lines, in an order nobody can foresee.
pub(crate) fn event(n: u64) -> OrderEvent {
    let country = || "United Kingdom".to_owned();
    match n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 60 {
        0..8 => line_added(n).into(),
        8..10 => LineRemoved {
            sku: sku(n),
            quantity: 1,
            unit_price: 255,
        }
        .into(),
        10 => DiscountGranted {
            percent: 5,
            reason: "loyal customer".to_owned(),
        }
        .into(),
        11 => AddressChanged {
            street: "12 Long Lane".to_owned(),
            city: "London".to_owned(),
            country: country(),
        }
        .into(),
        12 => NoteWritten {
            text: "leave it with the neighbours".to_owned(),
        }
        .into(),
        13 => OrderConfirmed { total: 15_912 }.into(),
        14 => OrderShipped {
            carrier: "Royal Mail".to_owned(),
            parcels: 2,
        }
        .into(),
        _ => placed().into(),
    }
}

pub(crate) fn placed() -> OrderPlaced {
    OrderPlaced {
        customer: 17_850,
        country: "United Kingdom".to_owned(),
    }
}

pub(crate) fn line_added(n: u64) -> LineAdded {
    LineAdded {
        sku: sku(n),
        description: "WHITE HANGING HEART T-LIGHT HOLDER".to_owned(),
        quantity: 6,
        unit_price: 255,
    }
}

pub(crate) fn place_order(order: u64) -> PlaceOrder {
    PlaceOrder {
        order: OrderId(order),
        customer: 17_850,
        country: "United Kingdom".to_owned(),
    }
}

pub(crate) fn add_line(order: u64) -> AddLine {
    AddLine {
        order: OrderId(order),
        sku: sku(order),
        description: "WHITE HANGING HEART T-LIGHT HOLDER".to_owned(),
        quantity: 6,
        unit_price: 255,
    }
}

fn sku(n: u64) -> String {
    format!("{:05}A", n % 100_000)
}
