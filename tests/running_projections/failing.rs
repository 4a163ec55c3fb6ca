//! What becomes of events that a handler cannot handle.

use eventide::Position;
use std::sync::PoisonError;

use eventide::prelude::*;
use eventide::read_model::{ReadModelError, Retried, Waited};

use crate::domain::{Mailer, Shop};
use crate::support::{Stock, expected, options, sell, sell_one, stocks};

fn trouble(stock: &dyn Stock, article: &str, times: u32) {
    let trouble = stock.trouble().lock();
    // A handler panicked on purpose while it looked.
    let mut trouble = trouble.unwrap_or_else(PoisonError::into_inner);
    trouble.retain(|(it, _)| it != article);
    trouble.push((article.to_owned(), times));
}

#[tokio::test]
async fn an_event_that_fails_for_a_while_is_tried_again() {
    for stock in stocks().await {
        let (name, app) = (stock.name(), stock.app());
        sell(app, 3, 2).await;
        trouble(&*stock, "heavy", 3);
        sell_one(app, 1, "heavy").await;
        sell(app, 3, 2).await;
        let mut running = stock.run(options().attempts(10)).await.unwrap();
        running.caught_up().await.unwrap();
        assert_eq!(stock.rows().await, expected(app.store()).await, "{name}");
        assert_eq!(stock.parked().keys(None, 10).await.unwrap(), []);
        running.stop().await.unwrap();
    }
}

#[tokio::test]
async fn an_event_that_goes_on_failing_parks_its_stream_and_no_other() {
    for article in ["heavy", "!hot"] {
        for stock in stocks().await {
            let (name, app) = (stock.name(), stock.app());
            sell(app, 3, 2).await;
            trouble(&*stock, article, u32::MAX);
            let failing = sell_one(app, 1, article).await;
            sell(app, 3, 2).await;
            let mut running = stock.run(options().attempts(2)).await.unwrap();
            running.caught_up().await.unwrap();
            // The failed event's own first write is gone with it, and so are all behind it.
            let (_, steps) = stock.rows().await;
            assert_eq!(steps["till-1"], [1, 2], "{name}");
            assert_eq!(steps["till-0"], [1, 2, 3, 4], "{name}");
            let parked = stock.parked();
            let keys = parked.keys(None, 10).await.unwrap();
            assert_eq!(keys.len(), 1, "{name}");
            let key = &*keys[0].key;
            assert_eq!(key, "@/Till/till-1", "{name}");
            assert_eq!(keys[0].letters, 3, "{name}");
            let first = &keys[0].first;
            assert_eq!(Some(first.id.position), failing.position, "{name}");
            assert_eq!(first.attempts, 2, "{name}");
            let error = first.error.as_deref().unwrap();
            let said = ["heavy is out of reach", "it panicked: !hot is too hot"];
            assert!(said.contains(&error), "{name}: {error}");
            // Live ones queue behind.
            let late = sell_one(app, 1, "article-1").await;
            assert_eq!(stock.wait_for(&late).await, Waited::Parked, "{name}");
            // Not yet.
            let again = parked.retry(key).await.unwrap();
            assert!(
                matches!(again, Retried::StillParked { letters: 0, .. }),
                "{name}: {again:?}"
            );
            trouble(&*stock, article, 0);
            let done = parked.retry(key).await.unwrap();
            assert_eq!(done, Retried::Done { letters: 4 }, "{name}");
            assert_eq!(stock.rows().await, expected(app.store()).await, "{name}");
            assert_eq!(parked.keys(None, 10).await.unwrap(), [], "{name}");
            let live = sell_one(app, 1, "article-1").await;
            assert_eq!(stock.wait_for(&live).await, Waited::Applied, "{name}");
            running.stop().await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_letter_is_dropped_by_a_decision_and_those_behind_it_go_on() {
    for stock in stocks().await {
        let (name, app) = (stock.name(), stock.app());
        trouble(&*stock, "heavy", u32::MAX);
        sell_one(app, 1, "heavy").await;
        sell_one(app, 1, "article-1").await;
        let mut running = stock.run(options().attempts(1)).await.unwrap();
        running.caught_up().await.unwrap();
        let parked = stock.parked();
        let key = "@/Till/till-1";
        let dropped = parked.drop_first(key, "sold by mistake", "Ada").await;
        assert_eq!(dropped.unwrap().unwrap().attempts, 1, "{name}");
        let done = parked.retry(key).await.unwrap();
        assert_eq!(done, Retried::Done { letters: 1 }, "{name}");
        let (_, steps) = stock.rows().await;
        assert_eq!(steps["till-1"], [2], "{name}");
        let decisions = parked.decisions(10).await.unwrap();
        assert_eq!(decisions[0].reason, "sold by mistake", "{name}");
        let letters = parked.letters(key, Position::START, 10).await.unwrap();
        assert_eq!(letters, [], "{name}");
        running.stop().await.unwrap();
    }
}

#[tokio::test]
async fn a_projection_may_stop_before_what_it_cannot_handle() {
    let app = App::<Shop>::new(MemoryStore::new());
    let mailer = Mailer {
        stops: true,
        ..Mailer::default()
    };
    sell_one(&app, 1, "article-1").await;
    let failing = sell_one(&app, 1, "heavy").await;
    sell_one(&app, 2, "article-2").await;
    mailer
        .trouble
        .lock()
        .unwrap()
        .push(("heavy".to_owned(), u32::MAX));
    let projector = app.outside(mailer.clone());
    let mut running = projector.run(options().attempts(3)).await.unwrap();
    let failed = running.failed().await.unwrap_err();
    let ReadModelError::Stopped {
        read_model,
        event_type,
        position,
        source,
        ..
    } = &failed
    else {
        panic!("{failed}");
    };
    assert_eq!((*read_model, &**event_type), ("mailer", "Sold"));
    assert_eq!(Some(*position), failing.position);
    assert_eq!(source.to_string(), "heavy is out of reach");
    assert_eq!(
        failed.to_string(),
        "projection `mailer` stopped before event `Sold` at position 2, which its handler cannot handle"
    );
    assert_eq!(mailer.told.lock().unwrap().keys.len(), 1);
    let asked = mailer.asked.lock().unwrap().clone();
    assert_eq!(asked, [(3, "heavy is out of reach".to_owned())]);
    // Mended, it goes on there.
    mailer.trouble.lock().unwrap().clear();
    let mut running = projector.run(options()).await.unwrap();
    running.caught_up().await.unwrap();
    assert_eq!(mailer.told.lock().unwrap().keys.len(), 3);
    running.stop().await.unwrap();
}

#[tokio::test]
async fn a_projection_is_not_run_on_another_store_than_the_application_s() {
    let (store, _folder) = crate::support::in_file().await;
    let (other, _other_folder) = crate::support::in_file().await;
    let app = App::<Shop>::new(store);
    let projector = app.projection(other, crate::domain::SqliteStock::default());
    let refused = projector.run(options()).await.unwrap_err();
    assert!(
        matches!(
            refused,
            ReadModelError::OtherStore {
                read_model: "stock",
                ..
            }
        ),
        "{refused}"
    );
}
