use std::panic;
use std::sync::Mutex;

use uuid::Uuid;

use super::order::{
    AddLine, Close, Closed, Gift, LineAdded, Order, OrderError, OrderId, Place, Placed,
};
use super::panic_of;
use crate::id_source::{CountingIds, IdSource};
use crate::testing::AggregateTest;

fn order() -> OrderId {
    OrderId(Uuid::from_u128(536_365))
}

fn place() -> Place {
    Place { order: order() }
}

fn add(sku: &str, quantity: u32) -> AddLine {
    AddLine {
        order: order(),
        sku: sku.to_owned(),
        quantity,
        wanted_on: None,
        gift: Gift::No,
    }
}

fn close() -> Close {
    Close { order: order() }
}

fn placed() -> Placed {
    Placed {
        invoice: CountingIds::default().next_uuid(),
        at: "2010-12-01T08:26:00Z".parse().unwrap(),
        by: None,
    }
}

fn added(sku: &str, quantity: u32) -> LineAdded {
    LineAdded {
        sku: sku.to_owned(),
        quantity,
    }
}

#[test]
fn tells_a_story_from_command_to_command() {
    Order::given_nothing()
        .when(place())
        .then(placed())
        .and_when(add("lantern", 6))
        .then([added("lantern", 6)])
        .then_state(|order| assert_eq!(order.quantities.len(), 1))
        .and_when(close())
        .then(Closed {})
        .and_when(add("lantern", 1))
        .rejects(OrderError::IsClosed)
        .then_state(|order| assert!(order.closed));
}

#[test]
fn what_is_given_is_folded_in_order() {
    Order::given((placed(), added("lantern", 6)))
        .and(vec![added("lantern", 2)])
        .when(add("lantern", 1))
        .then_state(|order| {
            assert_eq!(order.quantities.get("lantern"), Some(&9));
        });
    Order::given(placed()).when(close()).then_nothing();
}

#[test]
fn time_ids_and_metadata_are_as_said() {
    let ids = CountingIds::default();
    ids.next_uuid();
    let at = "2011-12-09T12:50:00Z".parse().unwrap();
    Order::given(())
        .at(at)
        .with_ids(ids)
        .metadata(|metadata| metadata.user_id = Some("ada".to_owned()))
        .when(place())
        .then(Placed {
            invoice: "00000000-0000-7000-8000-000000000002".parse().unwrap(),
            at,
            by: Some("ada".to_owned()),
        });
}

#[test]
fn commands_are_refused_as_an_application_refuses_them() {
    Order::given_nothing().when(close()).not_found();
    Order::given(placed()).when(place()).already_exists();
    Order::given(placed()).when(add("", 0)).invalid("sku");
    Order::given_nothing().when(add("", 0)).invalid("sku");
    Order::given(placed())
        .when(add("lantern", 0))
        .rejects_with(|error| matches!(error, OrderError::NoQuantity(_)))
        .and_when(add("lantern", 0))
        .rejects(OrderError::NoQuantity(0));
}

type Act = Box<dyn FnOnce()>;

#[test]
fn a_failed_expectation_says_what_came_instead() {
    let given = || Order::given(placed());
    let cases: [(&str, Act); 8] = [
        (
            "- expected\n+ actual\n\n  LineAdded {\n-   \"quantity\": 6,\n+   \"quantity\": 5,\n    \"sku\": \"lantern\"\n  }\n",
            Box::new(move || drop(given().when(add("lantern", 5)).then(added("lantern", 6)))),
        ),
        (
            "was expected to cause events, but it was rejected with NoQuantity(0)",
            Box::new(move || drop(given().when(add("lantern", 0)).then(added("lantern", 0)))),
        ),
        (
            "was rejected with another error\n\nexpected: IsClosed\n  actual: NoQuantity(0)",
            Box::new(move || drop(given().when(add("a", 0)).rejects(OrderError::IsClosed))),
        ),
        (
            "was expected to be rejected with IsClosed, but it caused\n\nLineAdded {",
            Box::new(move || drop(given().when(add("a", 1)).rejects(OrderError::IsClosed))),
        ),
        (
            "was expected to be invalid because of `quantity`, but command `AddLine` is not acceptable: `sku` is empty",
            Box::new(move || drop(given().when(add("", 1)).invalid("quantity"))),
        ),
        (
            "was expected to find no aggregate, but it was accepted without events",
            Box::new(move || drop(given().when(close()).not_found())),
        ),
        (
            "was expected to be accepted, but its aggregate exists already (events were given)",
            Box::new(move || drop(given().when(place()).then_state(|_| ()))),
        ),
        (
            "what came of command `Close` was not checked: end the test with `.then(..)`",
            Box::new(move || drop(given().when(close()))),
        ),
    ];
    for (expected, act) in cases {
        let message = panic_of(act);
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn a_failure_points_to_the_line_of_the_expectation() {
    static AT: Mutex<Option<(String, u32)>> = Mutex::new(None);

    let hook = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let is_ours = info
            .payload_as_str()
            .is_some_and(|text| text.contains("`Place`"));
        if let (true, Some(at)) = (is_ours, info.location()) {
            *AT.lock().unwrap() = Some((at.file().to_owned(), at.line()));
        }
        hook(info);
    }));
    let line = line!() + 1;
    panic_of(|| drop(Order::given_nothing().when(place()).not_found()));
    let (file, at) = AT.lock().unwrap().take().expect("panicked");
    assert!(file.ends_with("story.rs"), "{file}");
    assert_eq!(at, line);
}

#[test]
fn an_unchecked_decision_does_not_panic_twice() {
    let message = panic_of(|| {
        let _decided = Order::given(placed()).when(close());
        panic!("{}", "first".to_owned());
    });
    assert_eq!(message, "first");
}
