//! Handlers written without `#[handlers]`, and an aggregate with nothing in its lists.
#![deny(warnings)]

use eventide::command::CommandSet;
use eventide::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize, AggregateId)]
struct LampId(u8);

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
struct SwitchedOn;

#[derive(Debug, Clone, Deserialize, Command)]
struct SwitchOn {
    #[command(id)]
    lamp: LampId,
}

#[derive(Default, Clone, Aggregate)]
#[aggregate(id = LampId, error = String, events(SwitchedOn), commands(SwitchOn))]
struct Lamp {
    on: bool,
}

impl Handle<SwitchOn> for Lamp {
    type Outcome = Result<LampEvent, String>;

    async fn handle(&self, _: SwitchOn, _: &Context<'_, ()>) -> Self::Outcome {
        if self.on {
            return Err("it is on".to_owned());
        }
        Ok(SwitchedOn.into())
    }
}

impl Apply<SwitchedOn> for Lamp {
    fn apply(&mut self, _: &SwitchedOn) {
        self.on = true;
    }
}

#[derive(Default, Clone, Aggregate)]
#[aggregate(id = LampId, error = String, events(), commands())]
pub(crate) struct Nothing;

#[derive(Domain)]
#[domain(aggregates(Lamp, Nothing))]
struct House;

#[derive(Domain)]
#[domain(aggregates())]
pub struct Empty;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut lamp = Lamp::default();
    Aggregate::apply(&mut lamp, &SwitchedOn.into());
    assert!(lamp.on);

    let command = LampCommand::from_json("SwitchOn", br#"{"lamp":7}"#).ok_or("not known")??;
    assert_eq!(command.aggregate_id(), &LampId(7));
    assert!(LampCommand::from_json("SwitchOff", b"{}").is_none());
    assert!(NothingCommand::from_json("SwitchOn", b"{}").is_none());
    assert_eq!(House::AGGREGATES.len(), 2);
    assert_eq!(Empty::NAME, "Empty");
    Ok(())
}
