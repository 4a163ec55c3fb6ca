//! Views of aggregates whose old events ask a service.

use std::collections::HashMap;
use std::convert::Infallible;

use eventide::prelude::*;
use eventide::schema::UpcastWith;
use eventide::testing::{ViewTest, view_laws};
use serde::{Deserialize, Serialize};

use crate::panic_of;

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
struct BasketId(u32);

/// As it was before prices were kept with the line.
#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(name = "LineAdded")]
struct LineAddedV1 {
    sku: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(version = 2, previous = LineAddedV1, services = PriceList)]
struct LineAdded {
    price: u64,
}

struct PriceList {
    is_there: bool,
}

impl UpcastWith<LineAddedV1> for LineAdded {
    type Services = PriceList;
    type Key = u32;
    type Found = u64;
    type Error = &'static str;

    fn key(old: &LineAddedV1) -> u32 {
        old.sku
    }

    async fn look_up(
        prices: &PriceList,
        skus: Vec<u32>,
    ) -> Result<HashMap<u32, u64>, &'static str> {
        tokio::task::yield_now().await;
        if !prices.is_there {
            return Err("nobody is there");
        }
        Ok(skus.into_iter().map(|sku| (sku, 10)).collect())
    }

    fn upcast_with(_: LineAddedV1, price: Option<u64>) -> Result<Self, &'static str> {
        let price = price.ok_or("it has no price")?;
        Ok(Self { price })
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Command)]
#[command(upserts)]
struct AddLine(#[command(id)] BasketId, u16);

#[derive(Debug, Default, Clone, Aggregate)]
#[aggregate(
    id = BasketId,
    error = Infallible,
    events(LineAdded),
    commands(AddLine),
    services = PriceList
)]
struct Basket;

#[handlers]
impl Basket {
    fn add(&self, line: AddLine) -> LineAdded {
        LineAdded {
            price: line.1.into(),
        }
    }
    fn added(&mut self, _: &LineAdded) {}
}

#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize, View)]
#[view(key = BasketId, observes(Basket))]
struct Total {
    price: u64,
}

#[folds]
impl Total {
    fn added(&mut self, event: &LineAdded) {
        self.price += event.price;
    }
}

#[test]
fn what_an_old_event_asks_for_is_asked_of_the_given_services() {
    let given = |is_there| {
        Total::given_nothing()
            .with_services(PriceList { is_there })
            .and::<Basket>(&BasketId(1), LineAdded { price: 5 })
            .stored::<Basket>(&BasketId(1), &LineAddedV1 { sku: 7 })
    };
    given(true)
        .then(&BasketId(1), Total { price: 15 })
        .then_again();
    let words = panic_of(|| given(false).then(&BasketId(1), Total { price: 5 }));
    assert!(words.contains("does not come to the end"), "{words}");
}

#[test]
fn laws_are_checked_with_services() {
    view_laws::<Total>()
        .services(PriceList { is_there: true })
        .cases(10)
        .check();
}
