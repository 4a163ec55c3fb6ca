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

/// Which events there are to fold depends on the same conditions.
#[derive(Debug, Default, Clone, Serialize, Deserialize, View)]
#[view(key = LampId, observes(Lamp), ignores(#[cfg(any())] Exploded))]
struct Uses {
    uses: u32,
}

#[folds]
impl Uses {
    #[cfg(any())]
    fn key(_: &SwitchedOn) -> u32 {
        7
    }

    #[cfg(any())]
    fn switched_on(&mut self, _: &SwitchedOn, _: &RecordedEvent) {}

    #[cfg(not(any()))]
    fn switched_on(&mut self, _: &SwitchedOn) {
        self.uses += 1;
    }
}

#[derive(Default, Clone, Aggregate)]
#[aggregate(
    id = LampId,
    error = String,
    events(#[cfg(all())] #[cfg(not(any()))] SwitchedOn, #[cfg(any())] Exploded),
    commands(),
    name = "other-lamp",
)]
struct OtherLamp;

#[handlers]
impl OtherLamp {
    fn switched_on(&mut self, _: &SwitchedOn) {}
}

#[derive(Debug, Default, Clone, Serialize, Deserialize, View)]
#[view(key = LampId, observes(OtherLamp), ignores(SwitchedOn))]
struct OtherUses;

fn main() {
    use eventide::read_model::ObservedBy;

    assert_eq!(<Lamp as ObservedBy<Uses>>::OBSERVED.len(), 1);
    assert_eq!(<OtherLamp as ObservedBy<OtherUses>>::OBSERVED.len(), 1);
    assert_eq!(LampEvent::INFOS.len(), 1);
    assert_eq!(Lamp::INFO.commands.len(), 1);
}
