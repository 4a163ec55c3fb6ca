//! What fails parks its own key, in order; the others flow on.

use eventide::Position;
use eventide::read_model::{ReadModelError, Retried};
use eventide::subscription::{PartitionCount, SubscriptionName};

use crate::domain::{Add, CountryTotals, OrderTotals, heal, poison};
use crate::support::{all, app, expected, id, options, run, sell, stores};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_parks_with_all_behind_it_and_comes_back_in_order() {
    // One is an error, the other a panic.
    for amount in [1_000, 1_001] {
        for (name, place) in stores().await {
            let app = app(&place);
            poison(amount);
            sell(&app, 0..4, 1).await;
            let order = id(1);
            app.execute(Add { order, amount }).await.unwrap();
            let mut views = run(&app, options()).await;
            views.caught_up().await.unwrap();
            sell(&app, 4..6, 1).await;
            for amount in [7, 8] {
                let order = id(1);
                app.execute(Add { order, amount }).await.unwrap();
            }
            views.caught_up().await.unwrap();

            let (orders, _) = all(&app).await;
            let (wanted, _) = expected(&*place.store).await;
            for (key, document) in &orders {
                if key != "order-1" {
                    assert_eq!(document, &wanted[key], "{name}");
                }
            }
            assert_eq!(orders["order-1"].amounts, [1], "{name}");
            let parked = app.parked::<OrderTotals>();
            let keys = parked.keys(None, 10).await.unwrap();
            assert_eq!(keys.len(), 1, "{name}: {keys:?}");
            assert_eq!((&*keys[0].key, keys[0].letters), ("order-1", 3), "{name}");
            let error = keys[0].first.error.clone().unwrap();
            assert!(error.contains("sick"), "{name}: {error}");
            // By country, the whole country waits.
            let by_country = app.parked::<CountryTotals>();
            assert_eq!(&*by_country.keys(None, 10).await.unwrap()[0].key, "Norway");

            let again = parked.retry("order-1").await.unwrap();
            assert!(
                matches!(again, Retried::StillParked { letters: 0, .. }),
                "{name}: {again:?}"
            );
            let letters = parked
                .letters("order-1", Position::START, 10)
                .await
                .unwrap();
            assert_eq!(letters[0].attempts, 2, "{name}");

            heal(amount);
            let done = parked.retry("order-1").await.unwrap();
            assert!(
                matches!(done, Retried::Done { letters: 3 }),
                "{name}: {done:?}"
            );
            let done = by_country.retry("Norway").await.unwrap();
            assert!(matches!(done, Retried::Done { .. }), "{name}: {done:?}");
            let order = id(1);
            app.execute(Add { order, amount: 9 }).await.unwrap();
            views.caught_up().await.unwrap();
            assert_eq!(all(&app).await, expected(&*place.store).await, "{name}");
            let status = views.status().await.unwrap();
            assert!(
                status.iter().all(|it| it.subscription.letters == 0),
                "{name}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_is_dropped_by_a_decision_that_is_kept() {
    for (name, place) in stores().await {
        let app = app(&place);
        poison(2_000);
        sell(&app, 0..2, 1).await;
        for amount in [2_000, 5] {
            let order = id(0);
            app.execute(Add { order, amount }).await.unwrap();
        }
        let mut views = run(&app, options()).await;
        views.caught_up().await.unwrap();
        let parked = app.parked::<OrderTotals>();
        let reason = "counted twice by the till";
        let dropped = parked.drop_first("order-0", reason, "ada").await.unwrap();
        assert!(dropped.unwrap().error.unwrap().contains("sick"), "{name}");
        let done = parked.retry("order-0").await.unwrap();
        assert!(
            matches!(done, Retried::Done { letters: 1 }),
            "{name}: {done:?}"
        );
        let decisions = parked.decisions(10).await.unwrap();
        assert_eq!(
            (&*decisions[0].reason, &*decisions[0].by),
            (reason, "ada"),
            "{name}"
        );
        let document = app
            .view::<OrderTotals>()
            .get(&id(0))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(document.amounts, [1, 5], "{name}");
        assert!(
            parked
                .drop_first("order-0", reason, "ada")
                .await
                .unwrap()
                .is_none()
        );
        views.stop().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_tried_again_wherever_a_division_moves_it() {
    const AMOUNT: i64 = 5_000;
    let subscription = SubscriptionName::new("order-totals.v1.g1").unwrap();
    for (name, place) in stores().await {
        let app = app(&place);
        let mut views = run(&app, options()).await;
        sell(&app, 0..16, 1).await;
        let kept = place.store.subscriptions().unwrap();
        let parked = app.parked::<OrderTotals>();
        for amount in [AMOUNT, AMOUNT + 2, AMOUNT + 4] {
            poison(amount);
            for order in (0..16).map(id) {
                app.execute(Add { order, amount }).await.unwrap();
            }
            views.caught_up().await.unwrap();
            heal(amount);
            let divide = async {
                let mut dice = fastrand::Rng::with_seed(amount.unsigned_abs());
                for _ in 0..50 {
                    let count = PartitionCount::new(dice.u16(1..16)).unwrap();
                    kept.divide(&subscription, count).await.unwrap();
                    tokio::task::yield_now().await;
                }
            };
            let retry = async {
                for key in parked.keys(None, 100).await.unwrap() {
                    loop {
                        match parked.retry(&key.key).await {
                            Ok(Retried::Done { .. }) => break,
                            Ok(other) => panic!("{name}: {other:?}"),
                            // Divided in the middle of it.
                            Err(ReadModelError::Lease(_)) => {}
                            Err(error) => panic!("{name}: {error}"),
                        }
                    }
                }
            };
            tokio::join!(divide, retry);
            for order in (0..16).map(id) {
                app.execute(Add { order, amount: 1 }).await.unwrap();
            }
            views.caught_up().await.unwrap();
            let keys = app.parked::<CountryTotals>().keys(None, 10).await.unwrap();
            for key in keys {
                app.parked::<CountryTotals>().retry(&key.key).await.unwrap();
            }
            assert_eq!(all(&app).await, expected(&*place.store).await, "{name}");
        }
        views.stop().await.unwrap();
    }
}
