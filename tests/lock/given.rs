//! A story that begins with events as older programs stored them.
#![cfg(feature = "testing")]

use eventide::testing::AggregateTest;

use crate::programs::first;
use crate::shop::{Gift, LineAddedV1, Moved, Order, OrderId, Place, Placed, PlacedV1, Prices};

fn place() -> Place {
    Place {
        order: "a".parse::<OrderId>().unwrap(),
    }
}

#[test]
fn old_events_are_read_through_every_step() {
    let old = PlacedV1 {
        client: "ada".to_owned(),
        lines: vec!["tea".to_owned()],
    };
    Order::given_nothing()
        .with_services(Prices(10))
        .stored(&old)
        .and(Placed {
            customer: "bob".to_owned(),
            gift: Gift::No,
            lines: Vec::new(),
        })
        .stored(&LineAddedV1 {
            sku: "tea".to_owned(),
        })
        .stored(&Moved {
            street: "s".to_owned(),
            city: "c".to_owned(),
        })
        .when(place())
        .then_state(|order| {
            assert_eq!(
                order.seen[..5],
                [
                    r#"Placed { customer: "ada", gift: No, lines: ["tea"] }"#,
                    r#"Placed { customer: "bob", gift: No, lines: [] }"#,
                    r#"LineAdded { sku: "tea", cents: 30 }"#,
                    r#"StreetChanged { street: "s" }"#,
                    r#"CityChanged { city: "c" }"#,
                ]
            );
        });
}

#[test]
#[should_panic(
    expected = "the given event `Placed` of version 1 is not read: its payload is not of that shape"
)]
fn an_event_of_another_program_is_refused() {
    let foreign = first::Placed {
        sku: "tea".to_owned(),
        quantity: 1,
    };
    drop(
        Order::given_nothing()
            .with_services(Prices(10))
            .stored(&foreign),
    );
}
