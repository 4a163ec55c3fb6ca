//! Orders, and two views whose documents say of which events they were made.

use std::path::Path;

use eventide::prelude::*;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::rows::RowsInFile;
#[cfg(feature = "postgres")]
use crate::rows::RowsOnServer;

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
pub(crate) struct OrderId(String);

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
pub(crate) struct Placed {
    pub(crate) country: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
pub(crate) struct Added {
    /// If it cannot be folded: an even one is an error, an odd one a panic.
    pub(crate) amount: i64,
    /// It cannot be folded while this file is there, whichever process tries.
    pub(crate) sick_while: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize, Command)]
#[command(creates)]
pub(crate) struct Place {
    #[command(id)]
    pub(crate) order: OrderId,
    pub(crate) country: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, Command)]
pub(crate) struct Add {
    #[command(id)]
    pub(crate) order: OrderId,
    pub(crate) amount: i64,
    pub(crate) sick_while: Option<String>,
}

#[derive(Debug, Default, Clone, Aggregate)]
#[aggregate(id = OrderId, error = String, events(Placed, Added), commands(Place, Add))]
pub(crate) struct Order;

#[handlers]
impl Order {
    fn place(&self, command: Place) -> Placed {
        Placed {
            country: command.country,
        }
    }
    fn add(&self, command: Add) -> Added {
        Added {
            amount: command.amount,
            sick_while: command.sick_while,
        }
    }
    fn placed(&mut self, _: &Placed) {}
    fn added(&mut self, _: &Added) {}
}

/// A file that is always there: what is sick while it is, is so for good.
pub(crate) const FOR_GOOD: &str = "/";

fn check(event: &Added) -> Result<(), String> {
    let Added { amount, sick_while } = event;
    match sick_while {
        Some(file) if Path::new(file).exists() => {
            assert!(amount % 2 == 0, "{amount} is sick, and odd");
            Err(format!("{amount} is sick"))
        }
        _ => Ok(()),
    }
}

/// The events a document was made of. One that is lost, doubled or out of order shows.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Trail {
    /// Where they stand in the log.
    pub(crate) positions: Vec<u64>,
    /// Of the id of each, and of what there was before it.
    chain: Uuid,
}

impl Trail {
    pub(crate) fn follow(&mut self, event: &RecordedEvent) {
        self.positions.push(event.position.as_raw());
        self.chain = Uuid::new_v5(&self.chain, event.id.as_uuid().as_bytes());
    }
}

/// One document for each order.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize, View)]
#[view(key = OrderId, observes(Order), name = "orders")]
pub(crate) struct OrderTrail {
    #[view(index)]
    pub(crate) total: i64,
    pub(crate) trail: Trail,
}

#[folds]
impl OrderTrail {
    fn placed(&mut self, _: &Placed, recorded: &RecordedEvent) {
        self.trail.follow(recorded);
    }
    fn added(&mut self, event: &Added, recorded: &RecordedEvent) -> Result<(), String> {
        self.total += event.amount;
        self.trail.follow(recorded);
        // Half a change must not be seen, whatever comes of it.
        check(event)
    }
}

/// One document for each country.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize, View)]
#[view(key = String, observes(Order), name = "countries")]
pub(crate) struct CountryTrail {
    #[view(index)]
    pub(crate) orders: i64,
    pub(crate) trail: Trail,
}

#[folds]
impl CountryTrail {
    fn country(event: &Placed) -> Remember<String> {
        Remember(event.country.clone())
    }
    fn placed(&mut self, _: &Placed, recorded: &RecordedEvent) {
        self.orders += 1;
        self.trail.follow(recorded);
    }
    fn added(&mut self, event: &Added, recorded: &RecordedEvent) -> Result<(), String> {
        self.trail.follow(recorded);
        check(event)
    }
}

#[cfg(feature = "postgres")]
#[derive(Domain)]
#[domain(
    name = "shop",
    aggregates(Order),
    views(OrderTrail, CountryTrail),
    projections(RowsInFile, RowsOnServer)
)]
pub(crate) struct Shop;

#[cfg(not(feature = "postgres"))]
#[derive(Domain)]
#[domain(
    name = "shop",
    aggregates(Order),
    views(OrderTrail, CountryTrail),
    projections(RowsInFile)
)]
pub(crate) struct Shop;

pub(crate) fn id(order: u32) -> OrderId {
    OrderId::from(format!("order-{order}"))
}
