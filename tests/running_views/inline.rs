//! Views that each append takes along in its transaction: as far as the log at any moment, and what they
//! refuse is not appended.

use eventide::Position;
use eventide::prelude::*;
use eventide::read_model::ReadModelError;
use eventide::store::StepError;
use eventide::subscription::PartitionCount;
use futures_util::future::join_all;

use crate::domain::{Add, Cancel, CountryTotals, OrderTotals, Place, Shop, heal, poison};
use crate::support::{Where, all, expected, id, options, run, sell, stores};
use crate::unique::{Desk, Notes};

fn inline(place: &Where) -> App<Shop> {
    let app = App::<Shop>::builder(place.store.clone());
    app.inline::<OrderTotals>()
        .inline::<CountryTotals>()
        .build()
}

async fn place_order(app: &App<Shop>, order: u32, country: &str) {
    let country = country.to_owned();
    let order = id(order);
    app.execute(Place { order, country }).await.unwrap();
}

async fn refused<T: std::fmt::Debug>(
    answer: impl IntoFuture<Output = Result<T, ExecuteError<String>>>,
) -> (String, String) {
    match answer.await {
        Err(ExecuteError::View(StepError::Refused { view, reason, .. })) => (view, reason),
        other => panic!("not refused by a view: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_command_caused_is_read_as_soon_as_it_is_answered() {
    for (name, place) in stores().await {
        let app = inline(&place);
        place_order(&app, 1, "Peru").await;
        for amount in 1..=5 {
            let order = id(1);
            app.execute(Add { order, amount }).await.unwrap();
            let order = app.view::<OrderTotals>().get(&id(1)).await.unwrap();
            assert_eq!(order.unwrap().total, (1..=amount).sum::<i64>(), "{name}");
            let country = app
                .view::<CountryTotals>()
                .get(&"Peru".to_owned())
                .await
                .unwrap();
            assert_eq!(country.unwrap().total, (1..=amount).sum::<i64>(), "{name}");
        }
        app.execute(Cancel { order: id(1) }).await.unwrap();
        let order = app.view::<OrderTotals>().get(&id(1)).await.unwrap();
        assert_eq!(order, None, "{name}");
        let head = place.store.head().await.unwrap();
        let kept = place.store.subscriptions().unwrap();
        for of in kept.subscription_names().await.unwrap() {
            let status = kept.subscription(&of).await.unwrap().unwrap();
            let marks = status.partitions.iter().flat_map(|it| &it.checkpoints);
            let came_to: Vec<_> = marks.map(|at| at.mark.position()).collect();
            assert_eq!(came_to, [head], "{name}: {of}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_who_append_at_once_miss_nothing_and_count_nothing_twice() {
    for (name, place) in stores().await {
        // Each as in a process of its own: they share nothing but the store.
        let apps = [inline(&place), inline(&place), inline(&place)];
        let works = (0..12_u32).map(|order| {
            let app = apps[order as usize % apps.len()].clone();
            tokio::spawn(async move {
                sell(&app, order..order + 1, 9).await;
                let found = app.view::<OrderTotals>().get(&id(order)).await.unwrap();
                assert_eq!(found.unwrap().amounts, (1..=9).collect::<Vec<_>>());
            })
        });
        for work in join_all(works).await {
            work.unwrap();
        }
        assert_eq!(all(&apps[0]).await, expected(&*place.store).await, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workers_beside_the_appends_change_nothing() {
    for (name, place) in stores().await {
        let plain = crate::support::app(&place);
        let options = options().partitions(PartitionCount::new(4).unwrap());
        let views = run(&plain, options).await;
        let app = inline(&place);
        let works = (0..6_u32).map(|order| {
            // Some are appended by programs that do not take the views along.
            let app = if order % 3 == 0 { &plain } else { &app }.clone();
            tokio::spawn(async move { sell(&app, order..order + 1, 12).await })
        });
        for work in join_all(works).await {
            work.unwrap();
        }
        place_order(&app, 100, "Chile").await;
        assert_eq!(all(&app).await, expected(&*place.store).await, "{name}");
        views.stop().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_others_appended_is_taken_first() {
    for (name, place) in stores().await {
        let plain = crate::support::app(&place);
        sell(&plain, 0..7, 4).await;
        let app = inline(&place);
        place_order(&app, 100, "Peru").await;
        assert_eq!(all(&app).await, expected(&*place.store).await, "{name}");
        sell(&plain, 7..9, 2).await;
        place_order(&app, 101, "Peru").await;
        assert_eq!(all(&app).await, expected(&*place.store).await, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_stands_still_does_not_hold_the_appends_up() {
    for (name, place) in stores().await {
        let app = inline(&place);
        place_order(&app, 1, "Peru").await;
        let plain = crate::support::app(&place);
        sell(&plain, 2..4, 2).await;
        let kept = place.store.subscriptions().unwrap();
        for of in kept.subscription_names().await.unwrap() {
            let hour = std::time::Duration::from_hours(1);
            let claimed = kept.claim(&of, &"stopped".into(), hour).await.unwrap();
            assert!(claimed.is_some(), "{name}: {of}");
        }
        place_order(&app, 5, "Peru").await;
        assert_eq!(all(&app).await, expected(&*place.store).await, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_view_cannot_fold_is_not_appended_and_costs_others_nothing() {
    for (name, place) in stores().await {
        let app = inline(&place);
        place_order(&app, 1, "Peru").await;
        let head = place.store.head().await.unwrap();
        let sick = [7_020, 7_021];
        for amount in sick {
            poison(amount);
            let order = id(1);
            let (view, reason) = refused(app.execute(Add { order, amount })).await;
            assert_eq!(view, "order-totals", "{name}");
            assert!(reason.contains("sick"), "{name}: {reason}");
            assert_eq!(place.store.head().await.unwrap(), head, "{name}");
        }
        let none = app.parked::<OrderTotals>().keys(None, 10).await.unwrap();
        assert_eq!(none, [], "{name}");
        // Together with others on the same aggregate, which are decided and appended in one go.
        let add = |amount| {
            let app = app.clone();
            let order = id(1);
            tokio::spawn(async move { app.execute(Add { order, amount }).await.is_ok() })
        };
        let answers = join_all((1..=40).map(|n| add(if n == 20 { sick[0] } else { n }))).await;
        let accepted = answers.into_iter().filter(|it| *it.as_ref().unwrap());
        assert_eq!(accepted.count(), 39, "{name}");
        assert_eq!(all(&app).await, expected(&*place.store).await, "{name}");
        sick.into_iter().for_each(heal);
        let (order, amount) = (id(1), sick[0]);
        app.execute(Add { order, amount }).await.unwrap();
        assert_eq!(all(&app).await, expected(&*place.store).await, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_unique_column_is_a_rule_no_two_commands_break() {
    for (name, place) in stores().await {
        let desk = || {
            let app = App::<Desk>::builder(place.store.clone());
            app.inline::<Notes>().build()
        };
        let apps = [desk(), desk()];
        for order in 0..8 {
            let (order, country) = (id(order), "Peru".to_owned());
            apps[0].execute(Place { order, country }).await.unwrap();
        }
        let before = place.store.head().await.unwrap();
        let note = |order: u32| {
            let app = apps[order as usize % 2].clone();
            let (order, text) = (id(order), "the same".to_owned());
            tokio::spawn(async move { app.execute(crate::domain::Note { order, text }).await })
        };
        let mut accepted = 0;
        for answer in join_all((0..8).map(note)).await {
            match answer.unwrap() {
                Ok(_) => accepted += 1,
                Err(ExecuteError::View(StepError::Refused { reason, .. })) => {
                    assert!(reason.contains("text"), "{name}: {reason}");
                }
                Err(other) => panic!("{name}: {other:?}"),
            }
        }
        assert_eq!(accepted, 1, "{name}");
        let head = place.store.head().await.unwrap();
        assert_eq!(head.as_raw(), before.as_raw() + 1, "{name}");
        let found = apps[0].view::<Notes>().find().page().await.unwrap();
        assert_eq!(found.documents.len(), 1, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_behind_a_parked_event_waits_with_it_and_is_appended() {
    for (name, place) in stores().await {
        let amount = 7_030;
        poison(amount);
        let plain = crate::support::app(&place);
        place_order(&plain, 1, "Peru").await;
        plain
            .execute(Add {
                order: id(1),
                amount,
            })
            .await
            .unwrap();
        let app = inline(&place);
        let order = id(1);
        app.execute(Add { order, amount: 5 }).await.unwrap();
        let keys = app.parked::<OrderTotals>().keys(None, 10).await.unwrap();
        assert_eq!((&*keys[0].key, keys[0].letters), ("order-1", 2), "{name}");
        heal(amount);
        app.parked::<OrderTotals>().retry("order-1").await.unwrap();
        app.parked::<CountryTotals>().retry("Peru").await.unwrap();
        assert_eq!(all(&app).await, expected(&*place.store).await, "{name}");
        let order = id(1);
        app.execute(Add { order, amount: 6 }).await.unwrap();
        assert_eq!(all(&app).await, expected(&*place.store).await, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_generation_that_is_built_anew_takes_over_between_two_appends() {
    for (name, place) in stores().await {
        let app = inline(&place);
        sell(&app, 0..5, 4).await;
        let writer = {
            let app = app.clone();
            tokio::spawn(async move {
                for order in 10..40 {
                    sell(&app, order..order + 1, 1).await;
                    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
                }
            })
        };
        let rebuilt = app.rebuild::<OrderTotals>().run().await.unwrap();
        assert_eq!(rebuilt.generation, 2, "{name}");
        writer.await.unwrap();
        assert_eq!(all(&app).await, expected(&*place.store).await, "{name}");
        let dropped = app.rebuild::<OrderTotals>().drop_generation(1).await;
        dropped.unwrap();
        place_order(&app, 100, "Peru").await;
        assert_eq!(all(&app).await, expected(&*place.store).await, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_view_that_folds_otherwise_than_before_stops_the_appends_and_says_so() {
    for (name, place) in stores().await {
        let app = inline(&place);
        place_order(&app, 1, "Peru").await;
        let kept = place.store.subscriptions().unwrap();
        for of in kept.subscription_names().await.unwrap() {
            kept.set_fingerprint(&of, 1).await.unwrap();
        }
        let later = inline(&place);
        let (order, amount) = (id(1), 1);
        let head = place.store.head().await.unwrap();
        match later.execute(Add { order, amount }).await {
            Err(ExecuteError::View(StepError::Stuck { view, source, .. })) => {
                assert_eq!(view, "order-totals", "{name}");
                assert!(matches!(&*source, ReadModelError::CodeChanged { .. }));
            }
            other => panic!("{name}: {other:?}"),
        }
        assert_eq!(place.store.head().await.unwrap(), head, "{name}");
        assert_ne!(head, Position::START);
    }
}
