//! A lawful aggregate, written by hand: async, with ids, times, optional and nested fields.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::future::poll_fn;
use std::num::NonZeroU64;
use std::task::Poll;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize};
use thiserror::Error;
use uuid::Uuid;

use crate::aggregate::{Aggregate, AggregateInfo};
use crate::command::{CommandInfo, CommandSet, Existence, InvalidCommand, InvalidField};
use crate::context::Context;
use crate::envelope::{InvalidTag, RecordedEvent, Tag};
use crate::event::{Event, EventInfo, EventSet, EventVisitor};
use crate::ids::SchemaVersion;
use crate::outcome::Outcome;
use crate::schema::steps::Asks;
use crate::schema::{self, DecodeError, EncodeError, Lookups};
use crate::snapshot::SnapshotSpec;
use crate::stream::{AggregateId, InvalidAggregateId};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct OrderId(pub(super) Uuid);

impl fmt::Display for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl AggregateId for OrderId {
    fn parse(text: &str) -> Result<Self, InvalidAggregateId> {
        text.parse()
            .map(Self)
            .map_err(|error| InvalidAggregateId::new(text, "OrderId", error))
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Placed {
    pub(super) invoice: Uuid,
    pub(super) at: Timestamp,
    pub(super) by: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct LineAdded {
    pub(super) sku: String,
    pub(super) quantity: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Closed {}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Place {
    pub(super) order: OrderId,
}

#[derive(Debug, Clone, Deserialize)]
#[expect(dead_code, reason = "only made up")]
pub(super) struct AddLine {
    pub(super) order: OrderId,
    pub(super) sku: String,
    pub(super) quantity: u32,
    pub(super) wanted_on: Option<Date>,
    pub(super) gift: Gift,
}

#[derive(Debug, Clone, Deserialize)]
#[expect(dead_code, reason = "only made up")]
pub(super) enum Gift {
    No,
    Wrapped { ribbons: Vec<String> },
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Close {
    pub(super) order: OrderId,
}

macro_rules! closed_set {
    ($set:ident of $trait:ident { $($name:ident $info:expr),* }) => {
        #[derive(Debug, Clone)]
        pub(super) enum $set { $($name($name)),* }

        $(impl From<$name> for $set {
            fn from(one: $name) -> Self {
                Self::$name(one)
            }
        })*

        impl $set {
            pub(super) const INFOS: &'static [$trait] = &[$($info),*];
        }
    };
}

const fn event(name: &'static str) -> EventInfo {
    EventInfo::new(name, SchemaVersion::FIRST, "", "")
}

const fn command(name: &'static str, existence: Existence) -> CommandInfo {
    CommandInfo::new(name, existence, "", "")
}

closed_set!(OrderEvent of EventInfo {
    Placed event("Placed"),
    LineAdded event("LineAdded"),
    Closed event("Closed")
});

closed_set!(OrderCommand of CommandInfo {
    Place command("Place", Existence::MustNot),
    AddLine command("AddLine", Existence::Must),
    Close command("Close", Existence::Must)
});

macro_rules! events {
    ($($name:ident)*) => {
        $(impl Event for $name {
            const INFO: EventInfo = event(stringify!($name));
        }

        impl Outcome<Order> for $name {
            fn record(self, events: &mut Vec<OrderEvent>) -> Result<(), OrderError> {
                events.push(self.into());
                Ok(())
            }

            fn describe(events: &mut Vec<EventInfo>) {
                events.push(Self::INFO);
            }
        })*

        impl EventSet for OrderEvent {
            const INFOS: &'static [EventInfo] = OrderEvent::INFOS;

            fn info(&self) -> &'static EventInfo {
                let name = match self { $(Self::$name(_) => stringify!($name)),* };
                Self::INFOS.iter().find(|info| info.name == name).expect("listed")
            }

            fn encode(&self) -> Result<Vec<u8>, EncodeError> {
                match self { $(Self::$name(event) => schema::encode(event)),* }
            }

            fn tags(&self) -> Result<Vec<Tag>, InvalidTag> {
                match self { $(Self::$name(event) => event.tags()),* }
            }

            fn decode(
                recorded: &RecordedEvent,
                lookups: &mut Lookups,
                events: &mut Vec<Self>,
            ) -> Result<(), DecodeError> {
                let event = match &*recorded.event_type {
                    $(stringify!($name) => Self::$name(schema::decode_payload(recorded, lookups)?),)*
                    _ => return Err(schema::unknown_event(recorded, Self::INFOS)),
                };
                events.push(event);
                Ok(())
            }

            fn visit<V: EventVisitor>(visitor: &mut V) {
                $(visitor.visit::<$name>();)*
            }
        }

        impl<S> Asks<S> for OrderEvent {
            fn find(_: &S, _: TypeId) -> Option<&(dyn Any + Send + Sync)> {
                None
            }
        }
    };
}

events!(Placed LineAdded Closed);

impl CommandSet for OrderCommand {
    type Id = OrderId;
    const INFOS: &'static [CommandInfo] = OrderCommand::INFOS;

    fn info(&self) -> &'static CommandInfo {
        let [place, add_line, close] = Self::INFOS else {
            unreachable!()
        };
        match self {
            Self::Place(_) => place,
            Self::AddLine(_) => add_line,
            Self::Close(_) => close,
        }
    }

    fn aggregate_id(&self) -> &OrderId {
        match self {
            Self::Place(command) => &command.order,
            Self::AddLine(command) => &command.order,
            Self::Close(command) => &command.order,
        }
    }

    fn validate(&self) -> Result<(), InvalidCommand> {
        match self {
            Self::AddLine(line) if line.sku.is_empty() => Err(InvalidCommand::new(
                "AddLine",
                vec![InvalidField::new("sku", "is empty")],
            )),
            _ => Ok(()),
        }
    }

    fn deserialize<'de, D: Deserializer<'de>>(
        name: &str,
        from: D,
    ) -> Option<Result<Self, D::Error>> {
        Some(match name {
            "Place" => Place::deserialize(from).map(Self::Place),
            "AddLine" => AddLine::deserialize(from).map(Self::AddLine),
            "Close" => Close::deserialize(from).map(Self::Close),
            _ => return None,
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum OrderError {
    #[error("the order is closed")]
    IsClosed,
    #[error("{0} is no quantity")]
    NoQuantity(u32),
}

#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) quantities: HashMap<String, u64>,
    pub(super) closed: bool,
    pub(super) placed: Option<(Uuid, Timestamp)>,
}

impl Aggregate for Order {
    const INFO: AggregateInfo =
        AggregateInfo::new("Order", OrderEvent::INFOS, OrderCommand::INFOS, "", "");
    const SNAPSHOT: Option<SnapshotSpec<Self>> =
        Some(SnapshotSpec::json(NonZeroU64::new(10).unwrap(), 0));

    type Id = OrderId;
    type Event = OrderEvent;
    type Command = OrderCommand;
    type Error = OrderError;
    type Services = ();

    fn apply(&mut self, event: &OrderEvent) {
        match event {
            OrderEvent::Placed(placed) => self.placed = Some((placed.invoice, placed.at)),
            OrderEvent::LineAdded(line) => {
                *self.quantities.entry(line.sku.clone()).or_default() += u64::from(line.quantity);
            }
            OrderEvent::Closed(Closed {}) => self.closed = true,
        }
    }

    async fn decide(
        &self,
        command: OrderCommand,
        ctx: &Context<'_, ()>,
    ) -> Result<Vec<OrderEvent>, OrderError> {
        let mut is_first = true;
        poll_fn(|context| {
            context.waker().wake_by_ref();
            if std::mem::take(&mut is_first) {
                Poll::Pending
            } else {
                Poll::Ready(())
            }
        })
        .await;
        match command {
            _ if self.closed => Err(OrderError::IsClosed),
            OrderCommand::Place(_) => Ok(vec![
                Placed {
                    invoice: ctx.new_id(),
                    at: ctx.now(),
                    by: ctx.metadata().user_id.clone(),
                }
                .into(),
            ]),
            OrderCommand::AddLine(line) if line.quantity == 0 => Err(OrderError::NoQuantity(0)),
            OrderCommand::AddLine(line) => Ok(vec![
                LineAdded {
                    sku: line.sku,
                    quantity: line.quantity,
                }
                .into(),
            ]),
            OrderCommand::Close(_) if self.quantities.is_empty() => Ok(Vec::new()),
            OrderCommand::Close(_) => Ok(vec![Closed {}.into()]),
        }
    }
}
