//! Events that cannot be read: what they park, and what they hold.

use std::time::Duration;

use eventide::id_source::{IdSource, RandomIds};
use eventide::read_model::PartitionState;
use eventide::store::{AppendRequest, ExpectedVersion, StreamAppend};
use eventide::{Metadata, NewEvent, SchemaVersion, StreamId};
use tokio::time::{sleep, timeout};

use crate::domain::{CountryTotals, OrderTotals, Place};
use crate::support::{Where, all, app, expected, id, options, run, sell, stores};

/// Appends an event as some other program would.
async fn append(place: &Where, event_type: &str, version: u32, payload: &str) {
    let metadata = Metadata::of_command(RandomIds.next_uuid().into());
    let event = NewEvent {
        id: RandomIds.next_uuid().into(),
        event_type: event_type.into(),
        schema_version: SchemaVersion::new(version),
        payload: payload.into(),
        metadata,
        tags: Vec::new(),
    };
    let stream = StreamId::new("Order", id(1).to_string()).unwrap();
    let part = StreamAppend {
        stream,
        expected: ExpectedVersion::Any,
        events: vec![event],
        commands: Vec::new(),
    };
    place.store.append(AppendRequest::to(part)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_decoded_parks_its_order_and_no_other() {
    for (name, place) in stores().await {
        let app = app(&place);
        sell(&app, 0..4, 1).await;
        append(&place, "Added", 1, r#"{"amount":"many"}"#).await;
        append(&place, "Added", 1, r#"{"amount":5}"#).await;
        let mut views = run(&app, options()).await;
        views.caught_up().await.unwrap();
        let keys = app.parked::<OrderTotals>().keys(None, 10).await.unwrap();
        assert_eq!((&*keys[0].key, keys[0].letters), ("order-1", 2), "{name}");
        let error = keys[0].first.error.clone().unwrap();
        assert!(error.contains("`amount`"), "{name}: {error}");
        // The country of an event that cannot be read is not known: its stream waits.
        let streams = app.parked::<CountryTotals>().keys(None, 10).await.unwrap();
        assert_eq!(
            (&*streams[0].key, streams[0].letters),
            ("@/Order/order-1", 2),
            "{name}"
        );
        // That of the others goes on, Norway's as well.
        sell(&app, 4..8, 1).await;
        append(&place, "Added", 1, r#"{"amount":6}"#).await;
        views.caught_up().await.unwrap();
        let streams = app.parked::<CountryTotals>().keys(None, 10).await.unwrap();
        assert_eq!(streams[0].letters, 3, "{name}");
        let (_, countries) = all(&app).await;
        assert_eq!(countries["Norway"].total, 3, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_program_wrote_holds_the_view_and_is_never_passed_over() {
    for (event_type, version) in [("Added", 2), ("Shipped", 1)] {
        for (name, place) in stores().await {
            let app = app(&place);
            sell(&app, 0..3, 2).await;
            let before = expected(&*place.store).await;
            append(&place, event_type, version, r#"{"amount":5}"#).await;
            append(&place, "Added", 1, r#"{"amount":6}"#).await;
            let views = run(&app, options()).await;
            let holds = async {
                loop {
                    let status = views.status().await.unwrap();
                    let holds =
                        |state: &PartitionState| matches!(state, PartitionState::Holding { .. });
                    if status.iter().all(|it| it.working.values().any(holds)) {
                        return status;
                    }
                    sleep(Duration::from_millis(5)).await;
                }
            };
            let status = timeout(Duration::from_mins(1), holds).await.unwrap();
            assert_eq!(all(&app).await, before, "{name}, {event_type}");
            assert!(
                status
                    .iter()
                    .all(|it| it.came_to < it.head && it.subscription.letters == 0)
            );
            views.stop().await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_database_keeps_parks_its_key_and_no_other() {
    let long = "x".repeat(1_025);
    for country in ["Nor\0way", &long] {
        for (name, place) in stores().await {
            let app = app(&place);
            sell(&app, 0..3, 1).await;
            let (order, country) = (id(9), country.to_owned());
            app.execute(Place { order, country }).await.unwrap();
            let mut views = run(&app, options()).await;
            views.caught_up().await.unwrap();
            let keys = app.parked::<OrderTotals>().keys(None, 10).await.unwrap();
            assert_eq!((&*keys[0].key, keys.len()), ("order-9", 1), "{name}");
            let error = keys[0].first.error.clone().unwrap();
            assert!(error.contains("column `country`"), "{name}: {error}");
            let streams = app.parked::<CountryTotals>().keys(None, 10).await.unwrap();
            assert_eq!(
                (&*streams[0].key, streams.len()),
                ("@/Order/order-9", 1),
                "{name}"
            );
            let (orders, countries) = all(&app).await;
            assert_eq!((orders.len(), countries.len()), (3, 3), "{name}");
            views.stop().await.unwrap();
        }
    }
}
