//! Events as older programs wrote them, read by today's.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    unreachable_pub,
    reason = "a test fails by panicking, and conversions take what the steps give"
)]

#[path = "versions/orders.rs"]
mod orders;
mod support;

use eventide::StreamId;
use eventide::event::{EventVisitor, Step};
use eventide::prelude::*;
use eventide::schema::{DecodeError, DecodeProblem, Upcast};
use eventide::store::{EventStore, ExpectedVersion};
use orders::*;
use support::raw::{append_of, event};

fn order(id: &str) -> OrderId {
    id.parse().unwrap()
}

/// An app over a store whose stream `Order/a` holds what older programs wrote.
async fn with(history: &[(&str, u32, &str)]) -> App<Shop> {
    let store = MemoryStore::new();
    for (name, version, payload) in history {
        let stream = StreamId::new("Order", "a").unwrap();
        let new = event(name, *version, payload);
        let request = append_of(stream, ExpectedVersion::Any, new);
        store.append(request).await.unwrap();
    }
    App::<Shop>::new(store)
}

/// What the aggregate saw of one stored event.
async fn seen(name: &str, version: u32, payload: &str) -> Vec<String> {
    let app = with(&[(name, version, payload)]).await;
    let loaded = app.load::<Order>(&order("a")).await.unwrap();
    loaded.seen.clone()
}

