//! A view is built anew by a process that is killed again and again, while others append, read, and
//! keep up to date what serves.

use std::collections::HashMap;
use std::time::Duration;

use eventide::Position;
use eventide::domain::Lists;
use eventide::prelude::*;
use eventide::store::Store;
use eventide::subscription::{SubscriptionName, SubscriptionStatus};
use eventide::view::ViewKey;
use fastrand::Rng;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::appends::{Appends, place_all};
use crate::child::Task;
use crate::domain::{CountryTrail, OrderTrail, Shop};
use crate::judge::{Trailed, caught_up, judge};
use crate::place::{Place, a_file};
use crate::processes::{Process, until};
use crate::with_seeds;

/// What is in the log when the first rebuild begins.
const BEFORE: u32 = 1_500;

/// How often a rebuild is killed on its way.
const KILLS: usize = 4;

with_seeds! {
    a_rebuild_that_is_killed_comes_to_the_same_in_a_file => rebuilt, a_file;
    #[cfg(feature = "postgres")]
    a_rebuild_that_is_killed_comes_to_the_same_on_a_server => rebuilt, crate::place::a_server;
}

async fn rebuilt(seed: u64, place: Place) {
    let mut dice = Rng::with_seed(seed);
    let store = place.open().await;
    let app = App::<Shop>::new(store.clone());
    place_all(&app).await;
    let mut appends = Appends::begin(&app, seed, None);
    appends.go_on(BEFORE);
    appends.until_left(0).await;
    let views = Process::start(&place, Task::Views(2));
    caught_up::<OrderTrail>(&*store).await;
    caught_up::<CountryTrail>(&*store).await;
    let readers = [
        Reader::begin::<OrderTrail>(app.clone()),
        Reader::begin::<CountryTrail>(app.clone()),
    ];
    let rebuild = Rebuild {
        place: &place,
        store: &*store,
        dice: &mut dice,
        appends: &mut appends,
    };
    rebuild.killed::<OrderTrail>(Task::RebuildOrders).await;
    let rebuild = Rebuild {
        place: &place,
        store: &*store,
        dice: &mut dice,
        appends: &mut appends,
    };
    rebuild.killed::<CountryTrail>(Task::RebuildCountries).await;
    appends.go_on(50);
    let refused = appends.end().await;
    assert_eq!(refused, [""; 0], "an append failed");
    caught_up::<OrderTrail>(&*store).await;
    caught_up::<CountryTrail>(&*store).await;
    for reader in readers {
        reader.end().await;
    }
    judge::<OrderTrail>(&app).await;
    judge::<CountryTrail>(&app).await;
    views.end(&place).await;
}

/// A view that is built anew.
struct Rebuild<'a> {
    place: &'a Place,
    store: &'a dyn Store,
    dice: &'a mut Rng,
    appends: &'a mut Appends,
}

impl Rebuild<'_> {
    /// Kills what builds the view anew on its way, then when it makes the old generation rest, and
    /// lets it end.
    async fn killed<V: Trailed>(self, task: Task) {
        let (old, new) = (generation::<V>(1), generation::<V>(2));
        let head = self.store.head().await.unwrap().as_raw();
        let mut places: Vec<u64> = (0..KILLS).map(|_| self.dice.u64(0..head * 3 / 4)).collect();
        places.sort_unstable();
        let mut kills = 0;
        for place in places {
            self.appends.go_on(40);
            let mut process = Process::start(self.place, task);
            let mut has_ended = false;
            until("the new generation comes so far", async || {
                has_ended = process.ended().is_some();
                has_ended || self.came_to(&new).await > Some(Position::from_raw(place))
            })
            .await;
            // Otherwise it was done before it was seen on its way.
            kills += usize::from(!has_ended);
            process.kill();
        }
        assert!(kills > 0, "no rebuild was met on its way");
        self.appends.go_on(200);
        let mut process = Process::start(self.place, task);
        until("the old generation rests", async || {
            let is_taken = |status: SubscriptionStatus| {
                let mut owners = status.partitions.iter().filter_map(|it| it.owner.as_ref());
                owners.any(|owner| process.is(owner.as_str()))
            };
            let rests = self.status(&old).await.is_some_and(is_taken);
            rests || process.ended().is_some()
        })
        .await;
        process.kill();
        self.appends.go_on(200);
        // There may be nothing more to do for this one but to build another generation.
        Process::start(self.place, task).done(self.place).await;
        let kept = self.store.subscriptions().unwrap();
        let serving = kept.serving(V::INFO.name, 1).await.unwrap();
        assert!(
            serving > 1,
            "generation {serving} of {} serves",
            V::INFO.name
        );
        println!("generation {serving} of {} serves", V::INFO.name);
    }

    async fn status(&self, name: &SubscriptionName) -> Option<SubscriptionStatus> {
        let kept = self.store.subscriptions()?;
        kept.subscription(name).await.unwrap()
    }

    async fn came_to(&self, name: &SubscriptionName) -> Option<Position> {
        let status = self.status(name).await?;
        let checkpoints = status.partitions.iter().flat_map(|it| &it.checkpoints);
        checkpoints.map(|it| it.mark.position()).min()
    }
}

fn generation<V: Trailed>(generation: u32) -> SubscriptionName {
    SubscriptionName::new(format!("{}.v1.g{generation}", V::INFO.name)).unwrap()
}

/// Somebody who reads a view all the while: it always answers, and no document ever goes back.
struct Reader {
    end: watch::Sender<bool>,
    reading: JoinHandle<u64>,
}

impl Reader {
    fn begin<V: Trailed>(app: App<Shop>) -> Self
    where
        Shop: Lists<V>,
    {
        let (end, ends) = watch::channel(false);
        let reading = tokio::spawn(async move {
            let mut seen = HashMap::<String, Vec<u64>>::new();
            let mut reads = 0;
            while !*ends.borrow() {
                let page = app.view::<V>().find().page().await.unwrap();
                for (key, document) in page.documents {
                    let key = key.to_text();
                    let now = document.trail().positions;
                    let before = seen.entry(key.clone()).or_default();
                    assert!(
                        now.starts_with(before),
                        "{} of {key} went from {before:?} back to {now:?}",
                        V::INFO.name
                    );
                    *before = now;
                }
                reads += 1;
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            assert!(!seen.is_empty());
            reads
        });
        Self { end, reading }
    }

    /// Fails if it has seen what must not be.
    async fn end(self) {
        self.end.send_replace(true);
        assert!(self.reading.await.unwrap() > 0, "nothing was read");
    }
}
