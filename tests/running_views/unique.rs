//! What a unique column refuses parks the event that is to blame, and forgets nothing else of it.

use eventide::prelude::*;
use eventide::store::PageSize;
use serde::{Deserialize, Serialize};

use crate::domain::{Added, Cancel, Cancelled, Note, Noted, Order, Place, Placed};
use crate::support::{id, options, stores};

/// What is noted of an order; no two notes are alike.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize, View)]
#[view(key = String, observes(Order), ignores(Placed, Added))]
pub(crate) struct Notes {
    #[view(unique)]
    text: String,
    cancelled: bool,
}

#[folds]
impl Notes {
    fn order(_: &Noted, recorded: &RecordedEvent) -> Remember<String> {
        Remember(format!("note on {}", recorded.stream.aggregate_id()))
    }
    fn noted(&mut self, event: &Noted) {
        self.text.clone_from(&event.text);
    }
    fn cancelled(&mut self, _: &Cancelled) {
        self.cancelled = true;
    }
}

#[derive(Domain)]
#[domain(name = "notes", aggregates(Order), views(Notes))]
pub(crate) struct Desk;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_event_to_blame_is_parked_and_its_stream_keeps_its_key() {
    for (name, place) in stores().await {
        let app = App::<Desk>::new(place.store.clone());
        for (order, text) in [(0, "a"), (1, "a"), (2, "b")] {
            let (order, text) = (id(order), text.to_owned());
            let country = "Peru".to_owned();
            let place = Place {
                order: order.clone(),
                country,
            };
            app.execute(place).await.unwrap();
            app.execute(Note { order, text }).await.unwrap();
        }
        let mut views = app.run_views(options()).await.unwrap();
        views.caught_up().await.unwrap();
        for order in 0..3 {
            app.execute(Cancel { order: id(order) }).await.unwrap();
        }
        views.caught_up().await.unwrap();
        let keys = app.parked::<Notes>().keys(None, 10).await.unwrap();
        assert_eq!(keys.len(), 1, "{name}: {keys:?}");
        assert_eq!(
            (&*keys[0].key, keys[0].letters),
            ("note on order-1", 2),
            "{name}"
        );
        let error = keys[0].first.error.clone().unwrap();
        assert!(error.contains("text"), "{name}: {error}");
        let found = app.view::<Notes>().find().page().await.unwrap().documents;
        assert_eq!(found.len(), 2, "{name}");
        assert!(found.iter().all(|(_, note)| note.cancelled), "{name}");
        views.stop().await.unwrap();
    }
}

/// Far behind, one step is written while the next is folded on what it comes to.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_folded_on_a_step_that_is_refused_is_folded_anew() {
    for (name, place) in stores().await {
        let app = App::<Desk>::new(place.store.clone());
        for order in 0..12 {
            let (order, country) = (id(order), "Peru".to_owned());
            app.execute(Place { order, country }).await.unwrap();
        }
        // Of every three the second says what the first does, and something else just after.
        for n in 0..12 {
            let order = id(n);
            let note = |text| {
                let order = order.clone();
                app.execute(Note { order, text })
            };
            note(format!("note {}", n - u32::from(n % 3 == 1)))
                .await
                .unwrap();
            if n % 3 == 1 {
                note(format!("other {n}")).await.unwrap();
            }
            app.execute(Cancel { order }).await.unwrap();
        }
        // One event in each step: what two of them come to together may not clash.
        let options = options().page(PageSize::new(1));
        let mut views = app.run_views(options).await.unwrap();
        views.caught_up().await.unwrap();
        views.stop().await.unwrap();
        let keys = app.parked::<Notes>().keys(None, 10).await.unwrap();
        let parked: Vec<_> = keys.iter().map(|it| (&*it.key, it.letters)).collect();
        let expected = [1, 10, 4, 7].map(|n| format!("note on order-{n}"));
        let expected: Vec<_> = expected.iter().map(|key| (&**key, 3)).collect();
        assert_eq!(parked, expected, "{name}");
        let found = app.view::<Notes>().find().page().await.unwrap().documents;
        let done = found.iter().filter(|(_, note)| note.cancelled).count();
        assert_eq!((found.len(), done), (8, 8), "{name}");
    }
}
