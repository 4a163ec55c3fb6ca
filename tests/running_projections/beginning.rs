//! Where in the log a projection begins.

use std::sync::Arc;

use eventide::prelude::*;
use eventide::read_model::{Begin, ReadModelOptions};
use eventide::time::FixedClock;
use eventide::{Position, StreamId};
use jiff::{Timestamp, ToSpan};

use crate::domain::{Mailer, Shop};
use crate::support::{options, sell, sell_one};

async fn told(app: &App<Shop>, options: ReadModelOptions) -> (usize, Mailer) {
    let mailer = Mailer::default();
    let mut running = app.outside(mailer.clone()).run(options).await.unwrap();
    running.caught_up().await.unwrap();
    sell_one(app, 0, "the next").await;
    running.caught_up().await.unwrap();
    running.stop().await.unwrap();
    let told = mailer.told.lock().unwrap().keys.len();
    (told, mailer)
}

async fn shop() -> App<Shop> {
    let app = App::new(MemoryStore::new());
    sell(&app, 3, 3).await;
    app
}

#[tokio::test]
async fn at_the_start() {
    assert_eq!(told(&shop().await, options()).await.0, 10);
}

#[tokio::test]
async fn behind_a_position() {
    let begin = Begin::After(Position::from_raw(4));
    assert_eq!(told(&shop().await, options().begin(begin)).await.0, 6);
}

#[tokio::test]
async fn now() {
    let app = shop().await;
    assert_eq!(told(&app, options().begin(Begin::Now)).await.0, 1);
    // Where it is counts from then on, and not where it was to begin.
    assert_eq!(told(&app, options().begin(Begin::Start)).await.0, 1);
}

#[tokio::test]
async fn at_a_time() {
    let clock = Arc::new(FixedClock::at(Timestamp::UNIX_EPOCH));
    let app = App::<Shop>::new(MemoryStore::with_clock(clock.clone()));
    sell(&app, 2, 2).await;
    let noon = Timestamp::UNIX_EPOCH + 12.hours();
    clock.set(noon);
    sell(&app, 2, 1).await;
    for (time, expected) in [(Timestamp::UNIX_EPOCH, 7), (noon, 3), (noon + 1.hour(), 1)] {
        let app = app.clone();
        let mailer = Mailer::default();
        let projector = app.outside(mailer.clone());
        let options = options().begin(Begin::At(time));
        // Each its own beginning: what was begun goes on where it is.
        let kept = app.store().subscriptions().unwrap();
        let name = eventide::subscription::SubscriptionName::new("mailer.v2").unwrap();
        kept.forget_subscription(&name).await.unwrap();
        let mut running = projector.run(options).await.unwrap();
        running.caught_up().await.unwrap();
        if expected == 7 {
            clock.set(noon + 2.hours());
            sell_one(&app, 0, "the next").await;
            running.caught_up().await.unwrap();
        }
        running.stop().await.unwrap();
        assert_eq!(mailer.told.lock().unwrap().keys.len(), expected, "{time}");
    }
}

#[tokio::test]
async fn with_one_stream_alone() {
    let stream = StreamId::new("Till", "till-0").unwrap();
    let app = shop().await;
    assert_eq!(told(&app, options().of_stream(stream)).await.0, 4);
}
