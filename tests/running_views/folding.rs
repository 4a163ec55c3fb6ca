//! Documents are what the log says, however it is read.

use eventide::prelude::*;
use eventide::store::PageSize;
use eventide::view::ViewColumn;

use serde::{Deserialize, Serialize};

use crate::domain::{
    Add, Added, Cancel, Cancelled, CountryTotals, Note, Noted, Order, OrderId, OrderTotals, Place,
    Placed,
};
use crate::support::{all, app, expected, id, options, run, sell, stores};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_event_is_folded_once_whatever_the_page() {
    for size in [1, 7, 8192] {
        for (name, place) in stores().await {
            let app = app(&place);
            sell(&app, 0..5, 4).await;
            let options = options().page(PageSize::new(size));
            let mut views = run(&app, options).await;
            views.caught_up().await.unwrap();
            sell(&app, 5..8, 3).await;
            views.caught_up().await.unwrap();
            assert_eq!(
                all(&app).await,
                expected(&*place.store).await,
                "{name}, {size}"
            );
            views.stop().await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_goes_on_where_it_was() {
    for (name, place) in stores().await {
        let app = app(&place);
        for round in 0..5 {
            sell(&app, round * 3..round * 3 + 3, 5).await;
            let mut views = run(&app, options().page(PageSize::new(2))).await;
            if round % 2 == 0 {
                views.caught_up().await.unwrap();
            }
            views.stop().await.unwrap();
        }
        let mut views = run(&app, options()).await;
        views.caught_up().await.unwrap();
        assert_eq!(all(&app).await, expected(&*place.store).await, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_can_go_and_begin_anew() {
    for (name, place) in stores().await {
        let app = app(&place);
        sell(&app, 0..2, 2).await;
        app.execute(Cancel { order: id(0) }).await.unwrap();
        let mut views = run(&app, options()).await;
        views.caught_up().await.unwrap();
        let orders = app.view::<OrderTotals>();
        assert_eq!(orders.get(&id(0)).await.unwrap(), None, "{name}");
        let order = id(0);
        app.execute(Add { order, amount: 5 }).await.unwrap();
        views.caught_up().await.unwrap();
        let anew = orders.get(&id(0)).await.unwrap().unwrap();
        assert_eq!((anew.total, &*anew.country), (5, ""), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documents_are_found_by_their_columns() {
    for (name, place) in stores().await {
        let app = app(&place);
        sell(&app, 0..9, 2).await;
        let country = "France".to_owned();
        let order = id(100);
        app.execute(Place { order, country }).await.unwrap();
        let mut views = run(&app, options()).await;
        views.caught_up().await.unwrap();
        let orders = app.view::<OrderTotals>();
        let found = orders
            .find()
            .filter(OrderTotals::COUNTRY.equals("France"))
            .filter(OrderTotals::TOTAL.more_than(&0))
            .order_by(&OrderTotals::TOTAL)
            .descending()
            .page()
            .await
            .unwrap();
        let keys: Vec<_> = found
            .documents
            .iter()
            .map(|(key, _)| key.to_string())
            .collect();
        assert_eq!(keys, ["order-6", "order-3", "order-0"], "{name}");
        let _: &ViewColumn<CountryTotals, i64> = &CountryTotals::TOTAL;
    }
}

/// As many notes as somebody wrote, with all of their words.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize, View)]
#[view(key = OrderId, observes(Order), ignores(Placed, Added, Cancelled))]
struct Notes {
    texts: Vec<String>,
}

#[folds]
impl Notes {
    fn noted(&mut self, event: &Noted) {
        self.texts.push(event.text.clone());
    }
}

#[derive(Domain)]
#[domain(aggregates(Order), views(Notes))]
struct Office;

/// More than a partition keeps in memory, and one of the first changed again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_of_long_ago_is_not_begun_anew() {
    let app = App::<Office>::new(MemoryStore::new());
    let note = async |order, bytes| {
        let (order, text) = (id(order), "x".repeat(bytes));
        app.execute(Note { order, text }).await.unwrap();
    };
    for order in 0..60 {
        let (order, country) = (id(order), "Peru".to_owned());
        app.execute(Place { order, country }).await.unwrap();
    }
    for order in 0..60 {
        note(order, 1 << 20).await;
    }
    for order in 0..60 {
        note(order, 1).await;
    }
    // In small pages, each of which takes the place of something.
    let options = options().page(PageSize::new(4));
    let mut views = app.run_views(options).await.unwrap();
    views.caught_up().await.unwrap();
    views.stop().await.unwrap();
    for order in 0..60 {
        let notes = app.view::<Notes>().get(&id(order)).await.unwrap().unwrap();
        let lengths: Vec<_> = notes.texts.iter().map(String::len).collect();
        assert_eq!(lengths, [1 << 20, 1], "order {order}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_view_begins_with_the_log_whatever_the_options_say() {
    for (name, place) in stores().await {
        let app = app(&place);
        sell(&app, 0..3, 2).await;
        let stream = eventide::StreamId::new("Order", "order-1").unwrap();
        let others = options().begin(eventide::read_model::Begin::Now);
        let mut views = run(&app, others.of_stream(stream)).await;
        views.caught_up().await.unwrap();
        assert_eq!(all(&app).await, expected(&*place.store).await, "{name}");
        views.stop().await.unwrap();
    }
}
