//! The shop's schema lock: everything it says of old and present events holds.
#![cfg(feature = "sqlite")]
#![allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "the example's modules, of which a part is used"
)]

#[path = "../examples/retail/domain/mod.rs"]
mod domain;

use domain::money::Quantity;
use domain::order::LineAddedV1;
use domain::past::{CreditLineAddedV1, OrderPlacedV1};
use domain::{Money, PriceList, Retail};

fn prices() -> PriceList {
    PriceList::bundled().expect("the list is whole")
}

/// As the real data have it: nobody wrote down what the article is.
fn blank() -> LineAddedV1 {
    LineAddedV1 {
        stock_code: "22139".to_owned(),
        description: String::new(),
        quantity: Quantity::new(56).expect("pieces"),
        unit_price: Money::ZERO,
        amount: Money::ZERO,
    }
}

/// As the real data have it: what was credited is no article, so the list has no price of it.
fn unlisted() -> CreditLineAddedV1 {
    CreditLineAddedV1 {
        stock_code: "D".to_owned(),
        description: "Discount".to_owned(),
        quantity: Quantity::new(1).expect("pieces"),
        unit_price: "27.50".parse().expect("an amount"),
        amount: "27.50".parse().expect("an amount"),
    }
}

fn unspecified() -> OrderPlacedV1 {
    OrderPlacedV1 {
        customer: None,
        country: "Unspecified".to_owned(),
    }
}

eventide::lock_tests!(
    Retail,
    services = prices(),
    goldens = [blank(), unlisted(), unspecified()]
);
