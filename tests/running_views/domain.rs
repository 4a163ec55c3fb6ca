//! Orders, and two views of them: one by order, one by country.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use eventide::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
pub(crate) struct OrderId(String);

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
pub(crate) struct Placed {
    pub(crate) country: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
pub(crate) struct Added {
    pub(crate) amount: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
pub(crate) struct Noted {
    pub(crate) text: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
pub(crate) struct Cancelled;

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
}

#[derive(Debug, Clone, Serialize, Deserialize, Command)]
pub(crate) struct Note {
    #[command(id)]
    pub(crate) order: OrderId,
    pub(crate) text: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, Command)]
pub(crate) struct Cancel {
    #[command(id)]
    pub(crate) order: OrderId,
}

#[derive(Debug, Default, Clone, Aggregate)]
#[aggregate(id = OrderId, error = String)]
#[aggregate(
    events(Placed, Added, Noted, Cancelled),
    commands(Place, Add, Note, Cancel)
)]
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
        }
    }
    fn note(&self, command: Note) -> Noted {
        Noted { text: command.text }
    }
    fn cancel(&self, _: Cancel) -> Cancelled {
        Cancelled
    }
    fn placed(&mut self, _: &Placed) {}
    fn added(&mut self, _: &Added) {}
    fn noted(&mut self, _: &Noted) {}
    fn cancelled(&mut self, _: &Cancelled) {}
}

/// Amounts that cannot be folded, until they are healed. An even one is an error, an odd one a panic.
static SICK: Mutex<BTreeSet<i64>> = Mutex::new(BTreeSet::new());

pub(crate) fn poison(amount: i64) {
    sick().insert(amount);
}

pub(crate) fn heal(amount: i64) {
    sick().remove(&amount);
}

fn sick() -> std::sync::MutexGuard<'static, BTreeSet<i64>> {
    SICK.lock().unwrap_or_else(PoisonError::into_inner)
}

fn check(amount: i64) -> Result<i64, String> {
    let is_sick = sick().contains(&amount);
    assert!(!is_sick || amount % 2 == 0, "{amount} is odd and sick");
    if is_sick {
        return Err(format!("{amount} is sick"));
    }
    Ok(amount)
}

/// One document for each order.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize, View)]
#[view(key = OrderId, observes(Order), ignores(Noted))]
pub(crate) struct OrderTotals {
    #[view(index)]
    pub(crate) country: String,
    #[view(index)]
    pub(crate) total: i64,
    /// The amounts in their order.
    pub(crate) amounts: Vec<i64>,
}

#[folds]
impl OrderTotals {
    fn placed(&mut self, event: &Placed) {
        self.country.clone_from(&event.country);
    }
    fn added(&mut self, event: &Added) -> Result<(), String> {
        let amount = check(event.amount)?;
        // Half a change must not be seen, whatever comes of it.
        self.amounts.push(amount);
        self.total += amount;
        Ok(())
    }
    fn cancelled(&mut self, _: &Cancelled) -> Change {
        Change::Delete
    }
}

/// One document for each country.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize, View)]
#[view(key = String, observes(Order), ignores(Noted, Cancelled), name = "countries", version = 3)]
pub(crate) struct CountryTotals {
    pub(crate) orders: u32,
    #[view(index)]
    pub(crate) total: i64,
}

#[folds]
impl CountryTotals {
    fn country(event: &Placed) -> Remember<String> {
        Remember(event.country.clone())
    }
    fn placed(&mut self, _: &Placed) {
        self.orders += 1;
    }
    fn added(&mut self, event: &Added) -> Result<(), String> {
        self.total += event.amount;
        check(event.amount)?;
        Ok(())
    }
}

#[derive(Domain)]
#[domain(name = "shop", aggregates(Order), views(OrderTotals, CountryTotals))]
pub(crate) struct Shop;
