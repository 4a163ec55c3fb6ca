//! The shop's rules, told as stories, and the laws its aggregates must keep. The way a user tests a
//! domain: without a store.
#![cfg(all(feature = "sqlite", feature = "testing"))]
#![allow(
    dead_code,
    unreachable_pub,
    reason = "the example's modules, of which a part is used"
)]

use eventide::schema::Upcast;
use eventide::testing::{AggregateTest, laws};

#[path = "../examples/retail/domain/mod.rs"]
mod domain;

use domain::credit_note::{
    AddCreditLine, CreditLineAdded, CreditNoteError, CreditNoteOpened, CreditNoteSettled,
    CreditReason, OpenCreditNote, RefundDue, SettleCreditNote,
};
use domain::destination::{Destination, Zone};
use domain::document::Kind;
use domain::line::{Description, LineError};
use domain::money::{Currency, Quantity};
use domain::order::{
    AddLine, ConfirmOrder, LineAdded, LineAddedV1, LineAddedV2, LineAddedV3, OrderConfirmed,
    OrderError, OrderPlaced, PlaceOrder,
};
use domain::past::{CreditLineAddedV1, CreditNoteIssued, CreditNoteSettledV1, OrderPlacedV1};
use domain::{CreditNote, DocumentNo, Money, Order, PriceList};

fn number() -> DocumentNo {
    DocumentNo::from("536365".to_owned())
}

fn money(text: &str) -> Money {
    text.parse().expect("an amount")
}

fn placed() -> OrderPlaced {
    OrderPlaced {
        customer: None,
        destination: Destination::within("France"),
    }
}

fn opened() -> CreditNoteOpened {
    CreditNoteOpened {
        customer: None,
        country: "France".to_owned(),
        reason: CreditReason::Return,
    }
}

fn prices() -> PriceList {
    PriceList::new([("22310".to_owned(), money("1.65"))])
}

fn add_credit_line(article: &str, description: &str) -> AddCreditLine {
    AddCreditLine {
        credit_note: number(),
        article: article.to_owned(),
        description: description.to_owned(),
        quantity: 2,
        unit_price: money("1.50"),
    }
}

fn credit_line(article: &str, description: &str, list_price: Option<Money>) -> CreditLineAdded {
    CreditLineAdded {
        article: article.to_owned(),
        description: Description::of(description.to_owned()),
        quantity: Quantity::new(2).expect("pieces"),
        unit_price: money("1.50"),
        list_price,
        amount: money("3.00"),
    }
}

fn add_line(quantity: i64, unit_price: &str) -> AddLine {
    AddLine {
        order: number(),
        article: "22310".to_owned(),
        description: "JUTE BAG".to_owned(),
        quantity,
        unit_price: money(unit_price),
    }
}

fn line_added(quantity: i64, unit_price: &str, amount: &str) -> LineAdded {
    LineAdded {
        article: "22310".to_owned(),
        description: Description::of("JUTE BAG".to_owned()),
        quantity: Quantity::new(quantity).expect("pieces"),
        unit_price: money(unit_price),
        amount: money(amount),
        currency: Currency::Gbp,
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
        .with_services(prices())
        .when(SettleCreditNote {
            credit_note: number(),
        })
        .not_found();
}

#[test]
fn a_credit_note_is_opened_filled_by_the_price_list_and_settled() {
    let settle = || SettleCreditNote {
        credit_note: number(),
    };
    CreditNote::given_nothing()
        .with_services(prices())
        .when(OpenCreditNote {
            credit_note: number(),
            customer: None,
            country: "France".to_owned(),
            reason: CreditReason::Return,
        })
        .then(opened())
        .and_when(settle())
        .rejects(CreditNoteError::NoLines)
        .and_when(add_credit_line("22310", "JUTE BAG"))
        .then(credit_line("22310", "JUTE BAG", Some(money("1.65"))))
        .and_when(add_credit_line("M", " "))
        .then(credit_line("M", "", None))
        .and_when(settle())
        .then((
            CreditNoteSettled { lines: 2 },
            RefundDue {
                total: money("6.00"),
            },
        ))
        .then_state(|note| assert_eq!(note.due, money("6.00")))
        .and_when(settle())
        .rejects(CreditNoteError::AlreadySettled);
}

#[test]
fn a_credit_note_of_version_1_is_gone_on_with() {
    let issued = CreditNoteIssued {
        customer: None,
        country: "France".to_owned(),
    };
    let line = CreditLineAddedV1 {
        stock_code: "22310".to_owned(),
        description: String::new(),
        quantity: Quantity::new(2).expect("pieces"),
        unit_price: money("1.50"),
        amount: money("3.00"),
    };
    let settled = CreditNoteSettledV1 {
        lines: 1,
        total: money("3.00"),
    };
    let settle = || SettleCreditNote {
        credit_note: number(),
    };
    let prices = prices();
    CreditNote::given(issued.clone())
        .with_services(prices.clone())
        .stored(&line)
        .when(settle())
        .then_state(|note| assert_eq!((note.lines, note.due), (1, money("3.00"))));
    CreditNote::given(issued)
        .with_services(prices.clone())
        .stored(&line)
        .stored(&settled)
        .when(settle())
        .rejects(CreditNoteError::AlreadySettled);
    assert_eq!(prices.asked(), 2);
}

#[test]
fn an_order_of_version_1_is_gone_on_with() {
    let placed = OrderPlacedV1 {
        customer: None,
        country: "France".to_owned(),
    };
    let line = LineAddedV1 {
        stock_code: "22310".to_owned(),
        description: " ".to_owned(),
        quantity: Quantity::new(2).expect("pieces"),
        unit_price: money("1.50"),
        amount: money("3.00"),
    };
    Order::given_nothing()
        .stored(&placed)
        .stored(&line)
        .when(ConfirmOrder { order: number() })
        .then(OrderConfirmed {
            lines: 1,
            total: money("3.00"),
        })
        .then_state(|order| assert_eq!(order.country, "France"));
}

#[test]
fn lines_of_every_version_are_read_as_the_present_one() {
    let line = LineAddedV1 {
        stock_code: "22310".to_owned(),
        description: " ".to_owned(),
        quantity: Quantity::new(2).expect("pieces"),
        unit_price: money("1.50"),
        amount: money("3.00"),
    };
    let second = LineAddedV2::upcast(line);
    assert_eq!(second.currency, Currency::Gbp);
    let third = LineAddedV3::upcast(second);
    assert_eq!((&*third.article, &*third.description), ("22310", " "));
    assert_eq!(LineAdded::upcast(third).description, None);
}

#[test]
fn a_destination_knows_its_zone() {
    for (country, zone) in [
        ("United Kingdom", Zone::Domestic),
        ("EIRE", Zone::Europe),
        ("Channel Islands", Zone::Europe),
        ("Japan", Zone::Overseas),
        ("Unspecified", Zone::Unknown),
    ] {
        assert_eq!(Destination::within(country).zone, zone, "{country}");
    }
}

#[test]
fn what_cannot_be_sold_is_credited_as_an_adjustment() {
    for (article, reason) in [
        ("22310", CreditReason::Return),
        ("85123A", CreditReason::Return),
        ("M", CreditReason::Adjustment),
        ("POST", CreditReason::Adjustment),
        ("", CreditReason::Adjustment),
    ] {
        assert_eq!(CreditReason::of(article), reason, "{article}");
    }
}

#[test]
fn the_aggregates_keep_the_laws() {
    laws::<Order>().require_every_command_accepted().check();
    laws::<CreditNote>()
        .services(prices())
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
