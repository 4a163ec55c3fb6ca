//! What the macros write of a view, folded by hand: keys, rules, columns, and which events it is
//! shown.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use eventide::aggregate::ServedBy;
use eventide::domain::ViewVisitor;
use eventide::prelude::*;
use eventide::read_model::{KeyOf, KeyRule, KeysOf, Kind, ObservedBy, Observer, ServedObserver};
use eventide::view::{ColumnKind, ColumnValue, Folded, ViewOf};
use eventide::{Position, StreamId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use support::raw;

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
struct OrderId(String);

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
struct NoteId(u32);

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId, Shape)]
struct Country(String);

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
struct OrderPlaced {
    country: Country,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
struct LineAdded;

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
struct OrderShipped {
    weight: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
struct NoteIssued {
    countries: Vec<Country>,
}

#[derive(Debug, Default, Clone, Aggregate)]
#[aggregate(id = OrderId, error = String, events(OrderPlaced, LineAdded, OrderShipped), commands())]
struct Order;

#[handlers]
impl Order {
    fn placed(&mut self, _: &OrderPlaced) {}
    fn line_added(&mut self, _: &LineAdded) {}
    fn shipped(&mut self, _: &OrderShipped) {}
}

#[derive(Debug, Default, Clone, Aggregate)]
#[aggregate(id = NoteId, error = String, events(NoteIssued), commands())]
struct CreditNote;

#[handlers]
impl CreditNote {
    fn issued(&mut self, _: &NoteIssued) {}
}

/// What each country bought.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize, View)]
#[view(key = Country, observes(Order, CreditNote), ignores(LineAdded), version = 2)]
struct CountrySales {
    #[view(index)]
    orders: i64,
    #[view(unique)]
    last: Option<String>,
    notes: u32,
}

#[folds]
impl CountrySales {
    fn country(event: &OrderPlaced) -> Remember<Country> {
        Remember(event.country.clone())
    }

    fn placed(&mut self, _: &OrderPlaced, recorded: &RecordedEvent) {
        self.orders += 1;
        self.last = Some(recorded.stream.to_string());
    }

    fn shipped(&mut self, event: &OrderShipped) -> Result<Change, std::fmt::Error> {
        match event.weight {
            0 => Err(std::fmt::Error),
            1 => Ok(Change::Delete),
            _ => Ok(Change::Keep),
        }
    }

    fn countries(event: &NoteIssued, _: &RecordedEvent) -> Vec<Country> {
        event.countries.clone()
    }

