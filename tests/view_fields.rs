//! Which fields of a document no event fills, and which several do.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use eventide::prelude::*;
use eventide::view::field_report;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
struct OrderId(u32);

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
struct NoteId(u32);

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
struct Placed {
    country: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
struct Paid {
    amount: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
struct Noted {
    country: String,
}

#[derive(Debug, Default, Clone, Aggregate)]
#[aggregate(id = OrderId, error = String, events(Placed, Paid), commands())]
struct Order;

#[handlers]
impl Order {
    fn placed(&mut self, _: &Placed) {}
    fn paid(&mut self, _: &Paid) {}
}

#[derive(Debug, Default, Clone, Aggregate)]
#[aggregate(id = NoteId, error = String, events(Noted), commands())]
struct Note;

#[handlers]
impl Note {
    fn noted(&mut self, _: &Noted) {}
}

#[derive(Debug, Default, Clone, Serialize, Deserialize, View)]
#[view(key = String, observes(Order, Note))]
struct Country {
    orders: i64,
    revenue: i64,
    by_amount: BTreeMap<i64, u32>,
    r#type: String,
    population: u64,
}

#[folds]
impl Country {
    fn of_order(event: &Placed) -> Remember<String> {
        Remember(event.country.clone())
    }
    fn placed(&mut self, event: &Placed) {
        self.orders += 1;
        self.r#type.clone_from(&event.country);
    }
    fn paid(&mut self, event: &Paid) {
        if self.orders > 1 {
            *self.by_amount.entry(event.amount).or_default() += 1;
        }
        self.revenue += event.amount;
    }
    fn of_note(event: &Noted) -> String {
        event.country.clone()
    }
    fn noted(&mut self, _: &Noted) {
        self.orders -= 1;
        self.revenue = self.revenue.min(self.orders);
    }
}

#[test]
fn a_field_that_no_event_fills_and_those_that_several_fill_are_told() {
    let report = field_report::<Country>();
    assert_eq!(report.unfilled, ["population"]);
    let shared: Vec<_> = report.shared.iter().map(|it| it.field).collect();
    assert_eq!(shared, ["orders", "revenue"]);
    assert_eq!(report.writers("orders"), ["Placed", "Noted"]);
    assert_eq!(report.writers("revenue"), ["Paid", "Noted"]);
    assert_eq!(report.writers("type"), [""; 0]);
    assert_eq!(report.unknown, [""; 0]);
    let text = report.to_string();
    assert!(text.contains("`population`: no event fills it"), "{text}");
    assert!(text.contains("`orders`: Placed, Noted"), "{text}");
}

/// Ignores an event, and hands itself on.
#[derive(Debug, Default, Clone, Serialize, Deserialize, View)]
#[view(key = OrderId, observes(Order), ignores(Placed))]
struct Pair(i64, i64);

impl Pair {
    fn count(&mut self) {
        self.1 += 1;
    }
}

#[folds]
impl Pair {
    fn paid(&mut self, event: &Paid) {
        self.0 += event.amount;
        self.count();
    }
}

#[test]
fn nothing_is_said_of_fields_that_another_function_may_fill() {
    let report = field_report::<Pair>();
    assert_eq!((report.unfilled.len(), report.shared.len()), (0, 0));
    assert_eq!(report.unknown, ["Paid"]);
}
