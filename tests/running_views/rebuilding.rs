//! Building a view anew beside the one that serves.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use eventide::prelude::*;
use eventide::read_model::{ReadModelOptions, Waited};
use eventide::store::Advance;
use eventide::store::PageSize;
use eventide::subscription::{PartitionCount, SubscriptionName};
use eventide::view::DocumentWrite;
use eventide::{Position, subscription::WorkerId};

use crate::domain::{Add, CountryTotals, Note, OrderTotals};
use crate::support::{all, app, expected, id, options, run, sell, stores};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_view_is_rebuilt_while_it_serves_and_is_appended_to() {
    for (name, place) in stores().await {
        let app = app(&place);
        sell(&app, 0..6, 4).await;
        let mut views = run(&app, options()).await;
        views.caught_up().await.unwrap();
        let told = Arc::new(AtomicU64::new(0));
        let count = told.clone();
        let rebuild = app
            .rebuild::<CountryTotals>()
            .options(ReadModelOptions::default().page(PageSize::new(1)))
            .progress(move |_| {
                count.fetch_add(1, Ordering::Relaxed);
            });
        let (done, ()) = tokio::join!(rebuild.run(), sell(&app, 6..12, 4));
        let done = done.unwrap();
        assert_eq!((done.before, done.generation), (1, 2), "{name}");
        assert!(told.load(Ordering::Relaxed) > 3, "{name}");
        sell(&app, 12..14, 2).await;
        views.caught_up().await.unwrap();
        assert_eq!(all(&app).await, expected(&*place.store).await, "{name}");
        let serving = app.rebuild::<CountryTotals>().drop_generation(2).await;
        assert!(
            serving.unwrap_err().to_string().contains("serves"),
            "{name}"
        );
        app.rebuild::<CountryTotals>()
            .drop_generation(1)
            .await
            .unwrap();
        assert_eq!(all(&app).await, expected(&*place.store).await, "{name}");
        views.stop().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_that_is_cut_off_goes_on_and_comes_to_the_same() {
    for (name, place) in stores().await {
        let app = app(&place);
        sell(&app, 0..8, 5).await;
        let four = PartitionCount::new(4).unwrap();
        let mut views = run(&app, options().partitions(four)).await;
        let lease = Duration::from_millis(20);
        let mut finished = None;
        for pages in 1.. {
            let seen = Arc::new(AtomicU64::new(0));
            let cut = Arc::new(tokio::sync::Notify::new());
            let (count, end) = (seen.clone(), cut.clone());
            let rebuild = app
                .rebuild::<OrderTotals>()
                .options(
                    ReadModelOptions::default()
                        .page(PageSize::new(5))
                        .lease(lease)
                        .partitions(four),
                )
                .progress(move |_| {
                    if count.fetch_add(1, Ordering::Relaxed) == pages {
                        end.notify_one();
                    }
                });
            tokio::select! {
                // Dropped where it stands, as a killed process would leave it.
                () = cut.notified() => {}
                done = rebuild.run() => match done {
                    Ok(done) => finished = Some(done),
                    // The lease of the one before has to run out.
                    Err(error) => assert!(error.to_string().contains("another process"), "{error}"),
                },
            }
            if finished.is_some() {
                break;
            }
        }
        assert_eq!(finished.unwrap().generation, 2, "{name}");
        views.caught_up().await.unwrap();
        let status = views.status().await.unwrap();
        let orders = status.iter().find(|it| it.name == "order-totals").unwrap();
        assert_eq!(orders.subscription.count, four, "{name}");
        assert_eq!(all(&app).await, expected(&*place.store).await, "{name}");
        views.stop().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_that_was_tampered_with_shows_in_the_difference() {
    for (name, place) in stores().await {
        let app = app(&place);
        sell(&app, 0..4, 2).await;
        let mut views = run(&app, options()).await;
        views.caught_up().await.unwrap();
        let same = app.rebuild::<OrderTotals>().diff().await.unwrap();
        assert_eq!((same.same, same.differ), (4, 0), "{name}");

        let kept = place.store.subscriptions().unwrap();
        let subscription = SubscriptionName::new("order-totals.v1.g1").unwrap();
        let worker = WorkerId::new();
        let ttl = Duration::from_secs(1);
        let claimed = kept
            .take_over(&subscription, 0, &worker, ttl)
            .await
            .unwrap()
            .unwrap();
        let mut advance = Advance::new(claimed.lease.clone(), None);
        let at = Position::from_raw(1);
        advance.documents = vec![DocumentWrite::delete("order-2".to_owned(), at)];
        advance.table = Some(OrderTotals::INFO.table(1));
        kept.advance(&advance).await.unwrap();
        kept.release(&claimed.lease).await.unwrap();

        let differences = app.rebuild::<OrderTotals>().diff().await.unwrap();
        assert_eq!((differences.same, differences.differ), (3, 1), "{name}");
        assert_eq!(differences.keys[0].key, "order-2", "{name}");
        assert_eq!(differences.keys[0].live, None, "{name}");
        app.rebuild::<OrderTotals>().run().await.unwrap();
        views.caught_up().await.unwrap();
        assert_eq!(all(&app).await, expected(&*place.store).await, "{name}");
        views.stop().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_wrote_waits_for_the_view_and_is_told_if_it_is_late() {
    let long = Duration::from_mins(1);
    for (name, place) in stores().await {
        let app = app(&place);
        sell(&app, 0..2, 1).await;
        let add = |amount| Add {
            order: id(1),
            amount,
        };
        let receipt = app.execute(add(5)).await.unwrap();
        let late = app
            .wait_for::<OrderTotals, _>(&receipt, Duration::ZERO)
            .await
            .unwrap();
        assert_eq!(late, Waited::Late, "{name}");
        let views = run(&app, options()).await;
        for amount in 6..20 {
            let receipt = app.execute(add(amount)).await.unwrap();
            let seen = app
                .wait_for::<OrderTotals, _>(&receipt, long)
                .await
                .unwrap();
            assert_eq!(seen, Waited::Applied, "{name}");
            let document = app
                .view::<OrderTotals>()
                .get(&id(1))
                .await
                .unwrap()
                .unwrap();
            assert_eq!(document.amounts.last(), Some(&amount), "{name}");
        }
        let (order, text) = (id(1), "nobody folds it".to_owned());
        let receipt = app.execute(Note { order, text }).await.unwrap();
        let seen = app
            .wait_for::<OrderTotals, _>(&receipt, Duration::ZERO)
            .await
            .unwrap();
        assert_eq!(seen, Waited::Applied, "{name}");
        crate::domain::poison(3_000);
        let receipt = app.execute(add(3_000)).await.unwrap();
        let seen = app
            .wait_for::<OrderTotals, _>(&receipt, long)
            .await
            .unwrap();
        assert_eq!(seen, Waited::Parked, "{name}");
        views.stop().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_and_workers_find_their_way_from_a_generation_that_is_dropped() {
    for (name, place) in stores().await {
        let app = app(&place);
        sell(&app, 0..4, 2).await;
        let mut views = run(&app, options()).await;
        views.caught_up().await.unwrap();
        let done = Arc::new(AtomicBool::new(false));
        let (reader, ends) = (app.clone(), done.clone());
        let reading = tokio::spawn(async move {
            let mut reads = 0_u32;
            while !ends.load(Ordering::Relaxed) {
                // As a request does: each looks for what serves by itself.
                let document = reader.view::<OrderTotals>().get(&id(1)).await;
                assert_ne!(document.unwrap(), None, "{name}: after {reads} reads");
                let page = reader.view::<OrderTotals>().find().page().await;
                assert_eq!(page.unwrap().documents.len(), 4, "{name}");
                reads += 1;
            }
        });
        for _ in 0..20 {
            let done = app.rebuild::<OrderTotals>().run().await.unwrap();
            let old = app.rebuild::<OrderTotals>();
            old.drop_generation(done.before).await.unwrap();
        }
        done.store(true, Ordering::Relaxed);
        reading.await.unwrap();
        sell(&app, 4..8, 2).await;
        views.caught_up().await.unwrap();
        assert_eq!(all(&app).await, expected(&*place.store).await, "{name}");
        views.stop().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_view_does_not_go_back_though_the_last_stretch_takes_longer_than_a_lease() {
    let lease = Duration::from_millis(500);
    for (name, place) in stores().await {
        let app = app(&place);
        sell(&app, 0..1, 5).await;
        let mut views = run(&app, options()).await;
        views.caught_up().await.unwrap();
        let amounts = |from: i64, to: i64| {
            let app = app.clone();
            async move {
                for amount in from..to {
                    let order = id(0);
                    app.execute(Add { order, amount }).await.unwrap();
                }
            }
        };
        // Begun while there was little, it has much to do for the last stretch.
        let told = Arc::new(tokio::sync::Notify::new());
        let began = told.clone();
        let rebuild = app
            .rebuild::<OrderTotals>()
            .options(options().lease(lease).page(PageSize::new(1)))
            .rest(Duration::from_millis(30))
            .progress(move |_| began.notify_one());
        let rebuilding = tokio::spawn(rebuild.run());
        told.notified().await;
        amounts(100, 140).await;
        let mut longest = 0;
        let mut next = 140;
        while !rebuilding.is_finished() {
            let view = app.view::<OrderTotals>();
            let document = view.get(&id(0)).await.unwrap().unwrap();
            let now = document.amounts.len();
            assert!(now >= longest, "{name}: {now} amounts after {longest}");
            longest = now;
            amounts(next, next + 1).await;
            next += 1;
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        rebuilding.await.unwrap().unwrap();
        let view = app.view::<OrderTotals>();
        let document = view.get(&id(0)).await.unwrap().unwrap();
        let now = document.amounts.len();
        assert!(now >= longest, "{name}: {now} amounts after {longest}");
        views.stop().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_rests_after_each_page() {
    let shadow = SubscriptionName::new("order-totals.v1.g2").unwrap();
    for (name, place) in stores().await {
        let app = app(&place);
        sell(&app, 0..4, 2).await;
        run(&app, options()).await.stop().await.unwrap();
        let rebuild = app
            .rebuild::<OrderTotals>()
            .options(options().page(PageSize::new(1)))
            .rest(Duration::from_hours(1));
        let rebuilding = tokio::spawn(rebuild.run());
        let kept = place.store.subscriptions().unwrap();
        let came_to = async || {
            let status = kept.subscription(&shadow).await.unwrap();
            let partitions = status.map(|it| it.partitions).unwrap_or_default();
            let checkpoints = partitions.iter().flat_map(|it| &it.checkpoints);
            checkpoints.map(|it| it.mark.position().as_raw()).max()
        };
        while came_to().await.unwrap_or_default() == 0 {
            tokio::task::yield_now().await;
        }
        // Long enough for whoever does not rest to be done.
        sell(&app, 4..24, 2).await;
        assert_eq!(came_to().await, Some(1), "{name}");
        rebuilding.abort();
    }
}