async fn refused(name: &str, version: u32, payload: &str) -> DecodeError {
    let app = with(&[(name, version, payload)]).await;
    match app.load::<Order>(&order("a")).await.unwrap_err() {
        LoadError::Decode(error) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn every_declared_version_is_read() {
    let placed = |euros: u64, country: &str, gifts: &[&str]| OrderPlaced {
        placed_by: "ada".to_owned(),
        grand_total: Money(euros * 100),
        country: country.to_owned(),
        gifts: gifts.iter().map(ToString::to_string).collect(),
    };
    for (version, payload, expected) in [
        (
            1,
            r#"{"clientName":"ada","grandTotal":7,"freeNote":"x"}"#,
            placed(7, "AT", &[]),
        ),
        (
            2,
            r#"{"clientName":"ada","grandTotal":7,"freeNote":"x","country":"DE","hint":null}"#,
            placed(7, "DE", &[]),
        ),
        (
            3,
            r#"{"customer":"ada","grandTotal":7,"country":"DE","gifts":["g"],"hint":3}"#,
            placed(7, "DE", &["g"]),
        ),
        (
            3,
            r#"{"customer":"ada","grandTotal":7,"country":"DE","hint":3}"#,
            placed(7, "DE", &[]),
        ),
        (
            4,
            r#"{"customer":"ada","grandTotal":700,"country":"DE","gifts":["g"]}"#,
            placed(7, "DE", &["g"]),
        ),
    ] {
        let actual = seen("OrderPlaced", version, payload).await;
        assert_eq!(actual, [format!("{expected:?}")], "version {version}");
    }
}

#[test]
fn older_versions_can_be_made_and_led_up_by_hand() {
    let old = OrderPlacedV1 {
        client_name: "ada".to_owned(),
        grand_total: 3,
        free_note: String::new(),
    };
    let next = OrderPlacedV2::upcast(old);
    assert_eq!((next.country.as_str(), next.hint), ("AT", Some(4)));
    let now = OrderPlaced::upcast(OrderPlacedV3::upcast(next));
    assert_eq!(
        (now.placed_by.as_str(), now.grand_total),
        ("ada", Money(300))
    );
}

#[tokio::test]
async fn written_raw_and_declared_steps_mix() {
    for (name, version, payload, expected) in [
        (
            "LineAdded",
            1,
            r#"{"line":"tea x3"}"#,
            r#"LineAdded { sku: "tea", quantity: 3, gift: false }"#,
        ),
        (
            "LineAdded",
            2,
            r#"{"sku":"tea","quantity":3}"#,
            r#"LineAdded { sku: "tea", quantity: 3, gift: false }"#,
        ),
        (
            "LineAdded",
            3,
            r#"{"sku":"tea","quantity":3,"gift":true}"#,
            r#"LineAdded { sku: "tea", quantity: 3, gift: true }"#,
        ),
        ("Shipped", 1, r#"{"parcel":9}"#, "Shipped { parcels: [9] }"),
        (
            "Shipped",
            2,
            r#"{"parcel":900}"#,
            "Shipped { parcels: [900] }",
        ),
        ("Rated", 1, "4", "Rated { stars: 4, comment: None }"),
        ("Rated", 2, r#""***""#, "Rated { stars: 3, comment: None }"),
        (
            "Rated",
            3,
            r#"{"stars":5}"#,
            "Rated { stars: 5, comment: None }",
        ),
        (
            "PriceSet",
            1,
            r#"{"cents":"12"}"#,
            "PriceSet { price: Money(12) }",
        ),
        (
            "PriceSet",
            2,
            r#"{"cents":12}"#,
            "PriceSet { price: Money(12) }",
        ),
    ] {
        assert_eq!(
            seen(name, version, payload).await,
            [expected],
            "{name} {version}"
        );
    }
}

#[tokio::test]
async fn an_event_is_read_by_every_name_it_had() {
    let expected = [r#"OrderWithdrawn { reason: "late" }"#];
    for name in ["Cancel", "OrderCancelled", "OrderWithdrawn"] {
        assert_eq!(seen(name, 1, r#"{"why":"late"}"#).await, expected, "{name}");
        assert_eq!(
            seen(name, 2, r#"{"reason":"late"}"#).await,
            expected,
            "{name}"
        );
    }
}

#[tokio::test]
async fn an_event_is_told_as_none_one_or_several() {
    let two = [
        r#"StreetChanged { street: "s" }"#,
        r#"CityChanged { city: "c" }"#,
    ];
    assert_eq!(
        seen("AddressChanged", 1, r#"{"line1":"s","line2":"c"}"#).await,
        two
    );
    assert_eq!(
        seen("AddressChanged", 2, r#"{"street":"s","city":"c"}"#).await,
        two
    );
    assert_eq!(seen("Pinged", 1, "null").await, [""; 0]);
    let pages = ["OrderPrinted { page: 1 }", "OrderPrinted { page: 2 }"];
    assert_eq!(seen("Counted", 1, r#"{"pages":[1,2]}"#).await, pages);
    assert_eq!(
        seen("Counted", 2, r#"{"count":2}"#).await,
        ["Counted { count: 2 }"]
    );
}

#[tokio::test]
async fn what_is_split_is_one_version_of_the_stream() {
    let app = with(&[
        ("AddressChanged", 1, r#"{"line1":"s","line2":"c"}"#),
        ("Pinged", 1, "null"),
        ("OrderPrinted", 1, r#"{"page":1}"#),
    ])
    .await;
    for (version, events) in [(1, 2), (2, 2), (3, 3)] {
        let then = app
            .load_at::<Order>(&order("a"), Version::new(version))
            .await
            .unwrap();
        assert_eq!(then.seen.len(), events, "version {version}");
        assert_eq!(then.version().get(), version);
    }
    let receipt = app.execute(Place { order: order("a") }).await.unwrap();
    assert_eq!(receipt.version.get(), 4);
    let now = app.load::<Order>(&order("a")).await.unwrap();
    let last = now.seen.last().unwrap();
    assert!(last.contains("grand_total: Money(3)"), "{last}");
}

#[tokio::test]
async fn every_refusal_names_stream_version_event_and_field() {
    for (name, version, payload, field, problem) in [
        (
            "OrderPlaced",
            1,
            r#"{"clientName":"ada","grandTotal":-7,"freeNote":"x"}"#,
            Some("grandTotal"),
            "its payload is not of that shape at field `grandTotal`",
        ),
        (
            "OrderPlaced",
            2,
            "[]",
            None,
            "its payload is not of that shape at its top level",
        ),
        (
            "PriceSet",
            1,
            r#"{"cents":"many"}"#,
            Some("cents"),
            "its upcaster from version 1 to version 2 refused it at field `cents`",
        ),
        (
            "LineAdded",
            1,
            r#"{"line":"tea"}"#,
            None,
            "its upcaster from version 1 to version 2 refused it",
        ),
        (
            "Rated",
            2,
            "true",
            None,
            "its upcaster from version 2 to version 3 refused it",
        ),
        (
            "Rated",
            1,
            "300",
            Some("stars"),
            "its upcaster from version 1 to version 3 refused it at field `stars`",
        ),
        (
            "Rated",
            2,
            "[3]",
            None,
            "its upcaster from version 2 to version 3 refused it",
        ),
        (
            "Counted",
            1,
            r#"{"pages":[1,0]}"#,
            None,
            "what version 1 is read as was refused",
        ),
        (
            "OrderPlaced",
            5,
            "{}",
            None,
            "it is newer than this program, which knows schema version 4",
        ),
        (
            "AddressChanged",
            3,
            "{}",
            None,
            "its type is not one of `OrderPlaced`",
        ),
    ] {
        let error = refused(name, version, payload).await;
        assert_eq!(error.field(), field, "{error}");
        let start = format!(
            "event `{name}` (schema version {version}), version 1 of stream Order/a, cannot be decoded: {problem}"
        );
        assert!(error.to_string().starts_with(&start), "{error}\n{start}");
    }
    let error = refused("PriceSet", 1, r#"{"cents":"many"}"#).await;
    let DecodeProblem::Upcast { source, .. } = &*error.problem else {
        panic!("{error:?}")
    };
    let reason = source.source().unwrap();
    assert_eq!(reason.to_string(), "invalid digit found in string");
}

#[test]
fn an_event_knows_its_versions() {
    let numbers = |info: &'static eventide::event::EventInfo| -> Vec<u32> {
        info.versions()
            .map(|info| info.schema_version.get())
            .collect()
    };
    assert_eq!(numbers(&OrderPlaced::INFO), [4, 3, 2, 1]);
    assert_eq!(numbers(&LineAdded::INFO), [3, 2, 1]);
    assert_eq!(numbers(&Shipped::INFO), [3, 2, 1]);
    assert_eq!(numbers(&Rated::INFO), [4, 3]);
    assert!(matches!(RatedV3::INFO.step, Step::Raw));
    assert!(matches!(ShippedV1::INFO.step, Step::First));
    const { assert!(OrderPrinted::INFO.retired) };
    assert_eq!(OrderWithdrawn::INFO.was, ["OrderCancelled", "Cancel"]);
    assert_eq!(
        OrderPlacedV2::INFO.doc,
        "[`OrderPlaced`] as it was in version 2."
    );
    assert!(
        OrderPlaced::INFO
            .versions()
            .all(|info| info.shape.is_some())
    );
}

#[test]
fn a_visitor_sees_every_version() {
    struct Names(Vec<String>);
    impl EventVisitor for Names {
        fn visit<E: Event>(&mut self) {
            let name = std::any::type_name::<E>().rsplit("::").next().unwrap();
            self.0.push(name.to_owned());
        }
    }
    let mut names = Names(Vec::new());
    <OrderEvent as EventSet>::visit(&mut names);
    let expected = "OrderPlaced OrderPlacedV3 OrderPlacedV2 OrderPlacedV1 PriceSet PriceSetV2 PriceSetV1 \
         LineAdded LineAddedV2 LineAddedV1 Shipped ShippedV2 ShippedV1 Rated RatedV3 \
         OrderWithdrawn OrderWithdrawnV1 OrderPrinted StreetChanged CityChanged Counted \
         AddressChanged AddressChangedV1 Pinged CountedV1";
    assert_eq!(names.0.join(" "), expected);
}
