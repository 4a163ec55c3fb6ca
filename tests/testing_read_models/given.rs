//! Given events, then documents.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use eventide::prelude::*;
use eventide::testing::{GivenLog, ViewTest};
use serde::{Deserialize, Serialize};

use crate::domain::{
    Cancelled, Country, Note, NoteId, Noted, Order, OrderId, Paid, PaidV1, Placed, Sales,
};
use crate::panic_of;

const MORNING: &str = "2010-12-01T08:26:00Z";

fn placed(country: Country) -> Placed {
    Placed { country }
}

fn paid(amount: i64) -> Paid {
    Paid { amount }
}

fn noted(about: &[Country]) -> Noted {
    Noted {
        about: about.to_vec(),
        text: "late".to_owned(),
    }
}

fn norway() -> String {
    "Norway".to_owned()
}

fn peru() -> String {
    "Peru".to_owned()
}

fn sales(orders: u32, revenue: i64) -> Sales {
    Sales {
        orders,
        revenue,
        notes: Vec::new(),
        last: Some(MORNING.to_owned()),
    }
}

#[test]
fn events_of_several_streams_and_aggregates_come_in_the_order_of_the_log() {
    let both = [Country::Norway, Country::Peru];
    let with_note = |sales: Sales| Sales {
        notes: vec!["late by nobody".to_owned()],
        ..sales
    };
    Sales::given::<Order>(&OrderId(1), (placed(Country::Norway), paid(30)))
        .and::<Order>(&OrderId(2), placed(Country::Peru))
        .and::<Note>(&NoteId(1), noted(&both))
        .and::<Order>(&OrderId(1), paid(12))
        .then(&norway(), with_note(sales(1, 42)))
        .then_document(&peru(), |peru| assert_eq!(peru.orders, 1))
        .then_all([
            (norway(), with_note(sales(1, 42))),
            (peru(), with_note(sales(1, 0))),
        ])
        .then_again()
        // A document that went, and one that begins anew under its key.
        .and::<Order>(&OrderId(2), Cancelled)
        .then_none(&peru())
        .and::<Order>(&OrderId(3), placed(Country::Peru))
        .then(&peru(), sales(1, 0))
        .then_again();
}

#[test]
fn time_and_user_are_those_that_were_given() {
    let time = |text: &str| text.parse().unwrap();
    Sales::given_nothing()
        .at(time("2020-02-01T00:00:00Z"))
        .metadata(|metadata| metadata.user_id = Some("ada".to_owned()))
        .and::<Order>(&OrderId(1), placed(Country::Peru))
        .and::<Note>(&NoteId(1), noted(&[Country::Peru]))
        .then_document(&peru(), |peru| {
            assert_eq!(peru.last.as_deref(), Some("2020-02-01T00:00:00Z"));
            assert_eq!(peru.notes, ["late by ada"]);
        })
        .later(Duration::from_mins(1))
        .and::<Order>(&OrderId(2), placed(Country::Peru))
        .then_document(&peru(), |peru| {
            assert_eq!(peru.last.as_deref(), Some("2020-02-01T00:01:00Z"));
        })
        // Times never decrease along a log.
        .at(time("2019-01-01T00:00:00Z"))
        .and::<Order>(&OrderId(3), placed(Country::Peru))
        .then_document(&peru(), |peru| {
            assert_eq!(peru.last.as_deref(), Some("2020-02-01T00:01:00Z"));
        });
}

#[test]
fn an_event_of_an_old_version_is_read_as_what_it_is_today() {
    Sales::given::<Order>(&OrderId(1), placed(Country::Norway))
        .stored::<Order>(&OrderId(1), &PaidV1 { pence: 1_200 })
        .then(&norway(), sales(1, 12))
        .then_again();
}

