//! The crate is known as `renamed` here, and as nothing else.

use renamed::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize, AggregateId)]
#[aggregate_id(crate = "renamed")]
pub struct LampId(u8);

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(crate = "renamed", name = "SwitchedOn")]
pub struct SwitchedOnV1 {
    place: u8,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(crate = "renamed", version = 3, previous = SwitchedOnV1)]
pub struct SwitchedOn {
    #[event(tag, renamed(since = 3, from = place))]
    room: String,
}

impl renamed::schema::Upcast<SwitchedOnV1> for SwitchedOnV2 {
    fn upcast(old: SwitchedOnV1) -> Self {
        let place = old.place.to_string();
        Self { place }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(crate = "renamed")]
pub struct Flickered;

impl renamed::schema::Split<Lamp> for Flickered {
    type Into = ();

    fn split(self) {}
}

#[derive(Debug, Clone, Deserialize, Command)]
#[command(crate = "renamed", creates)]
pub struct SwitchOn {
    #[command(id)]
    lamp: LampId,
}

#[derive(Outcome)]
#[outcome(crate = "renamed")]
pub enum Switched {
    On(SwitchedOn),
    Already,
}

#[derive(Default, Clone, Serialize, Deserialize, Aggregate)]
#[aggregate(
    crate = "renamed",
    id = LampId,
    error = String,
    events(SwitchedOn),
    split(Flickered),
    commands(SwitchOn),
    snapshot(every = 10),
)]
pub struct Lamp {
    on: bool,
}

#[handlers(crate = "renamed")]
impl Lamp {
    fn switch_on(&self, _: SwitchOn) -> Switched {
        if self.on {
            return Switched::Already;
        }
        let room = "hall".to_owned();
        Switched::On(SwitchedOn { room })
    }

    fn switched_on(&mut self, _: &SwitchedOn) {
        self.on = true;
    }
}

#[derive(Debug, Default, Clone, Serialize, Deserialize, View)]
#[view(crate = "renamed", key = u8, observes(Lamp))]
pub struct Uses {
    #[view(index)]
    uses: u32,
}

#[folds(crate = "renamed")]
impl Uses {
    fn first_letter(event: &SwitchedOn) -> Option<u8> {
        event.room.bytes().next()
    }

    fn switched_on(&mut self, _: &SwitchedOn) {
        self.uses += 1;
    }
}

#[derive(Domain)]
#[domain(crate = "renamed", aggregates(Lamp), views(Uses))]
pub struct House;

fn main() {}
