//! A counter with a quirk: each breaks one law.

use std::any::{Any, TypeId};
use std::fmt::Debug;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};

use crate::aggregate::{Aggregate, AggregateInfo};
use crate::command::{CommandInfo, CommandSet, Existence, InvalidCommand};
use crate::context::Context;
use crate::envelope::{InvalidTag, RecordedEvent, Tag};
use crate::event::{Event, EventInfo, EventSet, EventVisitor};
use crate::ids::SchemaVersion;
use crate::schema::steps::Asks;
use crate::schema::{self, DecodeError, EncodeError, Lookups};
use crate::snapshot::SnapshotSpec;
use crate::stream::{AggregateId, InvalidAggregateId};

static CALLS: AtomicU64 = AtomicU64::new(0);

pub(super) fn calls() -> u64 {
    CALLS.fetch_add(1, Ordering::Relaxed)
}

pub(super) trait Quirk:
    Debug + Default + Serialize + DeserializeOwned + Send + Sync + 'static
{
    const SNAPSHOT: Option<SnapshotSpec<Counter<Self>>> = None;
    const COMMANDS: &'static [CommandInfo] = &[ADD];
    type Services: Send + Sync + 'static;

    fn decide(_: &Counter<Self>, add: &Add, _: &Self::Services) -> Result<Added, String> {
        Ok(Added {
            quantity: add.quantity,
            unstored: 0,
        })
    }

    fn apply(counter: &mut Counter<Self>, added: &Added) {
        counter.total = counter.total.saturating_add(added.quantity);
    }

    fn apply_recorded(counter: &mut Counter<Self>, added: &Added) {
        Self::apply(counter, added);
    }

    fn clone(counter: &Counter<Self>) -> Counter<Self> {
        Counter {
            total: counter.total,
            unstored: counter.unstored,
            quirk: PhantomData,
        }
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(bound = "")]
pub(super) struct Counter<Q> {
    pub(super) total: u64,
    #[serde(skip)]
    pub(super) unstored: u64,
    pub(super) quirk: PhantomData<Q>,
}

impl<Q: Quirk> Clone for Counter<Q> {
    fn clone(&self) -> Self {
        Q::clone(self)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
pub(super) struct Name(pub(super) String);

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl AggregateId for Name {
    fn parse(text: &str) -> Result<Self, InvalidAggregateId> {
        Ok(Self(text.to_owned()))
    }
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Add {
    pub(super) counter: Name,
    pub(super) quantity: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Added {
    pub(super) quantity: u64,
    #[serde(skip)]
    #[expect(dead_code, reason = "read by Debug")]
    pub(super) unstored: u64,
}

const ADD: CommandInfo = CommandInfo::new("Add", Existence::May, "", "");

impl Event for Added {
    const INFO: EventInfo = EventInfo::new("Added", SchemaVersion::FIRST, "", "");
}

impl EventSet for Added {
    const INFOS: &'static [EventInfo] = &[Added::INFO];

    fn info(&self) -> &'static EventInfo {
        &Added::INFO
    }

    fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        schema::encode(self)
    }

    fn tags(&self) -> Result<Vec<Tag>, InvalidTag> {
        Ok(Vec::new())
    }

    fn decode(
        recorded: &RecordedEvent,
        _: &mut Lookups,
        events: &mut Vec<Self>,
    ) -> Result<(), DecodeError> {
        events.push(schema::decode(recorded)?);
        Ok(())
    }

    fn visit<V: EventVisitor>(visitor: &mut V) {
        visitor.visit::<Self>();
    }
}

impl<S> Asks<S> for Added {
    fn find(_: &S, _: TypeId) -> Option<&(dyn Any + Send + Sync)> {
        None
    }
}

impl CommandSet for Add {
    type Id = Name;
    const INFOS: &'static [CommandInfo] = &[ADD];

    fn info(&self) -> &'static CommandInfo {
        &ADD
    }

    fn aggregate_id(&self) -> &Name {
        &self.counter
    }

    fn validate(&self) -> Result<(), InvalidCommand> {
        Ok(())
    }

    fn deserialize<'de, D: Deserializer<'de>>(
        name: &str,
        from: D,
    ) -> Option<Result<Self, D::Error>> {
        (name == "Add").then(|| Deserialize::deserialize(from))
    }
}

impl<Q: Quirk> Aggregate for Counter<Q> {
    const INFO: AggregateInfo = AggregateInfo::new("Counter", &[Added::INFO], Q::COMMANDS, "", "");
    const SNAPSHOT: Option<SnapshotSpec<Self>> = Q::SNAPSHOT;

    type Id = Name;
    type Event = Added;
    type Command = Add;
    type Error = String;
    type Services = Q::Services;

    fn apply(&mut self, event: &Added) {
        Q::apply(self, event);
    }

    fn apply_recorded(
        &mut self,
        recorded: &RecordedEvent,
        _: &mut Lookups,
    ) -> Result<(), DecodeError> {
        Q::apply_recorded(self, &schema::decode(recorded)?);
        Ok(())
    }

    async fn decide(
        &self,
        command: Add,
        ctx: &Context<'_, Q::Services>,
    ) -> Result<Vec<Added>, String> {
        Ok(vec![Q::decide(self, &command, ctx.services())?])
    }
}