    fn issued(&mut self, _: &NoteIssued) {
        self.notes += 1;
    }
}

/// One document for each order: no event has to name its key.
#[derive(Debug, Default, Clone, Serialize, Deserialize, View)]
#[view(key = OrderId, observes(Order), ignores(OrderPlaced, LineAdded), name = "weights")]
struct Weight {
    grams: u32,
}

#[folds]
impl Weight {
    fn shipped(&mut self, event: &OrderShipped) {
        self.grams += event.weight;
    }
}

#[derive(Domain)]
#[domain(aggregates(Order, CreditNote), views(CountrySales, Weight))]
struct Shop;

/// Writes down what it is shown.
#[derive(Default)]
struct Seen(Vec<&'static str>);

impl<V: View> Observer<V> for Seen {
    fn visit<A: ObservedBy<V>>(&mut self) {
        self.0.push(A::INFO.name);
    }
}

impl<V: View, S> ServedObserver<V, S> for Seen {
    fn visit<A: ObservedBy<V> + ServedBy<S>>(&mut self) {
        self.0.push(A::INFO.name);
    }
}

impl ViewVisitor<Shop> for Seen {
    fn visit<V: ViewOf<Shop>>(&mut self) {
        self.0.push(V::INFO.name);
        V::visit_served(self);
    }
}

fn recorded() -> RecordedEvent {
    RecordedEvent::new(
        Position::from_raw(3),
        StreamId::new("Order", "7").unwrap(),
        Version::new(2),
        Timestamp::UNIX_EPOCH,
        raw::event("Any", 1, ""),
    )
}

fn country(name: &str) -> Country {
    Country(name.to_owned())
}

fn fold<A: ObservedBy<CountrySales>>(
    view: &mut CountrySales,
    event: impl Into<A::Event>,
) -> Result<Change, BoxError> {
    Folded::part::<CountrySales, A>(event.into()).fold(view, &recorded())
}

fn keys<A: ObservedBy<V>, V: View>(event: impl Into<A::Event>) -> KeysOf<V::Key> {
    Folded::part::<V, A>(event.into()).keys(&recorded())
}

#[test]
fn what_is_known_of_a_view_is_what_was_written() {
    let info = CountrySales::INFO;
    assert_eq!(info.name, "country-sales");
    assert_eq!(info.version, 2);
    assert_eq!(info.doc, "What each country bought.");
    assert!(info.location.starts_with("tests/views.rs:"));
    let observed: Vec<_> = info.observes.iter().map(|it| it.name).collect();
    assert_eq!(observed, ["Order", "CreditNote"]);
    let columns: Vec<_> = info
        .columns
        .iter()
        .map(|it| (it.name, it.kind, it.unique))
        .collect();
    let expected = [
        ("orders", ColumnKind::Integer, false),
        ("last", ColumnKind::Text, true),
    ];
    assert_eq!(columns, expected);
    assert_eq!(info.table(1).sql_name(), "view_country_sales_v2_g1");
    assert_eq!(Weight::INFO.name, "weights");
    assert_eq!(Weight::INFO.version, 1);
}

#[test]
fn columns_hold_the_fields_they_stand_on() {
    let view = CountrySales {
        orders: 7,
        last: Some("o".to_owned()),
        notes: 1,
    };
    let expected = [ColumnValue::Integer(7), ColumnValue::Text("o".to_owned())];
    assert_eq!(view.columns(), expected);
    assert_eq!(CountrySales::default().columns()[1], ColumnValue::Empty);
    assert_eq!(Weight::default().columns(), []);
}

#[test]
fn each_event_of_an_aggregate_is_folded_as_it_is_written() {
    let mut view = CountrySales::default();
    let placed = OrderPlaced {
        country: country("AT"),
    };
    assert_eq!(fold::<Order>(&mut view, placed).unwrap(), Change::Keep);
    assert_eq!((view.orders, view.last.as_deref()), (1, Some("Order/7")));

    let before = view.clone();
    assert_eq!(fold::<Order>(&mut view, LineAdded).unwrap(), Change::Keep);
    assert_eq!(view, before);

    let changes = [(1, Change::Delete), (2, Change::Keep)];
    for (weight, change) in changes {
        let shipped = OrderShipped { weight };
        assert_eq!(fold::<Order>(&mut view, shipped).unwrap(), change);
    }
    let failed = fold::<Order>(&mut view, OrderShipped { weight: 0 }).unwrap_err();
    assert!(failed.is::<std::fmt::Error>());

    let issued = NoteIssued {
        countries: Vec::new(),
    };
    fold::<CreditNote>(&mut view, issued).unwrap();
    assert_eq!(view.notes, 1);
}

#[test]
fn keys_are_named_remembered_or_given() {
    let placed = OrderPlaced {
        country: country("AT"),
    };
    assert_eq!(
        keys::<Order, CountrySales>(placed.clone()),
        KeysOf::Named(vec![KeyOf::Remember(country("AT"))])
    );
    let shipped = OrderShipped { weight: 2 };
    assert_eq!(keys::<Order, CountrySales>(shipped.clone()), KeysOf::Given);
    assert_eq!(keys::<Order, Weight>(shipped), KeysOf::Given);
    // What is ignored changes nothing.
    assert_eq!(keys::<Order, Weight>(placed), KeysOf::Named(Vec::new()));
    let issued = NoteIssued {
        countries: vec![country("AT"), country("DE")],
    };
    let both = vec![KeyOf::Key(country("AT")), KeyOf::Key(country("DE"))];
    assert_eq!(
        keys::<CreditNote, CountrySales>(issued),
        KeysOf::Named(both)
    );
}

#[test]
fn the_rules_are_known_without_an_event() {
    fn rules<A: ObservedBy<V>, V: View>() -> Vec<(&'static str, KeyRule)> {
        let observed = A::INFO.events.iter().zip(A::OBSERVED);
        observed.map(|(event, it)| (event.name, it.rule)).collect()
    }
    let of_orders = [
        ("OrderPlaced", KeyRule::Remembered),
        ("LineAdded", KeyRule::Ignored),
        ("OrderShipped", KeyRule::Given),
    ];
    assert_eq!(rules::<Order, CountrySales>(), of_orders);
    let of_notes = [("NoteIssued", KeyRule::Named)];
    assert_eq!(rules::<CreditNote, CountrySales>(), of_notes);
}

#[test]
fn a_fingerprint_is_that_of_the_code() {
    let fingerprints: Vec<_> = <Order as ObservedBy<CountrySales>>::OBSERVED
        .iter()
        .map(|it| it.fingerprint)
        .collect();
    assert_eq!(fingerprints[1], 0, "an ignored event has no code");
    assert_ne!(fingerprints[0], fingerprints[2]);
    // Of another view, the same event is folded by other code.
    let other = <Order as ObservedBy<Weight>>::OBSERVED[2].fingerprint;
    assert_ne!(fingerprints[2], other);
}

#[test]
fn a_domain_shows_its_views_and_each_what_it_observes() {
    let names: Vec<_> = Shop::VIEWS.iter().map(|it| it.name).collect();
    assert_eq!(names, ["country-sales", "weights"]);

    let mut seen = Seen::default();
    Shop::visit_views(&mut seen);
    assert_eq!(
        seen.0,
        ["country-sales", "Order", "CreditNote", "weights", "Order"]
    );

    let mut seen = Seen::default();
    CountrySales::visit(&mut seen);
    assert_eq!(seen.0, ["Order", "CreditNote"]);
}
