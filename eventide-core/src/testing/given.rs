//! Given: what happened before, and the circumstances.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use super::decide::{Circumstances, decide, standing_clock};
use super::decided::Decided;
use super::diff::fail;
use super::services::{HasServices, NoServices, WithServices};
use super::stored;
use crate::aggregate::Aggregate;
use crate::command::CommandSet;
use crate::event::Event;
use crate::id_source::{CountingIds, IdSource};
use crate::ids::{CommandId, Version};
use crate::metadata::Metadata;
use crate::outcome::Outcome;
use crate::time::FixedClock;

/// Starts a test of any aggregate: *given* events, *when* a command comes, *then* events follow.
///
/// ```
/// # use eventide::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
/// # struct DoorId(String);
/// # #[derive(Debug, Clone, Serialize, Deserialize, Event)]
/// # struct Opened;
/// # #[derive(Debug, Clone, Serialize, Deserialize, Event)]
/// # struct Closed;
/// # #[derive(Debug, Clone, Serialize, Deserialize, Command)]
/// # #[command(upserts)]
/// # struct Open(#[command(id)] DoorId);
/// # #[derive(Debug, Clone, Serialize, Deserialize, Command)]
/// # struct Close(#[command(id)] DoorId);
/// # #[derive(Debug, Default, Clone, Aggregate)]
/// # #[aggregate(id = DoorId, error = &'static str, events(Opened, Closed), commands(Open, Close))]
/// # struct Door {
/// #     open: bool,
/// # }
/// # #[handlers]
/// # impl Door {
/// #     fn open(&self, _: Open) -> Result<Opened, &'static str> {
/// #         if self.open { Err("open already") } else { Ok(Opened) }
/// #     }
/// #     fn close(&self, _: Close) -> Option<Closed> {
/// #         self.open.then_some(Closed)
/// #     }
/// #     fn opened(&mut self, _: &Opened) {
/// #         self.open = true;
/// #     }
/// #     fn closed(&mut self, _: &Closed) {
/// #         self.open = false;
/// #     }
/// # }
/// use eventide::testing::AggregateTest;
///
/// # let door = || DoorId::from("front".to_owned());
/// Door::given((Opened, Closed)).when(Open(door())).then(Opened).then_state(|door| assert!(door.open));
/// Door::given(Opened).when(Open(door())).rejects("open already");
/// ```
pub trait AggregateTest: Aggregate {
    /// The aggregate after these events: one, a tuple, an array, a `Vec`, or `()`.
    ///
    /// # Panics
    /// `events` is a `Result` that holds an error.
    #[track_caller]
    fn given(events: impl Outcome<Self>) -> Given<Self> {
        Given::new().and(events)
    }

    /// The aggregate that does not exist yet.
    fn given_nothing() -> Given<Self> {
        Given::new()
    }
}

impl<A: Aggregate> AggregateTest for A {}

type Change = Box<dyn Fn(&mut Metadata)>;

/// An aggregate with a past, on which a command can be decided.
#[must_use = "nothing is tested until `.when(command)`"]
pub struct Given<A: Aggregate, S = NoServices> {
    pub(super) state: A,
    pub(super) version: Version,
    commands: u32,
    clock: FixedClock,
    ids: Arc<dyn IdSource>,
    changes: Vec<Change>,
    services: S,
}

impl<A: Aggregate> Given<A> {
    fn new() -> Self {
        Self {
            state: A::default(),
            version: Version::ZERO,
            commands: 0,
            clock: standing_clock(),
            ids: Arc::new(CountingIds::default()),
            changes: Vec::new(),
            services: NoServices,
        }
    }

    /// With what the handlers may ask for. Needed before [`when`](Given::when) unless that is `()`.
    pub fn with_services(self, services: A::Services) -> Given<A, WithServices<A::Services>> {
        Given {
            state: self.state,
            version: self.version,
            commands: self.commands,
            clock: self.clock,
            ids: self.ids,
            changes: self.changes,
            services: WithServices(services),
        }
    }
}

impl<A: Aggregate, S> Given<A, S> {
    /// And these events after those.
    ///
    /// # Panics
    /// `events` is a `Result` that holds an error.
    #[track_caller]
    pub fn and(mut self, events: impl Outcome<A>) -> Self {
        let mut recorded = Vec::new();
        if let Err(error) = events.record(&mut recorded) {
            fail(&format!("the given events are an error: {error:?}"));
        }
        self.fold(&recorded);
        self
    }

