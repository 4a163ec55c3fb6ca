//! `#[cfg(..)]` on listed types and on handlers flows on to everything written for them.

use eventide::prelude::*;
use eventide::event::EventSet;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize, AggregateId)]
struct LampId(u8);

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
struct SwitchedOn;

#[cfg(any())]
#[derive(Debug, Clone, Serialize, Deserialize, Event)]
struct Exploded;

#[derive(Debug, Clone, Deserialize, Command)]
struct SwitchOn(#[command(id)] LampId);

#[cfg(any())]
#[derive(Debug, Clone, Deserialize, Command)]
struct Explode(#[command(id)] LampId);

#[derive(Default, Clone, Aggregate)]
#[aggregate(
    id = LampId,
    error = String,
    events(#[cfg(any())] Exploded, SwitchedOn),
    commands(SwitchOn, #[cfg(any())] Explode),
)]
struct Lamp {
    on: bool,
}

#[handlers]
impl Lamp {
    #[cfg(any())]
    fn switch_on(&self, _: SwitchOn) {}

    #[cfg(not(any()))]
    fn switch_on(&self, _: SwitchOn) -> Option<SwitchedOn> {
        (!self.on).then_some(SwitchedOn)
    }

    #[cfg(any())]
    fn explode(&self, _: Explode) -> Exploded {
        Exploded
    }

    fn switched_on(&mut self, _: &SwitchedOn) {
        self.on = true;
    }
}

#[handlers]
#[cfg(any())]
impl Lamp {
    fn exploded(&mut self, _: &Exploded) {}
}

fn main() {
    assert_eq!(LampEvent::INFOS.len(), 1);
    assert_eq!(Lamp::INFO.commands.len(), 1);
}