#[test]
fn what_cannot_be_folded_is_parked_with_all_behind_it_and_the_rest_goes_on() {
    let given = || {
        Sales::given::<Order>(&OrderId(1), (placed(Country::Norway), paid(5)))
            .and::<Order>(&OrderId(1), (paid(70_000), paid(1)))
            .and::<Order>(&OrderId(2), (placed(Country::Peru), paid(2)))
            .and::<Order>(&OrderId(3), paid(3))
    };
    given()
        .then_parked(&norway(), "nobody pays 70000")
        .then(&norway(), sales(1, 5))
        .then(&peru(), sales(1, 2))
        .then_parked_stream::<Order>(&OrderId(3), "named the document")
        .then_again();
    let words = panic_of(|| given().then_parked(&norway(), "too little"));
    assert!(
        words.contains("for another reason than `too little`"),
        "{words}"
    );
    let words = panic_of(|| given().then_parked(&peru(), "nobody"));
    assert!(
        words.contains("was expected to be parked, but is not"),
        "{words}"
    );
    let words = panic_of(|| {
        let all = [(norway(), sales(1, 5)), (peru(), sales(1, 2))];
        given().then_all(all)
    });
    assert!(words.contains("+ parked `Norway`, events: 2"), "{words}");
}

#[test]
fn an_expectation_that_does_not_hold_says_in_which_way() {
    let given = || Sales::given::<Order>(&OrderId(1), (placed(Country::Norway), paid(30)));
    let words = panic_of(|| given().then(&norway(), sales(1, 31)));
    assert!(words.contains("-   \"revenue\": 31"), "{words}");
    assert!(words.contains("+   \"revenue\": 30"), "{words}");
    let words = panic_of(|| given().then(&peru(), sales(1, 30)));
    assert!(
        words.contains("has no document \"Peru\"; it has"),
        "{words}"
    );
    let words = panic_of(|| given().then_none(&norway()));
    assert!(
        words.contains("to have no document \"Norway\", but has"),
        "{words}"
    );
    let words = panic_of(|| given().then_all([]));
    assert!(words.contains("+ Norway:"), "{words}");
    let words = panic_of(|| Sales::given::<Order>(&OrderId(1), Err::<Placed, _>("no".to_owned())));
    assert!(words.contains("the given events are an error"), "{words}");
}

#[test]
fn a_document_that_is_missing_because_it_is_parked_is_not_taken_for_absent() {
    let given = Sales::given::<Note>(&NoteId(1), noted(&[Country::Norway]));
    let too_much = (placed(Country::Peru), paid(70_000));
    let given = given.and::<Order>(&OrderId(1), Cancelled);
    given.then_parked_stream::<Order>(&OrderId(1), "named the document");
    // The first event of its key fails.
    let given = Doubtful::given::<Order>(&OrderId(1), too_much);
    let words = panic_of(|| given.then_none(&OrderId(1)));
    assert!(
        words.contains("only because it is parked: never"),
        "{words}"
    );
}

#[tokio::test]
async fn it_can_be_used_where_a_runtime_is() {
    Sales::given::<Order>(&OrderId(1), placed(Country::Norway)).then(&norway(), sales(1, 0));
}

/// Takes nothing.
#[derive(Debug, Default, Clone, Serialize, Deserialize, View)]
#[view(key = OrderId, observes(Order), ignores(Paid, Cancelled))]
struct Doubtful {}

#[folds]
impl Doubtful {
    fn placed(&mut self, _: &Placed) -> Result<(), &'static str> {
        Err("never")
    }
}

static CALLS: AtomicI64 = AtomicI64::new(0);

/// Numbers the orders by something that is not in the events.
#[derive(Debug, Default, Clone, Serialize, Deserialize, View)]
#[view(key = OrderId, observes(Order), ignores(Paid, Cancelled))]
struct Numbered {
    number: i64,
}

#[folds]
impl Numbered {
    fn placed(&mut self, _: &Placed) {
        self.number = CALLS.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_fold_that_depends_on_something_else_is_caught_by_folding_again() {
    let given: GivenLog<Numbered> = Numbered::given::<Order>(&OrderId(1), placed(Country::Peru));
    let words = panic_of(|| given.then_again());
    assert!(
        words.contains("comes to other documents if it is folded anew, one by one"),
        "{words}"
    );
}
