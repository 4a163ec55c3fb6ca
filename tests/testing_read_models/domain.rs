//! Orders, whose commands can be made up, and notes, which have none.

use eventide::prelude::*;
use eventide::schema::Upcast;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
pub(crate) struct OrderId(pub(crate) u32);

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
pub(crate) struct NoteId(pub(crate) u32);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Shape)]
pub(crate) enum Country {
    Norway,
    Peru,
}

impl Country {
    pub(crate) fn name(self) -> String {
        format!("{self:?}")
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
pub(crate) struct Placed {
    pub(crate) country: Country,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(name = "Paid")]
pub(crate) struct PaidV1 {
    pub(crate) pence: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(version = 2, previous = PaidV1)]
pub(crate) struct Paid {
    pub(crate) amount: i64,
}

impl Upcast<PaidV1> for Paid {
    fn upcast(old: PaidV1) -> Self {
        Self {
            amount: old.pence / 100,
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
pub(crate) struct Cancelled;

#[derive(Debug, Clone, Serialize, Deserialize, Command)]
#[command(creates)]
pub(crate) struct Place(#[command(id)] pub(crate) OrderId, pub(crate) Country);

#[derive(Debug, Clone, Serialize, Deserialize, Command)]
pub(crate) struct Pay(#[command(id)] pub(crate) OrderId, pub(crate) u16);

#[derive(Debug, Clone, Serialize, Deserialize, Command)]
pub(crate) struct Cancel(#[command(id)] pub(crate) OrderId);

#[derive(Debug, Default, Clone, Aggregate)]
#[aggregate(
    id = OrderId,
    error = String,
    events(Placed, Paid, Cancelled),
    commands(Place, Pay, Cancel)
)]
pub(crate) struct Order {
    cancelled: bool,
}

#[handlers]
impl Order {
    fn place(&self, place: Place) -> Placed {
        Placed { country: place.1 }
    }
    fn pay(&self, pay: Pay) -> Result<Paid, String> {
        if self.cancelled {
            return Err("cancelled".to_owned());
        }
        Ok(Paid {
            amount: i64::from(pay.1),
        })
    }
    fn cancel(&self, _: Cancel) -> Option<Cancelled> {
        (!self.cancelled).then_some(Cancelled)
    }
    fn placed(&mut self, _: &Placed) {}
    fn paid(&mut self, _: &Paid) {}
    fn cancelled(&mut self, _: &Cancelled) {
        self.cancelled = true;
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
pub(crate) struct Noted {
    pub(crate) about: Vec<Country>,
    pub(crate) text: String,
}

#[derive(Debug, Default, Clone, Aggregate)]
#[aggregate(id = NoteId, error = String, events(Noted), commands())]
pub(crate) struct Note;

#[handlers]
impl Note {
    fn noted(&mut self, _: &Noted) {}
}

/// What each country bought.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize, View)]
#[view(key = String, observes(Order, Note))]
pub(crate) struct Sales {
    pub(crate) orders: u32,
    pub(crate) revenue: i64,
    pub(crate) notes: Vec<String>,
    pub(crate) last: Option<String>,
}

#[folds]
impl Sales {
    fn country(event: &Placed) -> Remember<String> {
        Remember(event.country.name())
    }
    fn placed(&mut self, _: &Placed, recorded: &RecordedEvent) {
        self.orders += 1;
        self.last = Some(recorded.recorded_at.to_string());
    }
    fn paid(&mut self, event: &Paid) -> Result<(), String> {
        if event.amount > 60_000 {
            return Err(format!("nobody pays {}", event.amount));
        }
        self.revenue += event.amount;
        Ok(())
    }
    fn cancelled(&mut self, _: &Cancelled) -> Change {
        self.orders -= 1;
        if self.orders == 0 {
            Change::Delete
        } else {
            Change::Keep
        }
    }
    fn countries(event: &Noted) -> Vec<String> {
        event.about.iter().map(|country| country.name()).collect()
    }
    fn noted(&mut self, event: &Noted, recorded: &RecordedEvent) {
        let by = recorded.metadata.user_id.as_deref().unwrap_or("nobody");
        self.notes.push(format!("{} by {by}", event.text));
    }
}
