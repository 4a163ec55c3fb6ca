//! Raw identifiers, visibility, renamed entries, types in other modules, and types that a macro passes on.
#![deny(warnings)]

use eventide::event::EventSet;
use eventide::prelude::*;

pub mod sales {
    use eventide::prelude::*;
    use serde::{Deserialize, Serialize};

    #[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
    pub struct SaleId {
        pub r#type: String,
    }

    #[derive(Debug, Clone, Serialize, Deserialize, Event)]
    #[allow(non_camel_case_types)]
    pub struct r#move {
        #[event(tag)]
        pub r#type: String,
    }

    #[derive(Debug, Clone, Serialize, Deserialize, Event)]
    pub struct Placed;

    #[derive(Debug, Clone, Serialize, Deserialize, Event)]
    #[event(name = "gift-placed")]
    pub struct S;

    #[derive(Debug, Clone, Deserialize, Command)]
    #[command(upserts)]
    pub struct Place {
        #[command(id)]
        pub r#ref: SaleId,
    }
}

mod gifts {
    pub use crate::sales::S as Placed;
}

#[derive(Default, Clone, Aggregate)]
#[aggregate(
    id = sales::SaleId,
    error = std::num::ParseIntError,
    events(sales::r#move, sales::Placed, gifts::Placed as GiftPlaced),
    commands(sales::Place),
)]
pub struct Sale;

macro_rules! applies {
    ($name:ident, $event:ty) => {
        #[handlers]
        impl Sale {
            fn $name(&mut self, _: &$event) {}
        }
    };
}

applies!(moved, sales::r#move);
applies!(placed, sales::Placed);
applies!(gift_placed, gifts::Placed);

macro_rules! handles {
    ($command:ty => $event:ty) => {
        #[handlers]
        impl Sale {
            fn r#do(&self, _: $command) -> Option<$event> {
                None
            }
        }
    };
}

handles!(sales::Place => gifts::Placed);

/// Two events of one name in different modules, a raw field, and what a macro passes on.
#[derive(Debug, Default, Clone, serde::Serialize, serde::Deserialize, View)]
#[view(key = sales::SaleId, observes(Sale), ignores(sales::Placed, gifts::Placed))]
#[allow(non_camel_case_types)]
pub struct r#yield {
    #[view(index)]
    r#type: Option<String>,
}

macro_rules! folded {
    ($me:ty, $event:ty, $($recorded:ty)?) => {
        #[folds]
        impl $me {
            fn r#fn(&mut self, event: &$event $(, _: &$recorded)?) -> Result<(), std::fmt::Error> {
                self.r#type = Some(event.r#type.clone());
                Ok(())
            }
        }
    };
}

folded!(r#yield, sales::r#move, RecordedEvent);

mod other {
    use eventide::prelude::*;
    use serde::{Deserialize, Serialize};

    #[derive(Debug, Default, Clone, Serialize, Deserialize, View)]
    #[view(
        key = u64,
        name = "other-yield",
        observes(super::Sale),
        ignores(super::sales::Placed, super::gifts::Placed, super::sales::r#move),
    )]
    pub struct Yield;
}

#[derive(Domain)]
#[domain(aggregates(Sale), views(r#yield, other::Yield))]
pub struct Shop;

fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let moved = SaleEvent::Move(sales::r#move {
        r#type: "van".to_owned(),
    });
    assert_eq!(moved.info().name, "move");
    assert_eq!(moved.tags()?[0].as_str(), "type:van");
    assert_eq!(moved.encode()?, br#"{"type":"van"}"#);
    assert_eq!(SaleEvent::from(sales::S).info().name, "gift-placed");
    let _ = SaleEvent::Placed(sales::Placed);

    assert_eq!(Shop::VIEWS[0].name, "yield");
    assert_eq!(Shop::VIEWS[0].columns[0].name, "type");

    let id: sales::SaleId = "7".parse()?;
    assert_eq!(id.to_string(), "7");
    assert_eq!(id, sales::SaleId::from("7".to_owned()));
    Ok(())
}
