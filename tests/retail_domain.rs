//! The shop's rules, told as stories, and the laws its aggregates must keep. The way a user tests a
//! domain: without a store.
#![cfg(feature = "testing")]
#![allow(
    dead_code,
    unreachable_pub,
    reason = "the example's modules, of which a part is used"
)]

use eventide::testing::{AggregateTest, laws};

#[path = "../examples/retail/domain/mod.rs"]
mod domain;

use domain::credit_note::{CreditNoteError, SettleCreditNote};
use domain::document::Kind;
use domain::line::LineError;
use domain::order::{
    AddLine, ConfirmOrder, LineAdded, OrderConfirmed, OrderError, OrderPlaced, PlaceOrder,
};
use domain::{CreditNote, DocumentNo, Money, Order};

fn number() -> DocumentNo {
    DocumentNo::from("536365".to_owned())
}

fn money(text: &str) -> Money {
    text.parse().expect("an amount")
}

fn placed() -> OrderPlaced {
    OrderPlaced {
        customer: None,
        country: "France".to_owned(),
    }
}

fn add_line(quantity: i64, unit_price: &str) -> AddLine {
    AddLine {
        order: number(),
        stock_code: "22310".to_owned(),
        description: "JUTE BAG".to_owned(),
        quantity,
        unit_price: money(unit_price),
    }
}

fn line_added(quantity: i64, unit_price: &str, amount: &str) -> LineAdded {
    LineAdded {
        stock_code: "22310".to_owned(),
        description: "JUTE BAG".to_owned(),
        quantity: domain::money::Quantity::new(quantity).expect("pieces"),
        unit_price: money(unit_price),
        amount: money(amount),
    }
}

#[test]
fn an_order_is_placed_filled_and_confirmed() {
    Order::given_nothing()
        .when(PlaceOrder {
            order: number(),
            customer: None,
            country: "France".to_owned(),
        })
        .then(placed())
        .and_when(add_line(6, "2.55"))
        .then(line_added(6, "2.55", "15.30"))
        .and_when(add_line(1, "0"))
        .then(line_added(1, "0", "0"))
        .and_when(ConfirmOrder { order: number() })
        .then(OrderConfirmed {
            lines: 2,
            total: money("15.30"),
        })
        .then_state(|order| assert!(order.confirmed));
}

#[test]
fn what_cannot_be_sold_is_refused() {
    Order::given(placed())
        .when(add_line(0, "1"))
        .rejects(LineError::QuantityNotPositive(0).into());
    Order::given(placed())
        .when(add_line(-5, "-1"))
        .rejects(LineError::QuantityNotPositive(-5).into());
    Order::given(placed())
        .when(add_line(1, "-0.01"))
        .rejects(LineError::NegativePrice(money("-0.01")).into());
    Order::given(placed())
        .when(add_line(
            i64::from(u32::MAX),
            "79228162514264337593543950335",
        ))
        .rejects(LineError::TooLarge.into());
}

#[test]
fn an_order_without_lines_cannot_be_confirmed_nor_a_confirmed_one_changed() {
    Order::given(placed())
        .when(ConfirmOrder { order: number() })
        .rejects(OrderError::NoLines);
    let confirmed = (
        placed(),
        line_added(1, "2", "2"),
        OrderConfirmed {
            lines: 1,
            total: money("2"),
        },
    );
    Order::given(confirmed.clone())
        .when(add_line(1, "2"))
        .rejects(OrderError::AlreadyConfirmed);
    Order::given(confirmed)
        .when(ConfirmOrder { order: number() })
        .rejects(OrderError::AlreadyConfirmed);
}

#[test]
fn commands_need_their_order_and_placing_needs_none() {
    Order::given_nothing().when(add_line(1, "2")).not_found();
    Order::given(placed())
        .when(PlaceOrder {
            order: number(),
            customer: None,
            country: "France".to_owned(),
        })
        .already_exists();
    CreditNote::given_nothing()
        .when(SettleCreditNote {
            credit_note: number(),
        })
        .not_found();
    CreditNote::given(domain::credit_note::CreditNoteIssued {
        customer: None,
        country: "France".to_owned(),
    })
    .when(SettleCreditNote {
        credit_note: number(),
    })
    .rejects(CreditNoteError::NoLines);
}

#[test]
fn the_aggregates_keep_the_laws() {
    laws::<Order>().require_every_command_accepted().check();
    laws::<CreditNote>()
        .require_every_command_accepted()
        .check();
}

#[test]
fn a_documents_kind_is_told_by_its_number() {
    for (number, kind) in [
        ("536365", Kind::Order),
        ("C536379", Kind::CreditNote),
        ("A563185", Kind::Unknown),
        ("C", Kind::Unknown),
        ("", Kind::Unknown),
        ("53636x", Kind::Unknown),
        ("CC1", Kind::Unknown),
    ] {
        assert_eq!(Kind::of(number), kind, "{number}");
    }
}

#[test]
fn money_is_shown_in_pounds_and_pence() {
    for (amount, shown) in [
        ("0", "£0.00"),
        ("-11062.06", "-£11,062.06"),
        ("9747747.934", "£9,747,747.93"),
        ("999.995", "£1,000.00"),
        ("0.001", "£0.00"),
    ] {
        assert_eq!(money(amount).rounded(), shown);
    }
}
