//! An event that is ignored changes nothing, though the log is asked for it: of an aggregate that takes
//! stored events apart, each of them may be told as one that is folded.

use std::convert::Infallible;

use eventide::prelude::*;
use eventide::schema::Split;
use serde::{Deserialize, Serialize};

use crate::support::options;

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
struct BasketId(u32);

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(name = "LineAdded")]
struct LineAddedV1 {
    wrapped: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(version = 2, first = "version 1 is told as LineAdded and GiftWrapped")]
struct LineAdded;

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
struct GiftWrapped {
    paper: String,
}

impl Split<Basket> for LineAddedV1 {
    type Into = (LineAdded, Option<GiftWrapped>);

    fn split(self) -> Self::Into {
        let paper = "plain".to_owned();
        (LineAdded, self.wrapped.then_some(GiftWrapped { paper }))
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Command)]
#[command(upserts)]
struct AddLine(#[command(id)] BasketId);

#[derive(Debug, Clone, Serialize, Deserialize, Command)]
#[command(upserts)]
struct Wrap(#[command(id)] BasketId, String);

#[derive(Debug, Default, Clone, Aggregate)]
#[aggregate(
    id = BasketId,
    error = Infallible,
    events(LineAdded, GiftWrapped),
    split(LineAddedV1),
    commands(AddLine, Wrap)
)]
struct Basket;

#[handlers]
impl Basket {
    fn add(&self, _: AddLine) -> LineAdded {
        LineAdded
    }
    fn wrap(&self, wrap: Wrap) -> GiftWrapped {
        GiftWrapped { paper: wrap.1 }
    }
    fn added(&mut self, _: &LineAdded) {}
    fn wrapped(&mut self, _: &GiftWrapped) {}
}

/// A document for each basket that was wrapped, and for no other.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize, View)]
#[view(key = BasketId, observes(Basket), ignores(LineAdded))]
struct Wrapped {
    times: u32,
}

#[folds]
impl Wrapped {
    fn wrapped(&mut self, _: &GiftWrapped) {
        self.times += 1;
    }
}

/// Each event that is folded names its key; those that are ignored have none.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize, View)]
#[view(key = String, observes(Basket), ignores(LineAdded))]
struct Papers {
    used: u32,
}

#[folds]
impl Papers {
    fn paper(event: &GiftWrapped) -> String {
        event.paper.clone()
    }
    fn wrapped(&mut self, _: &GiftWrapped) {
        self.used += 1;
    }
}

#[derive(Domain)]
#[domain(aggregates(Basket), views(Wrapped, Papers))]
struct Shop;

#[tokio::test]
async fn an_ignored_event_makes_no_document_and_parks_no_key() {
    let app = App::<Shop>::new(MemoryStore::new());
    for basket in [1, 2] {
        app.execute(AddLine(BasketId(basket))).await.unwrap();
    }
    let wrap = Wrap(BasketId(2), "gold".to_owned());
    app.execute(wrap).await.unwrap();
    let mut views = app.run_views(options()).await.unwrap();
    views.caught_up().await.unwrap();
    views.stop().await.unwrap();
    let wrapped = app.view::<Wrapped>().find().page().await.unwrap();
    assert_eq!(wrapped.documents, [(BasketId(2), Wrapped { times: 1 })]);
    let papers = app.view::<Papers>().find().page().await.unwrap();
    assert_eq!(papers.documents, [("gold".to_owned(), Papers { used: 1 })]);
    let parked = app.parked::<Papers>().keys(None, 10).await.unwrap();
    assert_eq!(parked, []);
}
