//! Orders whose events have changed in every way there is.

use eventide::SchemaVersion;
use eventide::prelude::*;
use eventide::schema::{Split, TryUpcast, Upcast, UpcastRaw};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
pub struct OrderId(String);

/// In cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub struct Money(pub u64);

impl Money {
    fn of_euros(euros: u32) -> Self {
        Self(u64::from(euros) * 100)
    }

    fn parse(text: String) -> Result<Self, std::num::ParseIntError> {
        text.parse().map(Self)
    }
}

const HOME: &str = "AT";

/// Declared: four versions, each brought about otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Event)]
#[serde(rename_all = "camelCase")]
#[event(
    version = 4,
    removed(since = 3, name = free_note, ty = String),
    removed(since = 4, name = hint, ty = Option<u8>, added = 2, default = Some(1 << 2)),
)]
pub struct OrderPlaced {
    #[event(tag, renamed(since = 3, from = client_name))]
    #[serde(rename = "customer")]
    pub placed_by: String,
    #[event(changed(since = 4, from = u32, with = Money::of_euros))]
    pub grand_total: Money,
    #[event(since = 2, default = HOME.to_owned())]
    pub country: String,
    #[event(since = 3, default)]
    #[serde(default)]
    pub gifts: Vec<String>,
}

/// Declared, and the conversion may fail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Event)]
#[event(version = 3)]
pub struct PriceSet {
    #[event(renamed(since = 3, from = cents), changed(since = 2, from = String, try_with = Money::parse))]
    pub price: Money,
}

/// A written step from 1 to 2, a declared one from 2 to 3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Event)]
#[event(version = 3, previous = LineAddedV1)]
pub struct LineAdded {
    pub sku: String,
    pub quantity: u32,
    #[event(since = 3, default = false)]
    pub gift: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(name = "LineAdded")]
pub struct LineAddedV1 {
    pub line: String,
}

impl TryUpcast<LineAddedV1> for LineAddedV2 {
    type Error = String;

    fn try_upcast(old: LineAddedV1) -> Result<Self, String> {
        let (sku, quantity) = old.line.split_once(" x").ok_or("no quantity")?;
        let quantity = quantity.parse().map_err(|_| "no number".to_owned())?;
        let sku = sku.to_owned();
        Ok(Self { sku, quantity })
    }
}

/// Total steps over a struct that is itself an older version with a declared step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Event)]
#[event(version = 3, previous = ShippedV2)]
pub struct Shipped {
    pub parcels: Vec<u64>,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(name = "Shipped", version = 2)]
pub struct ShippedV2 {
    #[event(changed(since = 2, from = u8, with = u64::from))]
    pub parcel: u64,
}

impl Upcast<ShippedV2> for Shipped {
    fn upcast(old: ShippedV2) -> Self {
        Self {
            parcels: vec![old.parcel],
        }
    }
}

/// Versions 1 and 2 have no type any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Event)]
#[event(version = 4, raw)]
pub struct Rated {
    pub stars: u8,
    #[event(since = 4, default)]
    pub comment: Option<String>,
}

impl UpcastRaw for RatedV3 {
    type Error = String;

    fn upcast_raw(from: SchemaVersion, payload: Value) -> Result<Value, String> {
        match (from.get(), &payload) {
            (1, Value::Number(stars)) => Ok(json!({ "stars": stars })),
            (2, Value::String(stars)) => Ok(json!({ "stars": stars.len() })),
            // Passed on as it is, which is not what version 3 looks like.
            (2, Value::Array(_)) => Ok(payload),
            _ => Err(format!("{payload} is no rating")),
        }
    }
}

/// Called otherwise before, twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Event)]
#[event(version = 2, was("OrderCancelled", "Cancel"))]
pub struct OrderWithdrawn {
    #[event(renamed(since = 2, from = why))]
    pub reason: String,
}

/// Read, and no longer emitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Event)]
#[event(retired)]
pub struct OrderPrinted {
    pub page: u8,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Event)]
pub struct StreetChanged {
    pub street: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Event)]
pub struct CityChanged {
    pub city: String,
}

/// Told as two; its own first version had other names.
#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(version = 2)]
pub struct AddressChanged {
    #[event(renamed(since = 2, from = line1))]
    pub street: String,
    #[event(renamed(since = 2, from = line2))]
    pub city: String,
}

impl Split<Order> for AddressChanged {
    type Into = (StreetChanged, CityChanged);

    fn split(self) -> Self::Into {
        let Self { street, city } = self;
        (StreetChanged { street }, CityChanged { city })
    }
}

/// Told as none.
#[derive(Debug, Clone, Serialize, Deserialize, Event)]
pub struct Pinged;

impl Split<Order> for Pinged {
    type Into = ();

    fn split(self) {}
}

/// Version 1 of what is today an event per page; from version 2 on it is read as it is.
#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(name = "Counted")]
pub struct CountedV1 {
    pub pages: Vec<u8>,
}

impl Split<Order> for CountedV1 {
    type Into = Result<Vec<OrderPrinted>, String>;

    fn split(self) -> Self::Into {
        if self.pages.contains(&0) {
            return Err("there is no page 0".to_owned());
        }
        let pages = self.pages.into_iter();
        Ok(pages.map(|page| OrderPrinted { page }).collect())
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Event)]
#[event(version = 2, first = "version 1 is split into pages")]
pub struct Counted {
    pub count: u8,
}

#[derive(Debug, Clone, Deserialize, Command)]
#[command(upserts)]
pub struct Place {
    #[command(id)]
    pub order: OrderId,
}

#[derive(Debug, Clone, Default, Aggregate)]
#[aggregate(
    id = OrderId,
    error = String,
    events(
        OrderPlaced, PriceSet, LineAdded, Shipped, Rated, OrderWithdrawn, OrderPrinted,
        StreetChanged, CityChanged, Counted,
    ),
    split(AddressChanged, Pinged, CountedV1),
    commands(Place),
)]
pub struct Order {
    pub seen: Vec<String>,
}

impl Order {
    fn saw(&mut self, event: &impl std::fmt::Debug) {
        self.seen.push(format!("{event:?}"));
    }
}

#[handlers]
impl Order {
    fn place(&self, _: Place) -> Result<Option<OrderPlaced>, String> {
        Ok(Some(OrderPlaced {
            placed_by: "ada".to_owned(),
            grand_total: Money(self.seen.len() as u64),
            country: HOME.to_owned(),
            gifts: Vec::new(),
        }))
    }
    fn order_placed(&mut self, event: &OrderPlaced) {
        self.saw(event);
    }
    fn price_set(&mut self, event: &PriceSet) {
        self.saw(event);
    }
    fn line_added(&mut self, event: &LineAdded) {
        self.saw(event);
    }
    fn shipped(&mut self, event: &Shipped) {
        self.saw(event);
    }
    fn rated(&mut self, event: &Rated) {
        self.saw(event);
    }
    fn withdrawn(&mut self, event: &OrderWithdrawn) {
        self.saw(event);
    }
    fn printed(&mut self, event: &OrderPrinted) {
        self.saw(event);
    }
    fn street(&mut self, event: &StreetChanged) {
        self.saw(event);
    }
    fn city(&mut self, event: &CityChanged) {
        self.saw(event);
    }
    fn counted(&mut self, event: &Counted) {
        self.saw(event);
    }
}

#[derive(Domain)]
#[domain(aggregates(Order))]
pub struct Shop;
