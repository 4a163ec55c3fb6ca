//! One document folded anew, while the others stay as they are.

use std::time::Duration;

use eventide::Position;
use eventide::prelude::*;
use eventide::store::Advance;
use eventide::subscription::{SubscriptionName, WorkerId};
use eventide::view::{DocumentWrite, Healed};

use crate::domain::{Add, CountryTotals, OrderTotals, heal, poison};
use crate::support::{Where, all, app, expected, id, options, run, sell, stores};

/// Writes a document that no event made.
async fn tamper(place: &Where, view: &str, table: eventide::view::ViewTable, write: DocumentWrite) {
    let kept = place.store.subscriptions().unwrap();
    let (worker, ttl) = (WorkerId::new(), Duration::from_secs(1));
    let subscription = SubscriptionName::new(view).unwrap();
    let claimed = kept.take_over(&subscription, 0, &worker, ttl).await;
    let lease = claimed.unwrap().unwrap().lease;
    let mut advance = Advance::new(lease.clone(), None);
    advance.documents = vec![write];
    advance.table = Some(table);
    kept.advance(&advance).await.unwrap();
    kept.release(&lease).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_that_was_tampered_with_is_as_the_log_says_again() {
    for (name, place) in stores().await {
        let app = app(&place);
        sell(&app, 0..4, 2).await;
        let mut views = run(&app, options()).await;
        views.caught_up().await.unwrap();
        let orders = || app.rebuild::<OrderTotals>();
        assert_eq!(
            orders().heal(&id(2)).await.unwrap(),
            Healed::AsItWas,
            "{name}"
        );
        let at = Position::from_raw(1);
        let gone = DocumentWrite::delete("order-2".to_owned(), at);
        tamper(
            &place,
            "order-totals.v1.g1",
            OrderTotals::INFO.table(1),
            gone,
        )
        .await;
        let gone = DocumentWrite::delete("France".to_owned(), at);
        tamper(
            &place,
            "countries.v3.g1",
            CountryTotals::INFO.table(1),
            gone,
        )
        .await;
        assert_ne!(all(&app).await, expected(&*place.store).await, "{name}");
        assert_eq!(
            orders().heal(&id(2)).await.unwrap(),
            Healed::Mended,
            "{name}"
        );
        let country = "France".to_owned();
        let countries = app.rebuild::<CountryTotals>();
        assert_eq!(
            countries.heal(&country).await.unwrap(),
            Healed::Mended,
            "{name}"
        );
        assert_eq!(all(&app).await, expected(&*place.store).await, "{name}");
        // One that never was.
        assert_eq!(
            orders().heal(&id(99)).await.unwrap(),
            Healed::AsItWas,
            "{name}"
        );
        // It goes on from there.
        sell(&app, 4..6, 2).await;
        let add = Add {
            order: id(2),
            amount: 40,
        };
        app.execute(add).await.unwrap();
        views.caught_up().await.unwrap();
        assert_eq!(all(&app).await, expected(&*place.store).await, "{name}");
        views.stop().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_parked_key_is_healed_once_its_events_can_be_folded() {
    for (name, place) in stores().await {
        let app = app(&place);
        sell(&app, 0..3, 2).await;
        let add = |amount| Add {
            order: id(1),
            amount,
        };
        poison(7_002);
        let failing = app.execute(add(7_002)).await.unwrap().position.unwrap();
        app.execute(add(3)).await.unwrap();
        let mut views = run(&app, options()).await;
        views.caught_up().await.unwrap();
        let orders = || app.rebuild::<OrderTotals>();
        let healed = orders().heal(&id(1)).await.unwrap();
        let Healed::Fails { at, error, .. } = healed else {
            panic!("{name}: {healed:?}");
        };
        assert_eq!(at, failing, "{name}");
        assert_eq!(error, "7002 is sick", "{name}");
        let parked = app.parked::<OrderTotals>();
        assert_eq!(parked.keys(None, 9).await.unwrap()[0].letters, 2, "{name}");
        heal(7_002);
        assert_eq!(
            orders().heal(&id(1)).await.unwrap(),
            Healed::Mended,
            "{name}"
        );
        assert_eq!(parked.keys(None, 9).await.unwrap(), [], "{name}");
        let (documents, _) = all(&app).await;
        let (should, _) = expected(&*place.store).await;
        assert_eq!(documents, should, "{name}");
        app.execute(add(5)).await.unwrap();
        views.caught_up().await.unwrap();
        assert_eq!(all(&app).await.0, expected(&*place.store).await.0, "{name}");
        views.stop().await.unwrap();
    }
}
