//! A shop whose events have a history of every kind.

use std::collections::HashMap;
use std::convert::Infallible;

use eventide::SchemaVersion;
use eventide::prelude::*;
use eventide::schema::{Split, UpcastRaw, UpcastWith};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
pub struct OrderId(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Shape)]
#[serde(rename_all = "snake_case")]
pub enum Gift {
    No,
    Wrapped { ribbons: u8 },
}

/// Three versions, all declared; called otherwise before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
#[event(version = 3, was("Ordered"))]
pub struct Placed {
    #[event(renamed(since = 3, from = client))]
    pub customer: String,
    #[event(since = 2, default = Gift::No)]
    pub gift: Gift,
    pub lines: Vec<String>,
}

/// Its older version is priced by what is looked up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
#[event(version = 2, previous = LineAddedV1, services = Prices)]
pub struct LineAdded {
    pub sku: String,
    pub cents: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
#[event(name = "LineAdded")]
pub struct LineAddedV1 {
    pub sku: String,
}

/// What a sku costs.
pub struct Prices(pub u64);

impl UpcastWith<LineAddedV1> for LineAdded {
    type Services = Prices;
    type Key = String;
    type Found = u64;
    type Error = Infallible;

    fn key(old: &LineAddedV1) -> String {
        old.sku.clone()
    }

    async fn look_up(
        prices: &Prices,
        skus: Vec<String>,
    ) -> Result<HashMap<String, u64>, Infallible> {
        let found = skus.into_iter().map(|sku| {
            let cents = prices.0 * sku.len() as u64;
            (sku, cents)
        });
        Ok(found.collect())
    }

    fn upcast_with(old: LineAddedV1, cents: Option<u64>) -> Result<Self, Infallible> {
        Ok(Self {
            sku: old.sku,
            cents: cents.unwrap_or_default(),
        })
    }
}

/// Version 1 has no type any more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
#[event(version = 2, raw)]
pub struct Rated {
    pub stars: u8,
}

impl UpcastRaw for Rated {
    type Error = String;

    fn upcast_raw(_: SchemaVersion, payload: Value) -> Result<Value, String> {
        let stars = payload.as_str().ok_or("a rating is a text")?;
        Ok(json!({ "stars": stars.len() }))
    }
}

/// Read as others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
pub struct Moved {
    pub street: String,
    pub city: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
pub struct StreetChanged {
    pub street: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
pub struct CityChanged {
    pub city: String,
}

impl Split<Order> for Moved {
    type Into = (StreetChanged, CityChanged);

    fn split(self) -> Self::Into {
        let Self { street, city } = self;
        (StreetChanged { street }, CityChanged { city })
    }
}

/// Read, and not emitted any more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
#[event(retired)]
pub struct Printed {
    pub pages: u32,
}

/// Places an order.
#[derive(Debug, Clone, Serialize, Deserialize, Command)]
#[command(upserts)]
pub struct Place {
    #[command(id)]
    pub order: OrderId,
}

#[derive(Debug, Default, Clone, Aggregate)]
#[aggregate(
    id = OrderId,
    error = Infallible,
    services = Prices,
    events(Placed, LineAdded, Rated, StreetChanged, CityChanged, Printed),
    split(Moved),
    commands(Place),
)]
pub struct Order {
    pub seen: Vec<String>,
}

#[handlers]
impl Order {
    fn place(&self, place: Place) -> Placed {
        Placed {
            customer: place.order.to_string(),
            gift: Gift::Wrapped { ribbons: 2 },
            lines: self.seen.clone(),
        }
    }

    fn placed(&mut self, event: &Placed) {
        self.seen.push(format!("{event:?}"));
    }

    fn line_added(&mut self, event: &LineAdded) {
        self.seen.push(format!("{event:?}"));
    }

    fn rated(&mut self, event: &Rated) {
        self.seen.push(format!("{event:?}"));
    }

    fn street_changed(&mut self, event: &StreetChanged) {
        self.seen.push(format!("{event:?}"));
    }

    fn city_changed(&mut self, event: &CityChanged) {
        self.seen.push(format!("{event:?}"));
    }

    fn printed(&mut self, event: &Printed) {
        self.seen.push(format!("{event:?}"));
    }
}

#[derive(Debug, Domain)]
#[domain(name = "shop", services = Prices, lock = "tests/lock/eventide.lock", aggregates(Order))]
pub struct Shop;

eventide::lock_tests!(
    Shop,
    services = Prices(10),
    goldens = [
        PlacedV1 {
            client: "ada".to_owned(),
            lines: vec!["tea \"Earl Grey\"".to_owned()]
        },
        Rated { stars: 0 },
    ],
);