    /// The clock stands at `time`; otherwise it is the morning of 1 December 2010, 08:26 UTC.
    pub fn at(mut self, time: Timestamp) -> Self {
        self.clock = FixedClock::at(time);
        self
    }

    /// Fresh ids come from `ids`; otherwise they are counted from one.
    pub fn with_ids(mut self, ids: impl IdSource + 'static) -> Self {
        self.ids = Arc::new(ids);
        self
    }

    /// Changes the metadata of this and every later command of the story.
    pub fn metadata(mut self, change: impl Fn(&mut Metadata) + 'static) -> Self {
        self.changes.push(Box::new(change));
        self
    }

    /// And this event after those, as it was stored when it was written: of whatever version, it is
    /// encoded and read through every step up to what it is today.
    ///
    /// ```
    /// # use eventide::prelude::*;
    /// # use eventide::schema::Upcast;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
    /// # struct DoorId(String);
    /// #[derive(Debug, Clone, Serialize, Deserialize, Event)]
    /// #[event(name = "Opened")]
    /// struct OpenedV1;
    ///
    /// #[derive(Debug, Clone, Serialize, Deserialize, Event)]
    /// #[event(version = 2, previous = OpenedV1)]
    /// struct Opened {
    ///     by: String,
    /// }
    ///
    /// impl Upcast<OpenedV1> for Opened {
    ///     fn upcast(_: OpenedV1) -> Self {
    ///         Self { by: "somebody".to_owned() }
    ///     }
    /// }
    /// # #[derive(Debug, Clone, Serialize, Deserialize, Command)]
    /// # #[command(upserts)]
    /// # struct Open(#[command(id)] DoorId);
    /// # #[derive(Debug, Default, Clone, Aggregate)]
    /// # #[aggregate(id = DoorId, error = String, events(Opened), commands(Open))]
    /// # struct Door {
    /// #     by: Option<String>,
    /// # }
    /// # #[handlers]
    /// # impl Door {
    /// #     fn open(&self, open: Open) -> Result<Opened, String> {
    /// #         self.by.as_ref().map_or(Ok(Opened { by: open.0.to_string() }), |by| Err(format!("opened by {by}")))
    /// #     }
    /// #     fn opened(&mut self, opened: &Opened) {
    /// #         self.by = Some(opened.by.clone());
    /// #     }
    /// # }
    /// # use eventide::testing::AggregateTest;
    /// # let door = || DoorId::from("front".to_owned());
    ///
    /// Door::given_nothing()
    ///     .stored(&OpenedV1)
    ///     .when(Open(door()))
    ///     .rejects("opened by somebody".to_owned());
    /// ```
    ///
    /// An aggregate with services is given them before: its steps may look something up.
    ///
    /// # Panics
    /// The event is none of the aggregate's, or a step refuses it.
    #[track_caller]
    pub fn stored<E: Event>(mut self, event: &E) -> Self
    where
        S: HasServices<A::Services>,
    {
        match stored::read::<A, E>(event, self.services.services()) {
            Ok(events) => {
                for event in &events {
                    self.state.apply(event);
                }
                self.version = self.version.next();
                self
            }
            Err(error) => fail(&error),
        }
    }

    /// Decides `command` as an application does: it is validated, the aggregate must exist or not
    /// as the command says, and its handler is run to its end, without any runtime.
    ///
    /// # Panics
    /// The command's aggregate id makes no stream, or the handler panics.
    #[track_caller]
    pub fn when(mut self, command: impl Into<A::Command>) -> Decided<A, S>
    where
        S: HasServices<A::Services>,
    {
        let command = command.into();
        let name = command.info().name;
        let stream = match A::stream(command.aggregate_id()) {
            Ok(stream) => stream,
            Err(error) => fail(&format!("command `{name}` has no stream: {error}")),
        };
        let command_id = CommandId::derived("given, when, then", name).nth(self.commands);
        let mut metadata = Metadata::of_command(command_id);
        for change in &self.changes {
            change(&mut metadata);
        }
        self.commands += 1;
        let circumstances = Circumstances {
            stream: &stream,
            metadata: &metadata,
            command_id,
            clock: &self.clock,
            ids: &*self.ids,
            services: self.services.services(),
        };
        let answer = decide(&self.state, self.version, command, &circumstances);
        Decided::new(self, name, answer)
    }

    pub(super) fn fold(&mut self, events: &[A::Event]) {
        for event in events {
            self.state.apply(event);
            self.version = self.version.next();
        }
    }
}

impl<A: Aggregate, S> fmt::Debug for Given<A, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Given")
            .field("aggregate", &A::INFO.name)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}
